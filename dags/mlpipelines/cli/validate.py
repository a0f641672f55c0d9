"""`mlpipelines validate`: check pipeline files."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpipelines.cli.arguments import FINE, PROBLEMS, WRONG_USAGE, find_project
from mlpipelines.errors import Problem

if TYPE_CHECKING:
    from mlpipelines.project import Project


def add_validate(commands: Any) -> None:
    validate = commands.add_parser("validate", help="check pipeline files", description="Check pipeline files.")
    validate.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: all of the project's pipelines")
    validate.add_argument("--format", choices=("text", "json", "github"), help="default: text; github inside Actions")
    validate.set_defaults(command=_validate)


def _validate(options: argparse.Namespace) -> int:
    """Check pipeline files."""
    from mlpipelines.report import report

    missing = [file for file in options.files if not os.path.lexists(file)]
    if missing:
        print(f"mlpipelines: there is no file {missing[0]}", file=sys.stderr)
        return WRONG_USAGE
    project = find_project(options.files[0] if options.files else Path.cwd())
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
