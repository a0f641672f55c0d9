"""The command line: arguments -> one function of the package -> text and an exit status.

0: fine. 1: problems were found, or a run failed. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mlpipelines import __version__
from mlpipelines.errors import InvalidPipeline, PipelineError, Problem

if TYPE_CHECKING:
    from mlpipelines.project import Project

FINE, PROBLEMS, WRONG_USAGE = 0, 1, 2
_FAULTS = 'rehearse that AWS throttles, fails and hangs up at random: {"seed": 7, "rate": 0.1}'


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone (`| head`): nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = PROBLEMS
    except PipelineError as error:
        print(f"mlpipelines: {error}", file=sys.stderr)
        status = PROBLEMS if isinstance(error, InvalidPipeline) else WRONG_USAGE
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mlpipelines", description="Machine-learning pipelines in YAML.")
    parser.add_argument("--version", action=_Version, help="print the version and that of its facts about AWS")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    validate = commands.add_parser("validate", help="check pipeline files", description="Check pipeline files.")
    validate.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: all of the project's pipelines")
    validate.add_argument("--format", choices=("text", "json", "github"), help="default: text; github inside Actions")
    validate.set_defaults(command=_validate)

    render = commands.add_parser("render", help="print what a pipeline becomes", description=_render.__doc__)
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("--requests", action="store_true", help="the AWS requests as JSON, by step")
    render.set_defaults(command=_render)

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

    _add_local(commands)

    schemas = commands.add_parser(
        "schemas", help="assemble schemas/pipeline.schema.json and REFERENCE.md", description=_schemas.__doc__
    )
    schemas.add_argument("--check", action="store_true", help="only say whether it is up to date")
    schemas.set_defaults(command=_schemas)
    return parser


def _add_local(commands: Any) -> None:
    local = commands.add_parser("local", help="keep the embedded SageMaker running", description=_local.__doc__)
    local.add_argument("--port", type=int, default=4599, help="default: 4599; 0 takes a free one")
    local.add_argument("--state", type=Path, metavar="DIR", help="keep everything in DIR for the next time")
    local.add_argument("--bucket", action="append", default=[], metavar="NAME", help="create this bucket (repeatable)")
    local.add_argument("--role", action="append", default=[], metavar="NAME", help="create this role (repeatable)")
    local.add_argument("--region", help="default: that of pipelines/defaults.yaml, else us-east-1")
    local.add_argument("--images", type=Path, metavar="FILE", help="default: images.yaml of the project")
    local.add_argument("--workers", type=int, default=2, help="jobs that run at the same time; default: 2")
    local.add_argument("--faults", metavar="FILE|JSON", help=_FAULTS)
    local.set_defaults(command=_local)


class _Version(argparse.Action):
    """Reads the facts only when they are asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from mlpipelines.facts.shapes import load_shapes

        print(f"mlpipelines {__version__} (AWS request shapes of botocore {load_shapes()['botocore']})")
        parser.exit()


def _validate(options: argparse.Namespace) -> int:
    """Check pipeline files."""
    from mlpipelines.report import report

    missing = [file for file in options.files if not os.path.lexists(file)]
    if missing:
        print(f"mlpipelines: there is no file {missing[0]}", file=sys.stderr)
        return WRONG_USAGE
    project = _find_project(options.files[0] if options.files else Path.cwd())
    if not options.files and not project.pipelines.is_dir():
        print("mlpipelines: there is no folder `pipelines` here or above; name the files to check", file=sys.stderr)
        return WRONG_USAGE
    files = _chosen(options.files) if options.files else project.files()
    problems = _check(project, files)
    form = options.format or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    print(report(problems, len(files), form))
    return PROBLEMS if any(problem.severity == "error" for problem in problems) else FINE


