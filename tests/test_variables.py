"""`${vars.name}`: replaced before anything else, with positions and texts as they were written."""

from __future__ import annotations

from typing import Any

import pytest

from mlpipelines.document import Document, parse_document
from mlpipelines.errors import InvalidPipeline
from mlpipelines.variables import expand_variables

VARIABLES = "vars: {n: 3, rate: 0.10, text: abc, on: true, list: [1, 2.50], map: {a: 1e-3}, none: null}\n"


def expand(yaml: str) -> tuple[Document, list[str]]:
    document, problems = expand_variables(parse_document(VARIABLES + yaml, "f"))
    return document, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${vars.n}", 3), ("${vars.rate}", 0.1), ("${vars.on}", True), ("${vars.list}", [1, 2.5]),
        ("${vars.none}", None),
        ("${vars.map}", {"a": 0.001}), ("rate-${vars.rate}", "rate-0.10"), ("${vars.n}${vars.text}", "3abc"),
        ("${vars.on}!", "true!"), ("$${vars.n}", "$${vars.n}"), ("${ vars.n }", 3), ("${step.out}", "${step.out}"),
        ("{{ 2 * ${vars.n} }}", "{{ 2 * 3 }}"),
    ],
)  # fmt: skip
def test_variables_are_replaced(written: str, value: Any) -> None:
    document, problems = expand(f"x: ['{written}']\n")
    assert problems == []
    assert document.data["x"] == [value]
    assert type(document.data["x"][0]) is type(value)


def test_positions_and_texts_come_with_the_variable() -> None:
    document, _ = expand("x: ${vars.map}\ny: ${vars.rate}\n")
    assert document.raw[("x", "a")] == "1e-3"
    assert document.raw[("y",)] == "0.10"
    assert document.position(("x", "a"))[0] == 1
    assert document.position(("x",), key=True) == (2, 1)


@pytest.mark.parametrize(
    ("yaml", "problem"),
    [
        ("x: ${vars.rat}\n", "f:2:4: PL206: there is no variable 'rat' (did you mean 'rate'?)"),
        ("x: a ${vars.map}\n", "f:2:4: PL201: the variable 'map' is not a text and cannot be part of one"),
    ],
)
def test_mistakes_stand_where_they_are_made(yaml: str, problem: str) -> None:
    assert expand(yaml)[1] == [problem]


def test_a_variable_holds_a_constant() -> None:
    document = parse_document("vars: {a: 1, b: '${vars.a}'}\nx: ${vars.b}\n", "f")
    assert [str(problem) for problem in expand_variables(document)[1]] == [
        "f:1:17: PL201: a variable holds a constant; a reference is not replaced here"
    ]


def test_variables_cannot_make_a_small_file_huge() -> None:
    entries = ", ".join(f"k{number}: {number}" for number in range(2000))
    uses = "\n".join(f"  - ${{vars.big}} # {number}" for number in range(2000))
    with pytest.raises(InvalidPipeline, match="PL112"):
        expand_variables(parse_document(f"vars: {{big: {{{entries}}}}}\nx:\n{uses}\n", "f"))
    text = "y" * 60_000
    with pytest.raises(InvalidPipeline, match="PL112"):
        expand_variables(parse_document(f"vars: {{big: {text}}}\nx:\n" + "  - 'a${vars.big}'\n" * 2000, "f"))
