"""`mlpipelines run` and `mlpipelines local`: the embedded SageMaker, for one pipeline or until Ctrl-C."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpipelines.cli.arguments import existing, find_project, pairs
from mlpipelines.errors import PipelineError

if TYPE_CHECKING:
    from mlpipelines.project import Project

_FAULTS = 'rehearse that AWS throttles, fails and hangs up at random: {"seed": 7, "rate": 0.1}'

_HOST = (
    "listen on this address; default: 127.0.0.1. Nobody has to log in, and whoever reaches the port may run commands "
    "as you: another address (0.0.0.0: all of them) only in a network of your own, such as that of compose.yaml"
)


def add_run(commands: Any) -> None:
    run = commands.add_parser("run", help="run a pipeline on this machine", description=_run.__doc__)
    run.add_argument("file", type=Path, metavar="FILE")
    run.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="set a parameter of the pipeline"
    )
    run.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="set an Airflow Variable")
    run.add_argument(
        "--put", action="append", default=[], metavar="FILE=S3URI", help="put a file into the local S3 first"
    )
    run.add_argument("--json", action="store_true", help="print the result as one JSON object")
    run.add_argument(
        "--no-capacity", action="append", default=[], metavar="TYPE", help="rehearse that AWS has no such instances"
    )
    place = run.add_mutually_exclusive_group()
    place.add_argument("--port", type=int, default=0, help="port of the embedded SageMaker; default: a free one")
    place.add_argument(
        "--endpoint", default="", metavar="URL", help="use the embedded SageMaker that runs there, with all it holds"
    )
    run.add_argument("--faults", metavar="FILE|JSON", help=_FAULTS)
    run.set_defaults(command=_run)


def add_local(commands: Any) -> None:
    local = commands.add_parser("local", help="keep the embedded SageMaker running", description=_local.__doc__)
    local.add_argument("--port", type=int, default=4599, help="default: 4599; 0 takes a free one")
    local.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=_HOST)
    local.add_argument("--state", type=Path, metavar="DIR", help="keep everything in DIR for the next time")
    local.add_argument("--bucket", action="append", default=[], metavar="NAME", help="create this bucket (repeatable)")
    local.add_argument("--role", action="append", default=[], metavar="NAME", help="create this role (repeatable)")
    local.add_argument("--region", help="default: that of pipelines/defaults.yaml, else us-east-1")
    local.add_argument("--images", type=Path, metavar="FILE", help="default: images.yaml of the project")
    local.add_argument("--workers", type=int, default=2, help="jobs that run at the same time; default: 2")
    local.add_argument("--faults", metavar="FILE|JSON", help=_FAULTS)
    local.set_defaults(command=_local)


def _run(options: argparse.Namespace) -> int:
    """Run a pipeline to its end on this machine: Airflow runs it for real, against the embedded SageMaker."""
    try:
        from mlpipelines.local.runs.run import run_pipeline
    except ModuleNotFoundError as error:
        raise PipelineError(
            f"local runs need the extra `local` (missing: {error.name}); `make run` installs it"
        ) from None

    if options.endpoint and options.faults:
        raise PipelineError("--faults is for the server: give it to `mlpipelines local`, which runs at --endpoint")
    project = find_project(options.file)
    file = existing(options.file)
    return run_pipeline(
        project,
        file,
        params=pairs(options.param, "--param"),
        variables=pairs(options.var, "--var"),
        uploads={uri: Path(name) for name, uri in pairs(options.put, "--put").items()},
        as_json=options.json,
        port=options.port,
        endpoint=options.endpoint,
        no_capacity=options.no_capacity,
        faults=options.faults,
    )


def _local(options: argparse.Namespace) -> int:
    """Keep the embedded SageMaker running for boto3 or the AWS CLI, until Ctrl-C."""
    try:
        from mlpipelines.local.local_command import keep_running
    except ModuleNotFoundError as error:
        raise PipelineError(
            f"this needs the extra `local` (missing: {error.name}); `make install` installs it"
        ) from None

    project = find_project(Path.cwd())
    images = project.root / "images.yaml"
    return keep_running(
        options.port,
        host=options.host,
        state=options.state,
        buckets=options.bucket,
        roles=options.role,
        region=options.region or usual_region(project) or "us-east-1",
        images=options.images or (images if images.is_file() else None),
        workers=options.workers,
        faults=options.faults,
    )


def usual_region(project: Project) -> str:
    """The region of the project's pipelines: what they make with `run --endpoint` is not seen from another one."""
    from mlpipelines.errors import InvalidPipeline

    try:
        region = project.defaults.document.data.get("region") if project.defaults else None
    except InvalidPipeline:
        return ""
    return region if isinstance(region, str) and "{{" not in region else ""
