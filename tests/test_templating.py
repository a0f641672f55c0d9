"""Templates of YAML: values become data and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import DictLoader, StrictUndefined, TemplateRuntimeError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from mlpipelines.errors import InvalidPipeline
from mlpipelines.templating import evaluate, mark


def result_of(text: str, **variables: Any) -> Any:
    files = {"main": text, "part": "part: {{ value }}\n", "macros": "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}"}
    environment = SandboxedEnvironment(loader=DictLoader(files), undefined=StrictUndefined, finalize=mark)
    return evaluate(environment.get_template("main"), variables)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 1.5, 1e22, "", "text", "0.10", "true", "a: b", "- x", "{{ ti }}", "#", '"', "'", "\\", "\n",
        "\ue0000\ue000", "\u2028", "\x7f", "\U0001f600", [], {}, [1, [None]], {"a": {"b": [True]}},
    ],
)  # fmt: skip
def test_a_value_arrives_as_it_is(value: Any) -> None:
    assert result_of("x: {{ value }}\ny: [{{ value }}, 1]\n{% include 'part' %}", value=value) == {
        "x": value,
        "y": [value, 1],
        "part": value,
    }


def test_a_value_can_be_a_key() -> None:
    assert result_of("{{ name }}:\n  inner: 1\n", name="a: b") == {"a: b": {"inner": 1}}


def test_what_the_template_says_itself_is_yaml() -> None:
    assert result_of("a: 0.10\nb: [on, 1e3]\n{% for n in names %}{{ n }}: true\n{% endfor %}", names=["c", "d"]) == {
        "a": 0.1,
        "b": ["on", 1000.0],
        "c": True,
        "d": True,
    }


def test_a_value_inside_a_text_is_printed() -> None:
    assert result_of("timeout: {{ number }}m\n", number=5) == {"timeout": "5m"}


def test_the_result_shares_nothing_with_the_values_or_with_another_result() -> None:
    value = {"a": [1]}
    results = [result_of("fixed: {list: [1]}\nx: {{ value }}\n", value=value) for _ in range(2)]
    results[0]["x"]["a"].append(2)
    results[0]["fixed"]["list"].append(2)
    assert value == {"a": [1]}
    assert results[1] == {"fixed": {"list": [1]}, "x": {"a": [1]}}


def test_tuples_are_lists() -> None:
    assert result_of("x: {{ value }}\n", value=(1, (2,))) == {"x": [1, [2]]}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x: {{ missing }}\n", UndefinedError, "'missing' is undefined"),
        ("x: {{ [missing] }}\n", UndefinedError, "'missing' is undefined"),
        ("x: {{ value.keys }}\n", TypeError, "is not data"),
        ("a: 1\n{{ 'a' }}: 2\n", TemplateRuntimeError, "gives the key 'a' twice"),
        ("{{ 1 }}: 2\n", TemplateRuntimeError, "1 is no key"),
        ("x: [{{ value }}\n", InvalidPipeline, "comma or a closing bracket"),
    ],
)
def test_a_faulty_template_says_so(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        result_of(text, value={"a": 1})


def test_macros_of_another_file_print_their_values() -> None:
    assert result_of("{% import 'macros' as m %}{% if m.twice(1) == '11' %}x: 1\n{% endif %}") == {"x": 1}
