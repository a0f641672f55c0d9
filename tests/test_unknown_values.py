"""What is known only at run time is no problem, whatever member of a request it is, and never ends in an exception."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.aws.refusals import refusals
from mlpipelines.aws.served import model_problems
from mlpipelines.facts.shapes import RequestPath
from tests.conftest import CASES

GOLDEN = sorted([*CASES.glob("valid/*.requests"), *CASES.glob("real/*.requests")])
UNKNOWN = "{{ params.unknown }}"
ODD: tuple[Any, ...] = (
    UNKNOWN,
    [UNKNOWN],
    {},
    [],
    [{}],
    "",
    0,
    5,
    True,
    None,
    ["a"],
    {"a": 1},
    "s3://b/{{ params.x }}",
)


def requests_of(file: Path) -> list[tuple[str, dict[str, Any]]]:
    return [(each["action"], each["request"]) for each in json.loads(file.read_text())]


def members(value: Any, path: RequestPath = ()) -> Iterator[RequestPath]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield (*path, key)
        yield from members(child, (*path, key))


def changed(value: Any, path: RequestPath, new: Any) -> Any:
    """A copy with another value at `path`."""
    if not path:
        return new
    key: Any = path[0]
    if isinstance(value, dict):
        return {**value, key: changed(value[key], path[1:], new)}
    return [changed(child, path[1:], new) if index == key else child for index, child in enumerate(value)]


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_template_in_place_of_any_member_is_no_problem(file: Path) -> None:
    for action, request in requests_of(file):
        known = {problem.code for problem in refusals(action, request)}
        for path in members(request):
            found = refusals(action, changed(request, path, UNKNOWN))
            assert [(path, p.code, p.message) for p in found if p.code not in known] == []


def test_no_request_ends_in_an_exception() -> None:
    chance = random.Random(1)
    everything = [each for file in GOLDEN for each in requests_of(file)]
    models = [request for action, request in everything if action == "CreateModel"]
    for _ in range(3000):
        action, request = chance.choice(everything)
        for _ in range(chance.randint(1, 3)):
            request = changed(request, chance.choice(list(members(request)) or [()]), chance.choice(ODD))
            request = request if isinstance(request, dict) else {}
        refusals(action, request)
        list(model_problems(action, request, {"flowers": chance.choice(models)}))
