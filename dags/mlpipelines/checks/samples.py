"""Names made by a template: what AWS would refuse in them, where the form of the template's value is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template, request_problems

#: What Airflow's macros look like when they are rendered.
_SAMPLES = {
    "ds": "2026-11-21",
    "ds_nodash": "20261121",
    "ts": "2026-11-21T04:55:00+00:00",
    "ts_nodash": "20261121T045500",
    "ts_nodash_with_tz": "20261121T045500+0000",
    "run_id": "manual__2026-11-21T04:55:00+00:00",
    "dag_run.run_id": "manual__2026-11-21T04:55:00+00:00",
}
_MACRO = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")
_HINT = "ts_nodash and ds are legal in names; without a name one is made for each run and try"


def sampled_problems(action: str, request: dict[str, Any]) -> Iterator[ShapeProblem]:
    """What AWS refuses in texts once their macros are rendered."""
    rendered, changed = _rendered(request)
    if not changed:
        return
    for problem in request_problems(action, rendered):
        written = _at(request, problem.path)
        if problem.kind == "length" and is_template(written):
            yield replace(problem, message=f"{written!r} becomes something like {problem.message}")
        elif problem.kind == "pattern" and is_template(written):
            message = f"{written!r} becomes something like {problem.value!r}, which AWS does not take here"
            yield replace(problem, message=message, hint=_HINT)


def _rendered(value: Any) -> tuple[Any, bool]:
    """(`value` with samples for macros, whether there were any); texts with other templates stay as they are."""
    if isinstance(value, str):
        if "{{" not in value or any(name not in _SAMPLES for name in _MACRO.findall(value)):
            return value, False
        text = _MACRO.sub(lambda match: _SAMPLES[match[1]], value)
        return (value, False) if is_template(text) else (text, True)
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    children = [(key, *_rendered(child)) for key, child in pairs]
    if not any(changed for _, _, changed in children):
        return value, False
    return {key: child for key, child, _ in children} if isinstance(value, dict) else [c for _, c, _ in children], True


def _at(request: Any, path: RequestPath) -> Any:
    for key in path:
        holder: Any = request
        request = holder.get(key) if isinstance(holder, dict) else holder[key]
    return request
