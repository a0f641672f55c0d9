"""Data preparation: parts that do not add up, and columns that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean

_FILLS = ("mean", "median", "mode")


def bad_split(subject: Subject) -> Iterator[Problem]:
    """The shares of the parts must add up to the whole."""
    for name, fields in subject.of_type("prepare"):
        shares = [Decimal(str(share)) for share in fields["split"].values()]
        total = sum(shares, Decimal(0))
        if abs(total - 1) > Decimal("1e-9") * len(shares):
            message = f"the parts add up to {total.normalize():f}, not to 1"
            rest = abs(1 - total).normalize()
            hint = f"{rest:f} {'is left over' if total < 1 else 'is too much'}"
            yield subject.field_problem(name, ("split",), "PL401", message, hint)
        for part in fields["split"]:
            twin = part.removesuffix("_features") if part.endswith("_features") else part.removesuffix("_labels")
            if twin != part and twin in fields["split"]:
                message = f"the part {part!r} would be mixed up with a file of the part {twin!r}"
                yield subject.field_problem(name, ("split", part), "PL401", message)


def bad_columns(subject: Subject) -> Iterator[Problem]:
    """Where the columns are known, every column that is named must be one of them."""
    for name, fields in subject.of_type("prepare"):
        yield from _impossible(subject, name, fields)
        if not fields["columns"] or (fields["callable"] and fields["callable_mode"] == "instead"):
            continue
        renamed = fields["rename"] or {}
        yield from _unknown(subject, name, "rename", list(renamed), fields["columns"])
        columns = [renamed.get(column, column) for column in fields["columns"]]
        for field in ("select", "drop"):
            yield from _unknown(subject, name, field, fields[field] or [], columns)
        if fields["target"]:
            yield from _unknown(subject, name, "target", [fields["target"]], columns)


def bad_missing(subject: Subject) -> Iterator[Problem]:
    """`missing` is one way to treat missing values, or one for each column."""
    for name, fields in subject.of_type("prepare"):
        missing = fields["missing"]
        if isinstance(missing, str) or set(missing) == {"fill"}:
            yield from _bad_treatment(subject, name, ("missing",), missing)
            continue
        for column, treatment in missing.items():
            yield from _bad_treatment(subject, name, ("missing", column), treatment)
            yield from _untreatable(subject, name, column, treatment)
        if fields["columns"]:
            columns = [(fields["rename"] or {}).get(column, column) for column in fields["columns"]]
            yield from _unknown(subject, name, "missing", list(missing), columns)


def _bad_treatment(subject: Subject, name: str, path: tuple[str, ...], treatment: Any) -> Iterator[Problem]:
    if treatment in ("error", "drop"):
        return
    fill = treatment.get("fill") if isinstance(treatment, dict) and set(treatment) == {"fill"} else None
    number = isinstance(fill, int | float) and not isinstance(fill, bool)
    if not number and fill not in _FILLS:
        hint = did_you_mean(str(fill if fill is not None else treatment), [*_FILLS, "error", "drop"])
        message = "expected error, drop, or {fill: mean | median | mode | a number}"
        yield subject.field_problem(name, path, "PL104", message, hint)


def _untreatable(subject: Subject, name: str, column: str, treatment: Any) -> Iterator[Problem]:
    """The step fails on a column that it has dropped, and on labels that it should invent."""
    fields = subject.merged[name][1]
    if column in (fields["drop"] or ()):
        message = f"the column {column!r} is dropped, and has no missing values to treat"
        yield subject.field_problem(name, ("missing", column), "PL402", message, "take it away in one place")
    elif column == fields["target"] and isinstance(treatment, dict):
        message = f"{column!r} is the target: a label cannot be invented"
        yield subject.field_problem(name, ("missing", column), "PL402", message, "write drop")


def bad_files(subject: Subject) -> Iterator[Problem]:
    """File names of outputs that are there, each its own."""
    for name, fields in subject.of_type("prepare"):
        given = fields["files"] or {}
        endings = ("", "_features", "_labels")
        known = [f"{part}{ending}" for part in fields["split"] for ending in endings]
        known += ["classes"] if fields["classes"] else []
        seen: dict[str, str] = {}
        for output, file in given.items():
            if output not in known:
                hint = did_you_mean(output, known) or f"the files are {', '.join(known[:12])}"
                message = f"no file is called {output!r}"
                yield subject.field_problem(name, ("files", output), "PL402", message, hint, key=True)
            elif file in seen:
                message = f"{output!r} would be written over {seen[file]!r}"
                yield subject.field_problem(name, ("files", output), "PL401", message, "choose another name")
            seen.setdefault(file, output)


def _impossible(subject: Subject, name: str, fields: dict[str, Any]) -> Iterator[Problem]:
    if fields["target"] and fields["target"] in (fields["drop"] or []):
        place = ("drop", fields["drop"].index(fields["target"]))
        yield subject.field_problem(name, place, "PL402", f"the target {fields['target']!r} is dropped")
    numbers = list(fields["classes"].values()) if isinstance(fields["classes"], dict) else []
    if len(numbers) > 1 and len(set(numbers)) == 1:
        message = f"all classes have the number {numbers[0]}: there is nothing to tell apart"
        yield subject.field_problem(name, ("classes",), "DF05", message, "number them 0, 1, ...")
    if fields["classes"] and not fields["target"]:
        yield subject.field_problem(name, ("classes",), "PL402", "classes need a target", "write `target:`")
    if fields["select"] and fields["drop"]:
        yield subject.field_problem(name, ("drop",), "PL106", "give `select` or `drop`, not both")


def _unknown(subject: Subject, name: str, field: str, named: list[str], columns: list[str]) -> Iterator[Problem]:
    known = set(columns)
    for index, column in enumerate(named):
        if column not in known:
            is_key = field in ("rename", "missing")
            path = (field, column) if is_key else (field,) if field == "target" else (field, index)
            hint = did_you_mean(column, columns) or f"the columns are {', '.join(columns[:12])}"
            yield subject.field_problem(name, path, "PL402", f"there is no column {column!r}", hint, key=is_key)
