"""Texts with templates in AWS requests -> what AWS would refuse in them once Airflow has rendered them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.facts.forms import is_name
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, TemplateCheck, load_shapes, shape_problems
from mlpipelines.macros.rendering import outcomes
from mlpipelines.macros.values import UNKNOWN, Run, shortened

_NUMBERS = {"i": "a whole number", "f": "a number", "b": "true or false"}
#: The names of what the requests make; tasks make one when there is none.
_OWN_NAMES = frozenset((f"{kind}JobName",) for kind in ("Training", "Transform", "Processing", "HyperParameterTuning"))
_OWN_NAME, _RESULT, _SHORT = "{{ job_name(ti, dag_run) }}", "{{ result_of(ti, '", 300
_REFERENCE = re.compile(r"\{\{ result_of\(ti, '(\w+)'[^{}]*\}\}")
_ILLEGAL = re.compile(r"[^a-zA-Z0-9-]")


def run_of(subject: Subject) -> Run:
    """What the file tells of its runs."""
    schedule = subject.data.get("schedule")
    by_assets = isinstance(schedule, dict) and "assets" in schedule
    starts = "asset_triggered" if by_assets else "scheduled" if schedule else "manual"
    defaults = {
        name: param.get("default") if isinstance(param, dict) else param for name, param in subject.params.items()
    }
    return Run(str(subject.data["name"]), starts, defaults)


def template_check(run: Run, step: str) -> TemplateCheck:
    """What holds the templates of one step against the shapes of AWS's members."""

    def check(path: RequestPath, shape: str, text: str) -> Iterator[ShapeProblem]:
        if _is_plain(shape, text):
            return
        for outcome in outcomes(text, run, step):
            if outcome != UNKNOWN and (found := _refused(path, shape, text, outcome, run)):
                yield found
                return

    return check


def _is_plain(shape: str, text: str) -> bool:
    """Whether a text needs no working out, as most: our own name of a job, another step's result, a URI far from any
    limit."""
    if text.startswith("{{"):
        return text == _OWN_NAME or (text.startswith(_RESULT) and text.endswith("] }}") and text.count("{{") == 1)
    uri = text.startswith("s3://") and len(text) < _SHORT
    return uri and str(load_shapes()["shapes"][shape].get("x", "")).startswith("(https|s3)://")


def _refused(path: RequestPath, name: str, text: str, outcome: str, run: Run) -> ShapeProblem | None:
    shape = load_shapes()["shapes"][name]
    if UNKNOWN in outcome:
        return _surely_refused(path, shape, text, outcome, run) if shape["t"] == "s" else None
    if shape["t"] == "s":
        found = next(shape_problems(name, path, outcome), None)
        return found and _told(found, text, outcome, run)
    if shape["t"] not in _NUMBERS:
        return None
    number = _cast(outcome.strip(), shape["t"])
    if number is None:
        message = f"{_short(text)} becomes {outcome!r}, and AWS wants {_NUMBERS[shape['t']]} here"
        return ShapeProblem(
            path, "rule", message, "write the number itself, or a parameter that holds one", rule="AF01"
        )
    found = next(shape_problems(name, path, number), None)
    return found and replace(found, message=f"{_short(text)} becomes {outcome}: {found.message}")


def _told(found: ShapeProblem, text: str, outcome: str, run: Run) -> ShapeProblem:
    """A problem of a rendered text, in terms of the text that was written."""
    shape = load_shapes()["shapes"][found.shape]
    if found.kind == "length" and len(outcome) > shape.get("M", 0):
        return _too_long(found.path, text, outcome, shape["M"], is_name(shape.get("x", "")))
    if found.kind == "pattern":
        return _illegal(found.path, text, outcome, shape["x"], run, found)
    return replace(found, message=f"{_short(text)} becomes {shortened(outcome)!r}: {found.message}")


def _surely_refused(path: RequestPath, shape: dict[str, Any], text: str, outcome: str, run: Run) -> ShapeProblem | None:
    """Of a text that is known in parts: parts that are too long together, or hold what no name may hold."""
    known = outcome.replace(UNKNOWN, "")
    if len(known) > shape.get("M", len(known)):
        return _too_long(path, text, outcome, shape["M"], is_name(shape.get("x", "")))
    if is_name(shape.get("x", "")) and (_ILLEGAL.search(known) or outcome.startswith("-") or outcome.endswith("-")):
        return _illegal(path, text, outcome, shape["x"], run)
    return None


def _too_long(path: RequestPath, text: str, outcome: str, limit: int, name: bool) -> ShapeProblem:
    length = len(outcome.replace(UNKNOWN, ""))
    least = "at least " if UNKNOWN in outcome else ""
    message = f"{_short(text)} becomes {least}{length} characters long, such as {shortened(outcome)!r}; "
    message += f"AWS allows at most {limit}"
    hint = f"make it {length - limit} shorter"
    if "ts_nodash" in text and length - 7 <= limit:
        hint += ", with ds_nodash (8 characters) for ts_nodash (15)"
    elif name:
        hint += "; ds_nodash has 8 characters, ts_nodash 15"
    return ShapeProblem(path, "rule", message, hint, rule="AF03")


def _illegal(
    path: RequestPath, text: str, outcome: str, pattern: str, run: Run, found: ShapeProblem | None = None
) -> ShapeProblem:
    message = f"{_short(text)} becomes {shortened(outcome)!r}, which AWS does not take here"
    if not is_name(pattern):
        return (
            replace(found, rule="AF04", message=message) if found else ShapeProblem(path, "rule", message, rule="AF04")
        )
    characters = "".join(dict.fromkeys(_ILLEGAL.findall(outcome.replace(UNKNOWN, ""))))
    if not characters:
        hint = "no hyphen may stand first or last"
        return ShapeProblem(path, "rule", message, hint, rule="AF04")
    time = "dag_run.run_after | ts_nodash" if run.starts == "asset_triggered" else "ts_nodash"
    shown = ["spaces" if character == " " else character for character in characters]
    hint = f"no {' '.join(shown)} in names: "
    if re.search(r"\b(run_id|ts|ts_nodash_with_tz|logical_date)\b", text):
        hint += f"write {{{{ {time} }}}}"
        hint += ", or leave the name out: one is made for each run and try" if path in _OWN_NAMES else ""
    elif characters == "_":
        hint += "write - for it, in a template with | replace('_', '-')"
    else:
        hint += "letters, digits and hyphens alone are allowed"
    return replace(found or ShapeProblem(path, "rule", ""), kind="rule", message=message, hint=hint, rule="AF04")


def _cast(text: str, kind: str) -> Any:
    """What the operators make of a rendered text where AWS wants no text; None: nothing."""
    if kind == "b":
        return {"true": True, "false": False}.get(text.lower())
    try:
        number = float(text)
    except ValueError:
        return None
    return number if kind == "f" else int(number) if number.is_integer() else None


def _short(text: str) -> str:
    """A text as it was written, on one line; of a reference, the step that it leads to."""
    return repr(shortened(" ".join(_REFERENCE.sub(r"${\1...}", text).split())))