def _check(project: Project, files: Sequence[Path]) -> list[Problem]:
    """All problems of the files; says how far it is when it takes more than a second."""
    from mlpipelines.batch import check_files
    from mlpipelines.project import DEFAULTS

    pipelines = [file for file in files if file.name != DEFAULTS]
    started, live = time.monotonic(), sys.stderr.isatty()

    def progress(done: int) -> None:
        if live and time.monotonic() - started > 1:
            print(f"\r{done} of {len(pipelines)} files checked", end="", file=sys.stderr, flush=True)

    problems = check_files(project, pipelines, progress)
    if live and time.monotonic() - started > 1:
        print("\r\033[K", end="", file=sys.stderr)
    return problems


def _chosen(paths: Sequence[Path]) -> list[Path]:
    """The files named, and the YAML files in the folders named."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir() and path.suffix not in (".yaml", ".yml"):
            files += sorted(file for ending in ("yaml", "yml") for file in path.rglob(f"*.{ending}"))
        else:
            files.append(path)
    return files


def _render(options: argparse.Namespace) -> int:
    """Print the dag-factory configuration that a pipeline becomes, or its AWS requests."""
    from mlpipelines.render import dag_factory_yaml

    project = _find_project(options.file)
    compiled = project.compile(_existing(options.file))
    if options.requests:
        by_step: dict[str, dict[str, object]] = {}
        for request in compiled.requests:
            by_step.setdefault(request.step, {})[request.action] = request.data
        print(json.dumps(by_step, indent=2, ensure_ascii=False))
    else:
        print(dag_factory_yaml(compiled.pipeline.name, compiled.config), end="")
    return FINE


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
    project = _find_project(options.file)
    file = _existing(options.file)
    return run_pipeline(
        project,
        file,
        params=_pairs(options.param, "--param"),
        variables=_pairs(options.var, "--var"),
        uploads={uri: Path(name) for name, uri in _pairs(options.put, "--put").items()},
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

    project = _find_project(Path.cwd())
    images = project.root / "images.yaml"
    return keep_running(
        options.port,
        state=options.state,
        buckets=options.bucket,
        roles=options.role,
        region=options.region or _usual_region(project) or "us-east-1",
        images=options.images or (images if images.is_file() else None),
        workers=options.workers,
        faults=options.faults,
    )


def _usual_region(project: Project) -> str:
    """The region of the project's pipelines: what they make with `run --endpoint` is not seen from another one."""
    from mlpipelines.errors import InvalidPipeline

    try:
        region = project.defaults.document.data.get("region") if project.defaults else None
    except InvalidPipeline:
        return ""
    return region if isinstance(region, str) and "{{" not in region else ""


def _schemas(options: argparse.Namespace) -> int:
    """Assemble schemas/pipeline.schema.json from its pieces, and write schemas/REFERENCE.md."""
    from mlpipelines.assembly import ASSEMBLED, assembled_text
    from mlpipelines.reference import REFERENCE, reference_text
    from mlpipelines.step_types import Schema

    folder = _find_project(Path.cwd()).schemas
    text, status = assembled_text(folder), FINE
    reference = reference_text(folder, Schema(json.loads(text)))
    for target, wanted in ((folder / ASSEMBLED, text), (folder / REFERENCE, reference)):
        if target.exists() and target.read_text(encoding="utf-8") == wanted:
            print(f"{target} is up to date")
        elif options.check:
            print(f"{target} is stale: run `mlpipelines schemas`", file=sys.stderr)
            status = PROBLEMS
        else:
            target.write_text(wanted, encoding="utf-8")
            print(f"{target} written")
    return status


def _find_project(start: Path) -> Project:
    """The project of a file: the one it lies in, else the one of the current folder, else its own folder alone."""
    from mlpipelines.errors import ProjectError
    from mlpipelines.project import Project

    for place in (start, Path.cwd()):
        try:
            return Project.find(place)
        except ProjectError:
            continue
    return Project.at(Path.cwd())


def _existing(file: Path) -> Path:
    if not os.path.lexists(file):
        print(f"mlpipelines: there is no file {file}", file=sys.stderr)
        sys.exit(WRONG_USAGE)
    return file


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            print(f"mlpipelines: {option} takes NAME=VALUE, not {text!r}", file=sys.stderr)
            sys.exit(WRONG_USAGE)
        pairs[name] = value
    return pairs
