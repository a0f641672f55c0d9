"""`mlpipelines up` and `mlpipelines down`: a whole local Airflow with its web UI, until it is ended."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpipelines.cli.arguments import FINE, find_project, pairs
from mlpipelines.cli.run import usual_region
from mlpipelines.errors import PipelineError

if TYPE_CHECKING:
    from mlpipelines.local.up.up import Outcome


def add_up(commands: Any) -> None:
    up = commands.add_parser("up", help="start a local Airflow with its web UI", description=_up.__doc__)
    up.add_argument("--port", type=int, metavar="N", help="of the web UI; default: the last one, 8080, or a free one")
    up.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="set an Airflow Variable")
    up.add_argument("--json", action="store_true", help="print what runs as one JSON object")
    up.set_defaults(command=_up)


def add_down(commands: Any) -> None:
    down = commands.add_parser("down", help="end what `up` has started", description=_down.__doc__)
    down.add_argument("--clean", action="store_true", help="forget its runs, history and S3 as well")
    down.set_defaults(command=_down)


def _up(options: argparse.Namespace) -> int:
    """Start a local Airflow with the project's pipelines, and the embedded SageMaker beside it; both stay when this
    command ends. Nothing reaches AWS, and your own Airflow is not touched."""
    module = _module()
    project = find_project(Path.cwd())
    tell = _to_stderr if not options.json else lambda _: None
    variables = pairs(options.var, "--var")
    found = module.bring_up(project, usual_region(project) or "us-east-1", options.port, variables, tell)
    if options.json:
        print(json.dumps(_as_json(found)))
    else:
        print(_text(found))
    return FINE


def _down(options: argparse.Namespace) -> int:
    """End the local Airflow of this project, and the embedded SageMaker beside it: what `up` has started and nothing
    else. Runs, history and S3 are kept for the next time."""
    module = _module()
    ended = module.take_down(find_project(Path.cwd()), clean=options.clean)
    print(f"ended: {ended} processes" if ended else "nothing runs")
    return FINE


def _module() -> Any:
    try:
        from mlpipelines.local.up import up
    except ModuleNotFoundError as error:
        raise PipelineError(
            f"this needs Airflow and the extra `local` (missing: {error.name}); `make install` installs them"
        ) from None
    return up


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _text(found: Outcome) -> str:
    begin = "" if found.started else "runs already\n"
    lines = [
        f"{begin}",
        f"Airflow    {found.record.url}",
        f"login      {found.user}, {found.password}",
        f"pipelines  {_counted(found)}",
        f"SageMaker  {found.record.endpoint}, simulated on this machine; nothing reaches AWS",
        "",
        "A changed file in pipelines/ shows within seconds, when the page is loaded again.",
        "`mlpipelines down` ends it; runs, history and S3 are kept.",
    ]
    return "\n".join([*lines, *_warnings(found)])


def _counted(found: Outcome) -> str:
    valid, invalid = len(found.needs.valid), len(found.needs.invalid)
    if not valid and not invalid:
        return "none yet; `mlpipelines new NAME --dataset FILE` makes one"
    names = f": {', '.join(found.needs.valid)}" if 0 < valid <= 5 else ""
    return f"{valid}{names}" + (f"; {invalid} invalid, see Airflow's home page" if invalid else "")


def _warnings(found: Outcome) -> list[str]:
    lines = [f"not shown yet: {', '.join(found.missing)}"] if found.missing else []
    for name, pipeline in found.unset.items():
        lines.append(f"{pipeline} reads the Airflow Variable {name!r}: set it under Admin, or with --var {name}=VALUE")
    return ["", *lines] if lines else []


def _as_json(found: Outcome) -> dict[str, Any]:
    return {
        "url": found.record.url,
        "user": found.user,
        "password": found.password,
        "sagemaker": found.record.endpoint,
        "started": found.started,
        "pipelines": found.needs.valid,
        "invalid": found.needs.invalid,
        "missing": list(found.missing),
        "processes": {part.name: part.pid for part in found.record.parts},
    }
