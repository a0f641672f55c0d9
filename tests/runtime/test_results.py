"""References at run time: what is there is passed on as it is, what is missing fails the task and says what it was."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from mlpipelines.errors import StepError
from mlpipelines.references import as_json, output_expression
from mlpipelines.runtime.names import artifact_uri, output_uri, predictions_uri
from mlpipelines.runtime.results import result_of

TRAINING = {
    "Training": {"TrainingJobName": "job", "Metrics": {"auc": 0.5, "loss": None}, "Parts": [{"n": 1}], "Tags": {}}
}


def rendered(expression: str, results: dict[str, Any]) -> str:
    """As Airflow renders it."""
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.globals |= {
        "result_of": result_of,
        "artifact_uri": artifact_uri,
        "output_uri": output_uri,
        "predictions_uri": predictions_uri,
    }
    ti = SimpleNamespace(xcom_pull=lambda task_ids: results.get(task_ids))
    return environment.from_string(expression).render(ti=ti)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("result['Training']['TrainingJobName']", "job"),
        ("result['Training']['Metrics']['auc']", "0.5"),
        ("result['Training']['Parts'][0]['n']", "1"),
    ],
)
def test_what_is_there_is_told(value: str, text: str) -> None:
    assert rendered(output_expression("train", value), {"train": TRAINING}) == text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("result['Training']['Metrics']['acu']", "'train' has given no 'Training.Metrics.acu'; did you mean 'auc'"),
        ("result['Training']['Metrics']['xyz']", "has given no 'Training.Metrics.xyz'; there are auc, loss"),
        ("result['Training']['Metrics']['loss']", "'train' has given no value for 'Training.Metrics.loss'"),
        ("result['Training']['Tags']['a']", "there is nothing at all"),
        ("result['Training']['Parts'][1]['n']", "has given only 1 of 'Training.Parts'"),
        ("result['Gone']['at']['once']", "has given no 'Gone'"),
        ("artifact_uri(result, 'BestTrainingJob')", "has given no 'BestTrainingJob'"),
    ],
)
def test_what_is_missing_fails_the_task(value: str, words: str) -> None:
    with pytest.raises(StepError) as raised:
        rendered(output_expression("train", value), {"train": TRAINING})
    assert words in str(raised.value)


@pytest.mark.parametrize("value", ["result['Training']", "predictions_uri(result)"])
def test_a_step_that_was_skipped_has_given_nothing(value: str) -> None:
    with pytest.raises(StepError, match="the step 'group' has given nothing"):
        rendered(output_expression("group.group_job", value), {})


def test_a_whole_request_reaches_the_next_task_as_json() -> None:
    request = {"A": [1, None, {"B": "0.10", "C": None}]}
    expression = as_json(output_expression("lookup", "result['request']"))
    assert json.loads(rendered(expression, {"lookup": {"request": request}})) == request
