"""`mlpipelines new`: write a first pipeline for a dataset."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpipelines.cli.arguments import FINE, PROBLEMS, find_project
from mlpipelines.errors import PipelineError

if TYPE_CHECKING:
    from mlpipelines.project import Project
    from mlpipelines.scaffold.columns import Columns
    from mlpipelines.scaffold.guessing import Proposal, Wishes
    from mlpipelines.scaffold.places import Dataset
    from mlpipelines.scaffold.reading import Sample

_PROBLEMS = ("regression", "binary", "multiclass")
_ALGORITHMS = ("knn", "linear-learner", "xgboost")


def add_new(commands: Any) -> None:
    new = commands.add_parser("new", help="write a first pipeline for a dataset", description=_new.__doc__)
    new.add_argument("name", metavar="NAME", help="of the pipeline, its file and its DAG")
    new.add_argument("--dataset", metavar="FILE|URL", help="CSV, TSV, JSON Lines or Parquet; default: an example")
    new.add_argument("--target", metavar="COLUMN", help="the column to predict; default: a likely one")
    new.add_argument("--problem", choices=_PROBLEMS, help="default: by the values of the target")
    new.add_argument("--algorithm", choices=_ALGORITHMS, help="default: by the columns; the file says why")
    new.add_argument("--delimiter", metavar="CHAR", help="what separates the columns; default: found out")
    new.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first line names the columns; default: found out",
    )
    new.add_argument("--region", help="AWS region, if pipelines/defaults.yaml has none; default: us-east-1")
    new.add_argument("--output", type=Path, metavar="FILE", help="default: pipelines/NAME.yaml")
    new.add_argument("--force", action="store_true", help="replace a file that is there")
    new.add_argument("--yes", action="store_true", help="ask nothing, take what is guessed")
    new.set_defaults(command=_new)


def _new(options: argparse.Namespace) -> int:
    """Write a pipeline that prepares a dataset, trains, predicts and evaluates. What is not said is guessed from the
    first megabyte of the data; on a terminal you are asked."""
    from mlpipelines.scaffold.guessing import Wishes
    from mlpipelines.scaffold.places import EXAMPLE, find_dataset
    from mlpipelines.scaffold.writing import Header, pipeline_text

    project = find_project(Path.cwd())
    file = _file(options, project)
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not options.yes
    named = options.dataset or (asks and _ask("Dataset, a file or a URL", EXAMPLE)) or EXAMPLE
    dataset = find_dataset(named, options.name, project)
    wishes = Wishes(options.target, options.problem, options.algorithm)
    sample, columns, proposal = _proposal(dataset, named, options, wishes, asks)
    header = Header(options.name, _schema(file, project), _region(options, project))
    place = dataset.place
    if not sample.rows:
        comment = "Nobody has looked at the data yet: check the target, and say what there is (columns, classes, ...)."
        place = type(place)(place.uri, (*place.comments, comment))
    _write(file, pipeline_text(header, place, sample, columns, proposal))
    return _report(file, project, dataset, proposal, sample)


def _proposal(
    dataset: Dataset, named: str, options: argparse.Namespace, wishes: Wishes, asks: bool
) -> tuple[Sample, Columns, Proposal]:
    from mlpipelines.scaffold.columns import Columns, look_at
    from mlpipelines.scaffold.guessing import propose, unseen
    from mlpipelines.scaffold.reading import Sample, read_sample

    with tempfile.TemporaryDirectory(prefix="mlpipelines-new-") as folder:
        path = dataset.path
        if (
            path is None
            and asks
            and named.startswith("http")
            and _ask("Download it to look at it? yes or no", "no") == "yes"
        ):
            path = _downloaded(named, Path(folder))
        if path is None:
            return Sample("csv", options.delimiter or ",", (), ()), Columns((), False), unseen(wishes)
        sample = read_sample(path, options.delimiter, options.header)
    columns = look_at(sample)
    proposal = propose(sample, columns, wishes)
    if asks:
        proposal = _asked(sample, columns, wishes, proposal)
    return sample, columns, proposal


def _asked(sample: Sample, columns: Columns, wishes: Wishes, guess: Proposal) -> Proposal:
    """The proposal after the questions that the options leave open; each answer changes what is guessed next."""
    from dataclasses import replace

    from mlpipelines.scaffold.guessing import propose

    print(f"{sample.count} rows; columns: {', '.join(column.name for column in columns)[:300]}")
    for field, question, choices in (
        ("target", "Column to predict", [column.name for column in columns]),
        ("problem", "Problem", _PROBLEMS),
        ("algorithm", "Algorithm", _ALGORITHMS),
    ):
        while getattr(wishes, field) is None:
            answer = _ask(question, getattr(guess, field), choices)
            try:
                # What is only confirmed stays a guess: its reason is worth telling.
                wished = wishes if answer == getattr(guess, field) else replace(wishes, **{field: answer})
                guess = propose(sample, columns, wished)
            except PipelineError as error:
                print(error)
                continue
            wishes = wished
            break
    return guess


def _ask(question: str, default: str, choices: Sequence[str] = ()) -> str:
    shown = f" ({', '.join(choices)})" if 0 < len(choices) < 8 else ""
    while True:
        try:
            answer = input(f"{question}{shown} [{default}]: ").strip() or default
        except EOFError:
            print()
            return default
        if not choices or answer in choices:
            return answer
        from mlpipelines.errors import did_you_mean

        print(f"There is no {answer!r}. {did_you_mean(answer, choices)}".strip())


def _downloaded(url: str, folder: Path) -> Path:
    try:
        from mlpipelines.runtime.download import Limits, download

        no_storage: Any = None  # only s3:// would need it
        return download(url, folder / Path(url.split("?")[0]).name, Limits(60, 200_000_000, 2), no_storage).path
    except ModuleNotFoundError as error:
        raise PipelineError(f"downloads need the packages of a worker (missing: {error.name})") from None


def _file(options: argparse.Namespace, project: Project) -> Path:
    """Where the pipeline goes. Raises PipelineError when it cannot go there."""
    name = options.name
    if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,199}", name) or name == "defaults":
        raise PipelineError(f"{name!r} cannot be a pipeline's name: use lower-case letters, digits, - and _")
    if options.delimiter is not None and len(options.delimiter) != 1:
        raise PipelineError("--delimiter is one character")
    file: Path = options.output or project.pipelines / f"{name}.yaml"
    if file.name not in (f"{name}.yaml", f"{name}.yml"):
        raise PipelineError(f"the file of the pipeline {name!r} must be called {name}.yaml, not {file.name!r}")
    if os.path.lexists(file) and (not options.force or file.is_dir()):
        raise PipelineError(f"{file} is there already; --force replaces it")
    for other in project.files() if project.pipelines.is_dir() else ():
        if other.stem == name and other.resolve() != file.resolve():
            raise PipelineError(f"the pipeline {name!r} is there already: {project.name_of(other)}")
    return file


def _schema(file: Path, project: Project) -> str | None:
    schema = project.schemas / "pipeline.schema.json"
    if not schema.is_relative_to(project.root) or not file.absolute().is_relative_to(project.root):
        return None
    return Path(os.path.relpath(schema, file.absolute().parent)).as_posix()


def _region(options: argparse.Namespace, project: Project) -> str | None:
    """The region to write down: images are looked up by it."""
    from mlpipelines.errors import InvalidPipeline

    if options.region:
        return str(options.region)
    try:
        known = project.defaults is not None and project.defaults.document.data.get("region")
    except InvalidPipeline as error:
        raise PipelineError(f"the defaults have mistakes; mend them first:\n{error}") from None
    return None if known else "us-east-1"


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PipelineError(f"cannot write {file}: {(error.strerror or str(error)).lower()}") from None


def _report(file: Path, project: Project, dataset: Dataset, proposal: Proposal, sample: Sample) -> int:
    shown = os.path.relpath(file) if file.absolute().is_relative_to(Path.cwd()) else str(file)
    count = len(proposal.features)
    from_what = f" from {count} column{'' if count == 1 else 's'}" if count else ""
    what = proposal.problem + ("" if proposal.problem == "regression" else " classification")
    print(f"{shown} written: {what} of {proposal.target!r}{from_what} with {proposal.algorithm}")
    problems = find_project(file).problems(file.absolute())
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"\n  mlpipelines validate {shown}\n  mlpipelines run {shown} {dataset.put}".rstrip())
    return PROBLEMS if any(problem.severity == "error" for problem in problems) else FINE
