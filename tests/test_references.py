"""`${...}`: what is found, what it becomes, and circles of steps."""

from __future__ import annotations

import pytest

from mlpipelines.references import cycle, find_references, output_expression, resolve, whole_reference


def lookup(step: str, output: str) -> str:
    return f"<{step} {output}>"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${a.b}", "<a b>"), ("x ${a.b} y", "x <a b> y"), ("$${a.b}", "${a.b}"), ("${a.b}${c.d}", "<a b><c d>"),
        ("{{ ds }}", "{{ ds }}"), ("$x", "$x"), ("${ a.b }", "<a b>"), ("no", "no"),
    ],
)  # fmt: skip
def test_references_are_replaced(text: str, value: object) -> None:
    assert resolve({"x": [text]}, lookup) == {"x": [value]}


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("${a.b}", ["a"]), ("${a.b} ${c.d}", ["a", "c"]), ("$${a.b}", []), ("${a}", [""]), ("${", [""]), ("${}", [""]),
        ("${a.b.c}", ["a"]), ("{{ ${a.b} }}", ["a"]),
    ],
)  # fmt: skip
def test_references_are_found(text: str, scopes: list[str]) -> None:
    assert [reference.scope for reference in find_references({"x": [text]})] == scopes


def test_a_reference_inside_a_template_is_known() -> None:
    assert [r.inside_template for r in find_references("{{ ${a.b} }} ${a.b}")] == [True, False]


def test_only_a_reference_alone_is_whole() -> None:
    assert whole_reference("${a.b}") == ("a", "b")
    assert whole_reference("${a.b} ") is None
    assert whole_reference("${a.b}${c.d}") is None


def test_an_output_becomes_an_airflow_template() -> None:
    assert output_expression("t", "result['A']") == "{{ result_of(ti, 't')['A'] }}"
    assert output_expression("t", "f(result)") == "{{ f(result_of(ti, 't')) }}"


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ({"a": ("b",), "b": ()}, []),
        ({"a": ("b",), "b": ("a",)}, ["a", "b", "a"]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, []),
        ({"x": ("a",), "a": ("b",), "b": ("c",), "c": ("a",)}, ["a", "b", "c", "a"]),
    ],
)
def test_a_circle_is_named(steps: dict[str, tuple[str, ...]], path: list[str]) -> None:
    assert cycle(steps) == path


def test_a_chain_of_thousands_of_steps_is_no_trouble() -> None:
    chain = {f"s{i}": (f"s{i + 1}",) for i in range(5000)}
    assert cycle(chain) == []
