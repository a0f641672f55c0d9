"""`mlpipelines local`: the embedded SageMaker for boto3 and the AWS CLI, until Ctrl-C."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mlpipelines.local.clients import KEY
from mlpipelines.local.ending import Ending
from mlpipelines.local.runs.plan import BUCKET
from mlpipelines.local.server import ROLE, LocalSageMaker, forget_aws_settings

GREETING = """\
SageMaker, simulated on this machine; nothing reaches AWS. Ctrl-C ends it.

  export AWS_ENDPOINT_URL={url}
  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={key} AWS_DEFAULT_REGION={region}
  mlpipelines run --endpoint {url} FILE

buckets   {buckets}
roles     {roles}
state     {state}

Really done: S3; training, tuning, transform and processing jobs; models, endpoints; the model registry; experiments.
States only: notebook instances. SageMaker pipelines: their Condition and Fail steps.
Refused in clear words: AutoML, and what else is not simulated. Instances, networks, roles and prices are not.
{reach}; who reaches it may run commands as you.
"""


def keep_running(
    port: int,
    *,
    host: str,
    state: Path | None,
    buckets: Sequence[str],
    roles: Sequence[str],
    region: str,
    images: Path | None,
    workers: int,
    faults: str | None,
) -> int:
    """Raises PipelineError when the server cannot start. Never returns when it could: the process ends here."""
    forget_aws_settings()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("mlpipelines.local").setLevel(logging.INFO)
    ending = Ending()
    local = LocalSageMaker(
        port,
        workers,
        host=host,
        roles=roles or (ROLE,),
        buckets=buckets or (BUCKET,),
        region=region,
        images=images,
        state=state,
        faults=faults,
    )
    local.start()
    print(_greeting(local, state, region), flush=True)
    ending.wait()
    local.close()
    sys.stdout.flush()
    os._exit(0)  # a thread that is stuck in a request must not hold the end up


def _greeting(local: LocalSageMaker, state: Path | None, region: str) -> str:
    return GREETING.format(
        url=local.endpoint_url,
        key=KEY,
        region=region,
        reach=f"{'Only this machine can' if _is_loopback(local.host) else 'Other machines'} reach the port",
        buckets=" ".join(f"s3://{bucket}" for bucket in local.buckets),
        roles=" ".join(f"arn:aws:iam::123456789012:role/{role}" for role in local.roles),
        state=f"kept in {state}" if state else "in memory, gone at the end (--state DIR keeps it)",
    )


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.")
