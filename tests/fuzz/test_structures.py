"""Valid pipelines with other values, fields and requests in them: what the schema lets pass goes through all rules."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlpipelines.facts.shapes import known_actions, load_shapes
from mlpipelines.policy import read_policy
from tests.conftest import ROOT
from tests.fuzz.checking import VALID, Checking, examples

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 5, 0.5, 1e300, 10**30, -(10**400), "", " ", "x", "1", "0", "-", "yes", "${a.b}", "${vars.a}", "$${", "${", "{{ ds }}",
    "{{ x", "{{ params.a }}-{{ ts }}", "{% if a %}b{% endif %}", "s3://", "s3://b", "s3://b/${a.b}/", "arn:aws:", "arn:aws:iam::123456789012:role/x",
    "ml.m5.large", "ml.x.y", "ml.", "123456789012.dkr.ecr.us-east-2.amazonaws.com/a:b", "a" * 300, "\u00e9\U0001f600", "\u202e", "\x07", "1\n2",
    "(a+)+$", "[", "1h", "0s", "2026-02-30", "* * * * *", "@daily", "Europe/Berlin", "../../etc/passwd", "os.system", "__class__",
    "9" * 5000, "9" * 5000 + "m", "1." + "9" * 5000, "1e" + "9" * 5000, "$[" + "9" * 5000 + "]", "$['a',1]", "-0", "NaN", "inf", "\u0661", "0x1", "1_000",
    [], [[]], [None], ["a", "a"], [1, True], ["${a.b}", 5], [{}], [{"a": 1}], {}, {"": ""}, {"a": None}, {"a": {"b": {}}}, {"json": [1]}, {"{{ x }}": 1},
    {"uri": "s3://b/p"}, {"fill": "mean"}, {"integer": [1, 2]}, {"integer": ["a", None]}, {"categorical": []}, {"default": 1, "type": "string"},
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(("odd", "odd", "alike", "alike", "other", "take", "add", "request", "nest")),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=4,
)
COMMENTS = st.sampled_from(
    ("",) * 4 + (" # mlpipelines: ignore[SM101] it is so", "  # mlpipelines: ignore[AF21,,XX1]", " #mlpipelines:ignore[] a", " # mlpipelines: off")
)  # fmt: skip


@pytest.fixture(scope="module")
def checking(tmp_path_factory: pytest.TempPathFactory) -> Checking:
    root = tmp_path_factory.mktemp("structures")
    (root / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nAF = "warning"\nSM701 = "off"\nSM1 = "info"\n')
    return Checking(root)


@examples(700)
@given(seed=st.sampled_from(VALID), changes=CHANGES, comment=COMMENTS, line=st.integers(0, 99))
def test_a_changed_pipeline_is_no_crash(seed: Path, changes: Any, comment: str, line: int, checking: Checking) -> None:
    data = copy.deepcopy(loaded(seed))
    for change in changes:
        make(data, *change)
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=line % 3 == 0)
    lines = text.split("\n")
    lines[line % len(lines)] += comment
    result = checking.check("\n".join(lines).encode("utf-8", errors="replace"))
    if line % 4 == 0:
        checking.report(result)


@examples(150)
@given(
    action=st.sampled_from(sorted(known_actions())), numbers=st.lists(st.integers(0, 10**6), min_size=60, max_size=60)
)
def test_a_request_of_any_shape_is_no_crash(action: str, numbers: list[int], checking: Checking) -> None:
    """What tasks send goes through the same rules, with whatever other tasks have put into it."""
    from mlpipelines.aws.refusals import refusals

    request = of_shape(load_shapes()["actions"][action], iter(numbers), 0)
    if isinstance(request, dict):
        refusals(action, request)


SETTINGS = st.lists(
    st.sampled_from(
        ("[tool.mlpipelines.rules]\n", "[tool.mlpipelines]\n", "[tool]\n", 'SM101 = "off"\n', "SM101 = 5\n", 'XX = "error"\n', "rules = []\n",
         "mlpipelines = 1\n", '"" = "off"\n', 'SM = "warning"\n', "a.b.c = 1\n", "\0", "\ud7ff", "[[tool.mlpipelines.rules]]\n", "rules.SM812.x = 1\n", "# mlpipelines",
         'YM01 = "off"\n', "'[(' = 'off'\n", "x = 2026-01-01\n")
    ),
    max_size=8,
).map("".join)  # fmt: skip


@examples(150)
@given(text=SETTINGS)
def test_settings_of_any_kind_are_no_crash(text: str, checking: Checking) -> None:
    file = checking.project.root / "other.toml"
    file.write_text(text, encoding="utf-8")
    assert all(mistake.line >= 1 for mistake in read_policy(file).mistakes)


@cache
def loaded(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(child, (*path, key))


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


@cache
def pool() -> dict[str, list[Any]]:
    """Every value of the cases, by the name of its field."""
    found: dict[str, list[Any]] = {}
    for file in VALID:
        data = loaded(file)
        for path in places(data):
            name = next((str(key) for key in reversed(path) if not isinstance(key, int)), "")
            if (value := at(data, path)) not in (known := found.setdefault(name, [])):
                known.append(value)
    return found


@cache
def fields() -> list[str]:
    """Every field of the language."""
    from mlpipelines.step_types import load_schema

    schema = load_schema(ROOT / "schemas" / "validate.schema.json")
    names = {name for step_type in schema.step_types.values() for name in step_type.properties}
    return sorted({*names, *schema.data["properties"]})


def make(data: Any, kind: str, where: int, number: int) -> None:
    """Change one place of a pipeline."""
    everywhere = list(places(data))
    if not everywhere:
        return
    path = everywhere[where % len(everywhere)]
    holder, key = at(data, path[:-1]), path[-1]
    if kind == "odd":
        holder[key] = copy.deepcopy(ODD[number % len(ODD)])
    elif kind in ("alike", "other"):
        names = sorted(pool())
        name = str(key) if kind == "alike" and str(key) in pool() else names[number % len(names)]
        holder[key] = copy.deepcopy(pool()[name][number % len(pool()[name])])
    elif kind == "take":
        del holder[key]
    elif kind == "add" and isinstance(holder, dict):
        name = fields()[number % len(fields())]
        values = [*pool().get(name, ()), *ODD]
        holder[name] = copy.deepcopy(values[(number // 1000) % len(values)])
    elif kind == "nest":
        holder[key] = [holder[key]] if number % 2 else {str(key): holder[key]}
    elif kind == "request":
        steps = data.get("steps")
        step = steps.get(sorted(steps, key=str)[where % len(steps)]) if isinstance(steps, dict) and steps else None
        if isinstance(step, dict):
            step["request"] = asked(step.get("type"), number)


def asked(kind: Any, number: int) -> Any:
    from mlpipelines.step_types import load_schema

    schema = load_schema(ROOT / "schemas" / "validate.schema.json")
    step_type = schema.step_types.get(kind) if isinstance(kind, str) else None
    actions = [action for action in step_type.requests if action in known_actions()] if step_type else []
    if not actions:
        return {}
    action = actions[number % len(actions)]
    numbers = iter([(number * 7919 + step * 104729) % 1_000_003 for step in range(200)])
    request = of_shape(load_shapes()["actions"][action], numbers, 0)
    wrapper = step_type.wrapper(action) if step_type else None
    return {wrapper: request} if wrapper else request


def of_shape(name: str, numbers: Iterator[int], depth: int) -> Any:
    """A value of an AWS shape, or nearly."""
    shape = load_shapes()["shapes"][name]
    number = next(numbers, 0)
    if number % 11 == 0 or depth > 7:
        return copy.deepcopy(ODD[number // 11 % len(ODD)])
    kind = shape["t"]
    if kind == "o":
        members = [
            *shape.get("r", ()),
            *(member for index, member in enumerate(shape["p"]) if (number >> index % 18) & 1),
        ]
        return {member: of_shape(shape["p"][member], numbers, depth + 1) for member in members[:9]}
    if kind in "ma":
        count = number % 3
        values = [of_shape(shape["c"], numbers, depth + 1) for _ in range(count)]
        return values if kind == "a" else {f"k{index}": value for index, value in enumerate(values)}
    if "e" in shape:
        return shape["e"][number % len(shape["e"])]
    texts = (
        "a",
        "s3://bucket/a",
        "arn:aws:iam::123456789012:role/a",
        "{{ ds }}",
        "1",
        "b" * 70,
        "ml.m5.large",
        "Pipe",
        "a=([0-9]+)",
    )
    return {"i": number % 100, "f": number / 7, "b": number % 2 == 0}.get(kind, texts[number % len(texts)])
