"""The embedded SageMaker as a server: `python -m mlpipelines.local.server`, or `with LocalSageMaker() as local:`.

S3, IAM, STS, CloudWatch Logs and the SageMaker API on one loopback port; jobs run as local processes. It is ready when
it prints one line of JSON: {"endpoint_url": "http://127.0.0.1:PORT", "pid": N}. Everything it holds lives in memory and
is gone when it ends. Only for development: whoever reaches the port may run the mapped commands as you.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import socket
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mlpipelines.errors import PipelineError
from mlpipelines.local.api.chaos import read_faults
from mlpipelines.local.api.front import Front
from mlpipelines.local.api.journal import Journal
from mlpipelines.local.api.moto_hooks import ThreadedMotoServer, application, mount, place_before
from mlpipelines.local.api.responses import LocalSageMakerResponse
from mlpipelines.local.api.runtime_responses import LocalRuntimeResponse
from mlpipelines.local.clients import Clients
from mlpipelines.local.ending import Ending
from mlpipelines.local.engine import Engine
from mlpipelines.local.images import Images
from mlpipelines.local.jobs.opt_ml import private_mounts
from mlpipelines.local.records.memory import Memory
from mlpipelines.local.workspace import make_workspace

HOST = "127.0.0.1"
#: All addresses of the machine.
EVERYWHERE = "0.0.0.0"
ROLE = "mlpipelines-local"
REGION = "us-east-1"
IMAGES_VARIABLE = "MLPIPELINES_LOCAL_IMAGES"
NO_CAPACITY_VARIABLE = "MLPIPELINES_LOCAL_NO_CAPACITY"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
log = logging.getLogger("mlpipelines.local")
_running = threading.Lock()


class ServerError(PipelineError):
    """The server cannot start; the message says why in one line."""


class LocalSageMaker:
    """One server. moto keeps its records for the whole process, so a process can have one at a time."""

    def __init__(
        self,
        port: int = 0,
        workers: int = 2,
        *,
        roles: Sequence[str] = (ROLE,),
        buckets: Sequence[str] = (),
        region: str = REGION,
        images: Path | str | None = None,
        keep: Path | str | None = None,
        stop_grace: float = 10.0,
        journal: Path | str | None = None,
        mounts: bool = True,
        no_capacity: Sequence[str] = (),
        state: Path | str | None = None,
        faults: Path | str | Mapping[str, Any] | None = None,
        fault_journal: Path | str | None = None,
        host: str = HOST,
    ) -> None:
        """`host`: the address to listen on, and whoever reaches it may run commands as you; `images`: the project's
        own images.yaml; `keep`: where the jobs' directories stay for a look; `stop_grace`: seconds between SIGTERM and
        SIGKILL of a stopped job (AWS: 120); `mounts`: jobs see their directory at /opt/ml where the kernel allows it;
        `no_capacity`: instance types on which jobs fail for lack of capacity; `state`: a directory for what the next
        server shall still know; `faults`: what goes wrong (see chaos.py), with a line for each in `fault_journal`."""
        self.host, self.port, self.region = host, port, region
        self._workers, self.roles, self.buckets = workers, tuple(roles), tuple(buckets)
        self._images, self._keep, self._stop_grace = images, keep, stop_grace
        self._journal = Journal(Path(journal)) if journal else None
        self._mounts, self._no_capacity = mounts, tuple(no_capacity)
        self._state = Path(state).absolute() if state else None
        self.faults = read_faults(faults, Path(fault_journal) if fault_journal else None)
        self._closing: list[Any] = []

    @property
    def endpoint_url(self) -> str:
        """Where this machine reaches it."""
        return f"http://{HOST if self.host == EVERYWHERE else self.host}:{self.port}"

    def __enter__(self) -> LocalSageMaker:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Raises ServerError (port, a second server, bucket names) and InvalidImages."""
        images = Images.load([Path(self._images)] if self._images else ())
        if not _running.acquire(blocking=False):
            raise ServerError("there is a local SageMaker in this process already; close it first")
        self._closing = [_running.release]
        try:
            self._start(images)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all jobs, then the server, then remove its directory; within 5 seconds."""
        while self._closing:
            self._closing.pop()()

    def _start(self, images: Images) -> None:
        memory = Memory(self._state) if self._state else None
        if memory:
            self._closing.append(memory.close)
        _check_port(self.host, self.port)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # or a line for every request
        root, remove = make_workspace()
        self._closing.append(remove)
        server = ThreadedMotoServer(ip_address=self.host, port=self.port, verbose=False)
        # It reports a port that was taken meanwhile only on stderr of its thread, and then waits for ever.
        starting = threading.Thread(target=server.start, daemon=True)
        starting.start()
        starting.join(30)
        if starting.is_alive():
            raise _port_taken(self.host, self.port)
        self._closing.append(server.stop)
        self.port = server.get_host_and_port()[1]
        engine = Engine(
            Clients(self.endpoint_url),
            images,
            Path(self._keep).resolve() if self._keep else root,
            self._workers,
            self._stop_grace,
            keep=self._keep is not None,
            mounts=self._mounts and private_mounts(),
            no_capacity=self._no_capacity,
            records=memory.records if memory else None,
        )
        bound = {"engine": engine, "journal": self._journal}
        mount(
            type("BoundResponse", (LocalSageMakerResponse,), bound),
            type("BoundRuntime", (LocalRuntimeResponse,), bound),
        )
        self._closing.append(engine.close)
        self._reset()
        app = application(server)
        if memory:
            memory.restore(app)
        place_before(server, Front(app, self.faults, memory, self._journal))
        engine.restore()
        # Before all else when it closes: what ends only then has not ended for the next server.
        self._closing.append(engine.records.close)
        if memory:
            self._closing.append(memory.close)
        self._seed(engine.clients)

    def _reset(self) -> None:
        """What an earlier server of this process has left in moto's records."""
        reset = urllib.request.Request(f"{self.endpoint_url}/moto-api/reset", method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is no proxy's affair
        with opener.open(reset, timeout=10):
            pass

    def _seed(self, clients: Clients) -> None:
        iam, s3 = clients.get("iam", self.region), clients.get("s3", self.region)
        elsewhere = {} if self.region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        known = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
        there = {role["RoleName"] for role in iam.list_roles()["Roles"]} if self._state else set()
        for role in dict.fromkeys(role for role in self.roles if role not in there):
            with _told(f"cannot create the role {role!r}"):
                iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_TRUST))
        for bucket in dict.fromkeys(bucket for bucket in self.buckets if bucket not in known):
            with _told(f"cannot create the bucket {bucket!r}"):
                s3.create_bucket(Bucket=bucket, **elsewhere)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    forget_aws_settings()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.INFO)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    ending = Ending()
    try:
        local = _local(options)
        local.start()
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps({"endpoint_url": local.endpoint_url, "pid": os.getpid()}), flush=True)
    if options.parent_pipe:
        threading.Thread(target=_await_end_of_input, args=(ending,), daemon=True).start()
    ending.wait()
    local.close()
    return 0


