"""What templates will look like is worked out without running them."""

from __future__ import annotations

import time

import pytest

from mlpipelines.macros.analysis import uses
from mlpipelines.macros.rendering import outcomes
from mlpipelines.macros.values import UNKNOWN, Run

RUN = Run("iris_knn", "scheduled", {"k": 3, "env": "dev_2", "empty": "", "none": None, "list": [1], "huge": 10**5000})
BY_ASSETS = Run("iris_knn", "asset_triggered")
CASES: dict[str, str | tuple[str, ...]] = {
    "plain": "plain",
    "{{ ds }} {{ ds_nodash }} {{ ts_nodash }}": "2026-11-21 20261121 20261121T045500",
    "{{ ts }}|{{ ts_nodash_with_tz }}": "2026-11-21T04:55:00+00:00|20261121T045500+0000",
    "{{ run_id }}": "scheduled__2026-11-21T04:55:00+00:00",
    "{{ dag_run.run_id[:9] }}{{ ds[-2:] }}{{ ds[0] }}": "scheduled212",
    "{{ run_id | replace(':', '-') | upper | trim('0') }}": "SCHEDULED__2026-11-21T04-55-00+00-",
    "{{ dag.dag_id ~ '-' ~ ti.task_id ~ 1 }}": "iris_knn-train_model1",
    "{{ task.task_id + '-x' }}{{ params.k + 1 }}": "train_model-x4",
    "{{ params.env }}{{ params['env'] }}{{ params.get('env') }}": "dev_2dev_2dev_2",
    "{{ params.empty }}{{ params.none }}{{ params.list }}{{ params.huge }}": UNKNOWN * 4,
    "{{ '2.5' | float | int }}{{ 'x' | int }}{{ 'abc' | length }}": "203",
    "{{ logical_date.strftime('%Y%m%d-%H%%') }}{{ logical_date | ts_nodash }}": "20261121-04%20261121T045500",
    "{{ logical_date.strftime('%99999Y') }}": UNKNOWN,
    "{{ data_interval_start.year }}{{ dag_run.run_after.isoformat() }}": "20262026-11-21T04:55:00+00:00",
    "{{ 'a' if params.k else 'b' }}-": ("a-", "b-"),
    "{% if params.k %}a{% elif ds %}b{% else %}{{ ds }}{% endif %}": ("a", "b", "2026-11-21"),
    "{{ params.empty or 'x' }}": (UNKNOWN, "x"),
    "{{ params.env or 'x' }}": "dev_2",
    "{{ (ti if params.k else task).task_id }}": "train_model",
    "{{- ds -}} x": "2026-11-21x",
    "{{ ds }}\n": "2026-11-21",
    "{{ '}}' }}{{ {'a': {'b': 1}} }}": "}}" + UNKNOWN,
    "a-{{ var.value.x }}-b": f"a-{UNKNOWN}-b",
    "{{ ('a_' ~ var.value.x) | replace('_', '-') }}": f"a-{UNKNOWN}",
    "{{ ('ab' ~ var.value.x) | replace('ab', '-') }}": UNKNOWN,
    "{{ job_name(ti, dag_run) }}": "iris-knn-train-model-20261121T045500-3f9a1c-1",
    "{{ 'a very long text' | truncate(9) }}{{ 'abcdefgh' | truncate(5, True, '', 0) }}": "a...abcde",
    "{{ ds.__class__ }}{{ ''.join([ds]) }}{{ ds.format(1) }}{{ loop }}{{ lipsum() }}": UNKNOWN * 5,
    "{% set ds = 1 %}{{ ds }}": UNKNOWN,
    "{% for x in [1] %}{{ x }}{% endfor %}": UNKNOWN,
    "{{ not closed": "{{ not closed",
}
HOSTILE = (
    "{{ 9 ** (9 ** 9) }}",
    "{{ 'x' * 10000000000 }}",
    "{{ range(10000000000) | list }}",
    "{{ 'x' | center(10000000000) }}",
    "{{ " + "'a' ~ " * 900 + "ds }}",
    "{{ " + "(" * 300 + "ds" + ")" * 300 + " }}",
    "{{ ds" + " | replace('0', '00')" * 200 + " }}",
    "{{ 'a' if x else 'b' }}" * 150,
    "{% if x %}" * 90 + "{% endif %}" * 90,
    "{{ '%s' | format('x' * 1000000) }}" * 50,
    "{" * 3900,
    "{{ [" + "[" * 900 + " }}",
)


@pytest.mark.parametrize("text", CASES)
def test_a_template_becomes(text: str) -> None:
    expected = CASES[text]
    assert outcomes(text, RUN, "train_model") == (expected if isinstance(expected, tuple) else (expected,))


def test_what_runs_without_a_logical_date_lack_is_unknown() -> None:
    assert outcomes("{{ ds }}{{ dag_run.run_after | ds }}", BY_ASSETS, "a") == (f"{UNKNOWN}2026-11-21",)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_template_costs_neither_time_nor_length(text: str) -> None:
    start = time.perf_counter()
    for outcome in outcomes(text, RUN, "a"):
        assert len(outcome) <= 4000
    uses(text)
    assert time.perf_counter() - start < 1


def test_what_has_a_default_or_is_asked_for_may_be_missing() -> None:
    used = uses(
        "{{ a | default(b) }}{{ c if c is defined else d.e }}{{ dag_run.x | d('') }}{{ params.p | default(1) }}"
    )
    assert used.names == {"b", "d", "dag_run", "params"}
    assert used.attributes == {("d", "e")}
    assert used.params == frozenset()
