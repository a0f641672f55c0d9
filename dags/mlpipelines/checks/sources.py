"""Code that steps bring along: it must lie where the step says, beside the pipeline file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.facts.shapes import is_template
from mlpipelines.sources import is_remote, kind_of


def missing_code(subject: Subject) -> Iterator[Problem]:
    """`script`, `source` and `entry_point` name a file or a folder relative to the pipeline file, or code in S3."""
    if subject.folder is None:
        return
    for name, (_, fields) in subject.merged.items():
        script, source, entry_point = (fields.get(field) for field in ("script", "source", "entry_point"))
        if script:
            yield from _wrong(subject, name, "script", script)
        if source and not entry_point:
            message = f"the step {name!r} has `source` but no `entry_point`: which script of it is to run?"
            yield subject.field_problem(name, ("source",), "PL102", message)
        elif source and (wrong := list(_wrong(subject, name, "source", source, folder=True))):
            yield from wrong
            continue
        if entry_point and not (source and is_remote(source)):
            yield from _wrong(subject, name, "entry_point", entry_point, source or "")


def _wrong(
    subject: Subject, step: str, field: str, path: str, source: str = "", *, folder: bool = False
) -> Iterator[Problem]:
    """What is wrong with a path in the folder `source`, which lies beside the pipeline file. Notes what is there."""
    if is_remote(path) or is_template(path) or subject.folder is None:
        return
    top = subject.code_root or subject.folder
    whole = str(PurePosixPath(source, path))
    kind = subject.code[whole] = kind_of(subject.folder, whole, top)
    wanted = "folder" if folder else "file"
    if kind == "outside":
        message = f"{path!r} lies outside of {top.resolve().name}/, which is all that is deployed"
        yield subject.field_problem(step, (field,), "PL408", message, "put the code beside the pipelines")
    elif kind == "folder" != wanted:
        message = f"{path!r} is a folder, and a script is wanted"
        yield subject.field_problem(step, (field,), "PL409", message, "name the script in it")
    elif kind != wanted:
        place = (subject.folder / whole).resolve()
        near = [entry.name for entry in sorted(place.parent.iterdir())] if place.parent.is_dir() else []
        message = f"there is no {wanted} {path!r} beside the pipeline file"
        yield subject.field_problem(step, (field,), "PL409", message, did_you_mean(place.name, near))
