"""What our operators add to the provider's: each test fails against the bare operator."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.local.support import Server, training_request

pytestmark = pytest.mark.airflow


def train(name: str, *, bare: bool = False, **more: Any) -> dict[str, Any]:
    """Run a training task to its end in this process, by our operator or by the provider's."""
    from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTrainingOperator

    from mlpipelines.runtime.operators import TrainingOperator

    options = {"deferrable": False, "print_log": False, "check_interval": 0.2, "aws_conn_id": None} | more.pop(
        "options", {}
    )
    operator = (SageMakerTrainingOperator if bare else TrainingOperator)(
        task_id="train", config=training_request(name, **more), region_name="us-east-1", **options
    )
    result: dict[str, Any] = operator.execute({})["Training"]
    return result


STOPPED: dict[str, Any] = {
    "image": "sleeper",
    "hyperparameters": {"seconds": "60"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1},
}


@pytest.mark.parametrize("print_log", [False, True])
def test_a_job_that_was_stopped_has_not_succeeded(aws: Server, print_log: bool) -> None:
    with pytest.raises(Exception, match=r"Stopped|MaxRuntime|stopped"):
        train(f"stopped-{print_log}".lower(), **STOPPED, options={"print_log": print_log})


def test_the_bare_operator_takes_a_stopped_job_for_a_success(aws: Server) -> None:
    assert train("stopped-bare", bare=True, **STOPPED)["TrainingJobStatus"] == "Stopped"


def test_a_job_whose_log_is_shown_is_looked_at_as_often_as_asked_for(aws: Server) -> None:
    started = time.monotonic()
    train("logged", image="sleeper", hyperparameters={"seconds": "0"}, options={"print_log": True})
    assert time.monotonic() - started < 20, "the provider's looks every 30 seconds"


def test_a_failure_is_told_in_the_words_of_the_job(aws: Server) -> None:
    crash: dict[str, Any] = {"image": "crash", "hyperparameters": {"status": "2", "failure": "k is missing"}}
    for print_log in (False, True):
        with pytest.raises(Exception, match="ClientError: k is missing, exit code: 2"):
            train(f"crash-{print_log}".lower(), **crash, options={"print_log": print_log})


def test_members_that_a_template_gives_as_text_get_their_types(aws: Server) -> None:
    more: dict[str, Any] = {
        "EnableManagedSpotTraining": "True",
        "StoppingCondition": {"MaxRuntimeInSeconds": "60", "MaxWaitTimeInSeconds": "120"},
        "hyperparameters": {"seconds": "0"},
    }
    assert train("typed", image="sleeper", **more)["EnableManagedSpotTraining"] is True
    with pytest.raises(Exception, match=r"Invalid type|Parameter validation failed"):
        train("typed-bare", bare=True, image="sleeper", **more)


def test_a_roles_name_is_looked_up_in_the_tasks_region(aws: Server) -> None:
    more: dict[str, Any] = {"image": "sleeper", "hyperparameters": {"seconds": "0"}, "RoleArn": "mlpipelines-local"}
    assert train("role", **more)["RoleArn"].endswith(":role/mlpipelines-local")
    with pytest.raises(Exception, match="region"):
        train("role-bare", bare=True, **more)


@pytest.mark.parametrize(
    ("name", "more", "event", "words"),
    [
        ("told", STOPPED, {"status": "stopped"}, r"told was stopped: it ran longer than its max_runtime of 1 s"),
        (
            "asked",
            {},
            {"status": "failed", "message": "ClientError: k is missing"},
            r"asked failed: ClientError: k is missing$",
        ),
        ("slow", {}, {"status": "timeout", "message": "x"}, r"slow takes longer than the task waits"),
    ],
)
def test_a_deferred_failure_is_told_in_plain_words(
    aws: Server, name: str, more: dict[str, Any], event: dict[str, Any], words: str
) -> None:
    from mlpipelines.runtime.operators import TrainingOperator

    if more:
        aws.train(name, **more)
    operator = TrainingOperator(task_id="t", config={}, aws_conn_id=None, region_name="us-east-1")
    with pytest.raises(Exception, match=words):
        operator.execute_complete({}, {"job_name": name, **event})


def test_one_request_of_any_action_is_sent_as_it_is_typed(aws: Server) -> None:
    from mlpipelines.runtime.resources import RequestOperator

    def send(action: str, config: dict[str, Any]) -> Any:
        operator = RequestOperator(
            task_id="send", action=action, config=config, aws_conn_id=None, region_name="us-east-1"
        )
        return operator.execute({})

    assert send("CreateExperiment", {"ExperimentName": "own-type"})["ExperimentArn"].endswith("experiment/own-type")
    assert send("ListEndpoints", {"MaxResults": "5"})["Endpoints"] == [], "MaxResults is a number by then"
