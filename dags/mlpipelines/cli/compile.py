"""`mlpipelines compile`: what pipelines become, ready for Airflow."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mlpipelines.cli.arguments import FINE, PROBLEMS, find_project
from mlpipelines.cli.validate import counted_aloud, outcome_of, show
from mlpipelines.errors import ProjectError
from mlpipelines.layout import DEFAULTS

_ABOUT = (
    "Compile all pipelines of the project, so that Airflow need not: it takes what has been compiled of exactly the"
    " files that it finds, and compiles the others itself. For an image build or a CI job."
)
_STATUSES = (
    "Exit status: 0 when all pipelines are compiled, 1 when some have errors (the others are compiled), 2 for others."
)


def add_compile(commands: Any) -> None:
    command = commands.add_parser(
        "compile", help="compile all pipelines ahead of a deployment", description=_ABOUT, epilog=_STATUSES
    )
    command.add_argument("--output", type=Path, metavar="DIR", help="default: .mlpipelines/compiled in the project")
    command.set_defaults(command=_compile)


def _compile(options: argparse.Namespace) -> int:
    """Compile all pipelines of the project."""
    from mlpipelines.precompiled import SHIPPED
    from mlpipelines.shipping import compile_files

    project = find_project(Path.cwd())
    if not project.pipelines.is_dir():
        raise ProjectError("there is no folder `pipelines` here or above")
    files = project.files()
    folder = options.output or project.root / SHIPPED
    with counted_aloud(len(files), "compiled") as progress:
        problems = compile_files(project, folder, progress)
    outcome = outcome_of(project, problems, files, "error")
    if problems:
        show(outcome, "text", None)
    wrong = {problem.file for problem in problems}
    # Without the defaults no pipeline becomes a DAG.
    invalid = len(files) if project.name_of(project.pipelines / DEFAULTS) in wrong else len(wrong & set(outcome.files))
    print(f"{len(files) - invalid} of {len(files)} pipelines compiled into {folder}")
    return PROBLEMS if problems else FINE
