"""Code that steps bring along: it must lie where the step says, beside the pipeline file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.facts.shapes import is_template
from mlpipelines.sources import is_remote


def missing_code(subject: Subject) -> Iterator[Problem]:
    """`script`, `source` and `entry_point` name a file or a folder relative to the pipeline file, or code in S3."""
    if subject.folder is None:
        return
    for name, (_, fields) in subject.merged.items():
        script, source, entry_point = (fields.get(field) for field in ("script", "source", "entry_point"))
        if script:
            yield from _wrong(subject, name, "script", script, subject.folder)
        if source and not entry_point:
            message = f"the step {name!r} has `source` but no `entry_point`: which script of it is to run?"
            yield subject.field_problem(name, ("source",), "PL102", message)
        elif source and (wrong := list(_wrong(subject, name, "source", source, subject.folder, folder=True))):
            yield from wrong
            continue
        if entry_point and not (source and is_remote(source)):
            yield from _wrong(subject, name, "entry_point", entry_point, subject.folder / (source or ""))


def _wrong(
    subject: Subject, step: str, field: str, path: str, base: Path, *, folder: bool = False
) -> Iterator[Problem]:
    if is_remote(path) or is_template(path):
        return
    place, top = (base / path).resolve(), (subject.code_root or base).resolve()
    kind = "folder" if folder else "file"
    if not place.is_relative_to(top):
        message = f"{path!r} lies outside of {top.name}/, which is all that is deployed"
        yield subject.field_problem(step, (field,), "PL408", message, "put the code beside the pipelines")
    elif not (place.is_dir() if folder else place.is_file()):
        if place.is_dir():
            message = f"{path!r} is a folder, and a script is wanted"
            yield subject.field_problem(step, (field,), "PL409", message, "name the script in it")
            return
        near = [entry.name for entry in sorted(place.parent.iterdir())] if place.parent.is_dir() else []
        message = f"there is no {kind} {path!r} beside the pipeline file"
        yield subject.field_problem(step, (field,), "PL409", message, did_you_mean(place.name, near))