def _local(options: argparse.Namespace) -> LocalSageMaker:
    return LocalSageMaker(
        options.port,
        options.workers,
        roles=options.role or (ROLE,),
        buckets=options.bucket,
        region=options.region,
        images=options.images,
        keep=options.keep,
        stop_grace=options.stop_grace,
        journal=options.journal,
        mounts=not options.no_mounts,
        state=options.state,
        faults=options.faults,
        fault_journal=options.fault_journal,
        no_capacity=[*options.no_capacity, *os.environ.get(NO_CAPACITY_VARIABLE, "").replace(",", " ").split()],
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mlpipelines.local.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--workers", type=int, default=2, help="jobs that run at the same time (default 2)")
    parser.add_argument("--bucket", action="append", default=[], metavar="NAME", help="create this bucket (repeatable)")
    parser.add_argument("--role", action="append", metavar="NAME", help=f"create this IAM role (default {ROLE})")
    parser.add_argument("--region", default=REGION, help=f"where buckets are created (default {REGION})")
    parser.add_argument(
        "--images",
        metavar="FILE",
        default=os.environ.get(IMAGES_VARIABLE) or None,
        help=f"the project's own images.yaml (default: ${IMAGES_VARIABLE})",
    )
    parser.add_argument("--keep", metavar="DIR", help="leave the jobs' directories in DIR")
    parser.add_argument("--stop-grace", type=float, default=10.0, metavar="SECONDS", help="between SIGTERM and SIGKILL")
    parser.add_argument(
        "--journal", metavar="FILE", help="write down every request that was accepted and changes something"
    )
    parser.add_argument("--no-mounts", action="store_true", help="give no job an /opt/ml of its own")
    parser.add_argument(
        "--no-capacity",
        action="append",
        default=[],
        metavar="TYPE",
        help=f"jobs on this instance type fail with a CapacityError (repeatable; also ${NO_CAPACITY_VARIABLE}=A,B)",
    )
    parser.add_argument("--state", metavar="DIR", help="keep everything in DIR for the next server")
    parser.add_argument("--faults", metavar="FILE|JSON", help='let requests go wrong: {"seed": 7, "rate": 0.1}')
    parser.add_argument("--fault-journal", metavar="FILE", help="write down every fault")
    parser.add_argument("--parent-pipe", action="store_true", help="end when standard input closes")
    return parser


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ServerError(f"{what}: {error}") from error


def forget_aws_settings() -> None:
    """moto makes boto3 sessions of its own, which would stumble over a profile that the user has set."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            raise _port_taken(host, port) from None


def _port_taken(host: str, port: int) -> ServerError:
    return ServerError(
        f"port {port} of {host} is taken or not allowed; stop what uses it, or give another one (--port 0: a free one)"
    )


def _await_end_of_input(ending: Ending) -> None:
    while os.read(0, 1024):
        pass
    ending.now()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a thread that is stuck in a request must not hold the end up.
    os._exit(status)
