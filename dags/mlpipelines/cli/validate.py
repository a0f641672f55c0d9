"""`mlpipelines validate`: check pipeline files."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpipelines.cli.arguments import FINE, PROBLEMS, WRONG_USAGE, find_project
from mlpipelines.cli.terminal import has_colour, width_of
from mlpipelines.errors import Problem, ProjectError
from mlpipelines.layout import DEFAULTS

if TYPE_CHECKING:
    from mlpipelines.project import Project
    from mlpipelines.reporting import Outcome

_STATUSES = "Exit status: 0 when nothing fails, 1 when something does (see --fail-on), 2 for wrong usage or settings."


def add_validate(commands: Any) -> None:
    validate = commands.add_parser(
        "validate", help="check pipeline files", description="Check pipeline files.", epilog=_STATUSES
    )
    validate.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: all of the project's pipelines")
    validate.add_argument(
        "--format",
        choices=("text", "json", "github", "sarif", "junit"),
        help="default: text; github inside GitHub Actions",
    )
    validate.add_argument("--output", type=Path, metavar="FILE", help="write the report there, not to the terminal")
    validate.add_argument(
        "--fail-on", choices=("error", "warning"), default="error", help="the least that fails; default: error"
    )
    validate.set_defaults(command=_validate)


def _validate(options: argparse.Namespace) -> int:
    """Check pipeline files."""
    missing = [file for file in options.files if not os.path.lexists(file)]
    if missing:
        print(f"mlpipelines: there is no file {missing[0]}", file=sys.stderr)
        return WRONG_USAGE
    project = find_project(options.files[0] if options.files else Path.cwd())
    if not options.files and not project.pipelines.is_dir():
        print("mlpipelines: there is no folder `pipelines` here or above; name the files to check", file=sys.stderr)
        return WRONG_USAGE
    files = _with_what_defaults_change(_chosen(options.files), project) if options.files else project.files()
    pipelines = [file for file in files if file.name != DEFAULTS]
    outcome = outcome_of(project, _check(project, pipelines), files, options.fail_on)
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true" and not options.output
    show(outcome, options.format or ("github" if in_actions else "text"), options.output)
    return PROBLEMS if outcome.failed else FINE


def show(outcome: Outcome, form: str, file: Path | None) -> None:
    """Print the report; or write it to the file, and print its summary."""
    from mlpipelines.reporting import report

    if file is None:
        print(report(outcome, form, colour=has_colour(sys.stdout), width=width_of(sys.stdout)))
        return
    try:
        file.write_text(report(outcome, form) + "\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ProjectError(f"cannot write {file}: {(error.strerror or str(error)).lower()}") from None
    print(outcome.summary())


def outcome_of(project: Project, problems: Sequence[Problem], files: Sequence[Path], fail_on: Any) -> Outcome:
    """What a report is made of."""
    from mlpipelines.reporting import Outcome
    from mlpipelines.reporting.outcome import repository_prefix
    from mlpipelines.reporting.sources import Sources

    named = {project.name_of(file): file for file in files}
    sources = Sources(named, (project.root, project.templates))
    prefix = repository_prefix(project.root) if problems else ""
    return Outcome(problems, list(named), sources, fail_on, prefix)


def _check(project: Project, files: Sequence[Path]) -> list[Problem]:
    """All problems of the files."""
    from mlpipelines.batch import check_files

    with counted_aloud(len(files), "checked") as progress:
        return check_files(project, files, progress)


@contextmanager
def counted_aloud(count: int, done_what: str) -> Iterator[Callable[[int], None]]:
    """What to call with the number of files that are done: on a terminal that is told, once a second has passed."""
    # Nothing of this lives in circles, and looking for some takes a twentieth of the time; the process is ours.
    gc.set_threshold(100_000, 50, 1000)
    started, live = time.monotonic(), sys.stderr.isatty()

    def progress(done: int) -> None:
        if live and time.monotonic() - started > 1:
            print(f"\r{done} of {count} files {done_what}", end="", file=sys.stderr, flush=True)

    yield progress
    if live and time.monotonic() - started > 1:
        print("\r\033[K", end="", file=sys.stderr)


def _with_what_defaults_change(files: list[Path], project: Project) -> list[Path]:
    """With the common defaults come all pipelines: a change there may be a mistake in any of them."""
    names = {os.path.abspath(file) for file in files}
    if str(project.pipelines / DEFAULTS) in names:
        files += [file for file in project.files() if os.path.abspath(file) not in names]
    return files


def _chosen(paths: Sequence[Path]) -> list[Path]:
    """The files named, and the YAML files in the folders named."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir() and path.suffix not in (".yaml", ".yml"):
            files += sorted(file for ending in ("yaml", "yml") for file in path.rglob(f"*.{ending}"))
        else:
            files.append(path)
    return files
