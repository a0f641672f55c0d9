"""Templates and references that are put together at random: they are read, worked out, and never run."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpipelines.macros.analysis import uses
from mlpipelines.macros.rendering import outcomes
from mlpipelines.macros.values import Run
from mlpipelines.masking import mask_secrets
from mlpipelines.references import find_references
from tests.fuzz.checking import MOST_SECONDS, Checking, examples

PIECES = (
    "{{", "}}", "{%", "%}", "{#", "#}", "{{-", "-}}", "{{+", "{%-", "${", "$${", "}", "{", "${s.name}", "${vars.a}", "${a.b}", "${t.metrics.x:y}",
    " ds ", " ts_nodash ", "run_id", "dag_run", "dag_run.conf", "params.a", "params['a']", "params.get('a')", "ti.xcom_pull('s')", "macros.ds_add(ds, 1)",
    ".", "|", ",", "(", ")", "[", "]", ":", "'", '"', "~", "+", "-", "*", "**", "/", "//", "%", "==", " if ", " else ", " is defined ", " not ", " and ",
    " or ", " in ", "''.__class__", "().__class__.__bases__[0].__subclasses__()", "self.__init__.__globals__", "lipsum", "cycler.__init__", "range(10**9)",
    "range(999999999999)", "'x' * 10**9", "9**9**9", "|list", "|upper", "|replace('a', 'aa')", "|replace('', 'x')", "|truncate(10**9)", "|int", "|float",
    "|default('')", "|map('upper')", "|format(1)", "|join", "|tojson", "|ds", "|ts_nodash", ".strftime('%Y%')", ".strftime('%s%9999d')", "[::-1]", "[0]", "[-1:9:0]", "[:10**20]",
    "{% set a = ds %}", "{% for i in range(9) %}", "{% endfor %}", "{% if ds %}", "{% elif x %}", "{% endif %}", "{% macro f() %}", "{% endmacro %}", "{{ f() }}", "{% raw %}",
    "{% endraw %}", "{% do a %}", "{% include '/etc/passwd' %}", "{% import 'os' as os %}", "{% extends 'x' %}", "{% call f() %}", "{% block a %}", "{% filter upper %}", "{% set ns = namespace(x=1) %}",
    "{{ 1e999 }}", "{{ -1e400|int }}", "{{ 9999999999999999999999999 }}", "{{ 0x_f }}", "{{ '\\ud800' }}", "{{ '\\x' }}", "\ue000", "\ue0000\ue000", "\n", "\0", "\u2028", "\ud7ff", "\U0001f600",
    "a", "s3://b/", "-", "_", "1", "x" * 100,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
FIELDS = (
    "s: {type: train, image: '123456789012.dkr.ecr.us-east-2.amazonaws.com/o:1', channels: {train: 's3://b/t'}, instance_type: ml.m5.large, name: %s, output: %s}",
    "s: {type: prepare, dataset: %s, output: %s}",
    "s: {type: delete_model, model: %s, description: %s}",
    "s: {type: python, function: examples.f, arguments: {a: %s, b: [%s]}}",
    "s: {type: process, image: %s, instance_type: %s, role: '{{ var.value.role }}'}",
    "s: {type: model, artifact: %s, request: {PrimaryContainer: {Environment: {a: %s}}, image: x}}",
    "s: {type: experiment, name: %s}\n  t: {type: delete_model, model: '${s.name}', after: %s}",
)


@pytest.fixture(scope="module")
def checking(tmp_path_factory: pytest.TempPathFactory) -> Checking:
    return Checking(tmp_path_factory.mktemp("templates"))


@examples(300)
@given(field=st.sampled_from(FIELDS), first=TEXTS, second=TEXTS)
def test_a_template_of_any_kind_is_no_crash(field: str, first: str, second: str, checking: Checking) -> None:
    head = (
        "name: hostile\nschedule: {assets: [a]}\nparams: {a: 1}\nvars: {a: b}\n"
        if len(first) % 2
        else "name: hostile\n"
    )
    text = f"{head}steps:\n  {field % (json.dumps(first), json.dumps(second))}\n"
    result = checking.check(text.encode("utf-8", errors="replace"))
    if len(second) % 5 == 0:
        checking.report(result)


@examples(600)
@given(text=TEXTS)
def test_a_template_is_read_and_worked_out(text: str) -> None:
    started = time.process_time()
    uses(text)
    run = Run("p", params={"a": 1, "b": "x"})
    assert all(isinstance(outcome, str) for outcome in outcomes(text, run, "s"))
    find_references({"a": [text]})
    assert isinstance(mask_secrets(text), str)
    assert time.process_time() - started < MOST_SECONDS


DEEP: dict[str, Any] = {
    "braces": "{{" * 15_000,
    "brackets": "{{ " + "(" * 15_000,
    "closed brackets": "{{ " + "(" * 5_000 + ")" * 5_000 + " }}",
    "lists": "{{ " + "[" * 5_000 + "]" * 5_000 + " }}",
    "filters": "{{ ds" + "|upper" * 5_000 + " }}",
    "replacements": "{{ ds" + "|replace('2','22')" * 1_500 + " }}",
    "attributes": "{{ ds" + ".a" * 10_000 + " }}",
    "items": "{{ ds" + "[0]" * 7_000 + " }}",
    "calls": "{{ ds" + "()" * 10_000 + " }}",
    "sums": "{{ ds" + " + ds" * 5_000 + " }}",
    "differences": "{{ " + "-" * 15_000 + "1 }}",
    "denials": "{{ " + "not " * 6_000 + "1 }}",
    "choices": "{{ " + "1 if 1 else " * 2_000 + "1 }}",
    "branches": "{% if a %}" * 2_000 + "{% endif %}" * 2_000,
    "many branches": "{% if a %}b{% else %}c{% endif %}" * 900,
    "doubling": "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 1_500 + "{{ a }}",
    "joined": "{{ ds" + " ~ ds" * 5_000 + " }}",
    "loops": "{% for a in range(10**9) %}" * 900 + "{% endfor %}" * 900,
    "comments": "{#" * 15_000,
    "references": "${" * 15_000,
    "closed references": "${a.b}" * 5_000,
    "mixed": "${a.b}{{ ds }}" * 2_000,
    "strings": "{{ '" + "\\\\" * 10_000 + "' }}",
    "open strings": "{{ '" * 8_000,
    "powers": "{{ " + "9**" * 8_000 + "9 }}",
    "long names": "{{ " + "a" * 30_000 + " }}",
    "long numbers": "{{ " + "9" * 30_000 + " }}",
    "lipsum": "{{ lipsum(n=10**9) }}{{ range(10**12)|list|length }}{{ 'x'.__class__.__mro__[1].__subclasses__() }}",
}


@pytest.mark.parametrize("name", DEEP)
def test_a_deep_template_is_read_in_no_time(name: str, checking: Checking) -> None:
    texts = {"model": DEEP[name], "description": "x"}
    for field in FIELDS[:3]:
        text = f"name: hostile\nsteps:\n  {field % (json.dumps(texts['model']), json.dumps('{{ ds }}'))}\n"
        checking.report(checking.check(text.encode()))
