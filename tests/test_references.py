"""`${...}`: what is found, what it becomes, and circles of steps."""

from __future__ import annotations

import pytest

from mlpipelines.references import cycle, find_references, output_expression, resolve, whole_reference


def lookup(scope: str, name: str, as_text: bool) -> object:
    return "0.10" if as_text else 0.1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${vars.x}", 0.1), ("a ${vars.x} b", "a 0.10 b"), ("$${vars.x}", "${vars.x}"),
        ("${vars.x}${vars.x}", "0.100.10"),
        ("{{ ds }}", "{{ ds }}"), ("$x", "$x"), ("${ vars.x }", 0.1), ("no", "no"),
    ],
)  # fmt: skip
def test_references_are_replaced(text: str, value: object) -> None:
    assert resolve({"a": [text]}, lookup) == {"a": [value]}


def test_texts_get_the_value_as_it_was_written() -> None:
    assert resolve({"a": "${vars.x}"}, lookup, as_text=True) == {"a": "0.10"}


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
    assert output_expression("t", "result['A']") == "{{ ti.xcom_pull(task_ids='t')['A'] }}"
    assert output_expression("t", "f(result)") == "{{ f(ti.xcom_pull(task_ids='t')) }}"


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
