"""One job for one task of one run: retries, clears, lost answers, names that are in use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.airflow.jobs import KINDS, REQUESTS, Task, through
from tests.airflow.stand_in import BROKEN, THROTTLED, Fault, StandIn

pytestmark = pytest.mark.airflow

DONE = {"PipelineOperator": "Succeeded"}


def ends(sagemaker: StandIn, operator: str, *statuses: str, **members: Any) -> None:
    """Jobs have these states, one a look, the last for good; `done` is the kind's own word for success."""
    words = [DONE.get(operator, "Completed") if status == "done" else status for status in statuses]
    sagemaker.end = lambda job, look: {"status": words[min(look, len(words)) - 1], **members}


def made(sagemaker: StandIn, operator: str) -> list[str]:
    return sagemaker.names(REQUESTS[operator][1])


@pytest.fixture(autouse=True)
def model(sagemaker: StandIn) -> None:
    sagemaker.answer("CreateModel", {"ModelName": "model"})


@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
@pytest.mark.parametrize("operator", KINDS)
def test_a_job_is_waited_for_and_told_as_plain_data(sagemaker: StandIn, operator: str, deferrable: bool) -> None:
    import json

    ends(sagemaker, operator, "InProgress", "InProgress", "done")
    task = Task(operator, deferrable=deferrable)
    result = through(task.make(), task.context)
    assert json.loads(json.dumps(result)) == result
    kind = task.make().kind
    assert result[kind.result][kind.status] == DONE.get(operator, "Completed")
    assert result[kind.result]["CreationTime"].startswith("2023-11-14T")
    assert "ResponseMetadata" not in str(result)


@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
@pytest.mark.parametrize("operator", KINDS)
@pytest.mark.parametrize(
    ("status", "members", "words"),
    [
        ("Stopped", {}, "was stopped: by somebody, or by its limits"),
        ("Failed", {}, "failed: AWS gives no reason"),
        ("Failed", {"FailureReason": "ClientError: no data"}, "failed: ClientError: no data"),
    ],
)
def test_a_job_that_did_not_succeed_fails_its_task_in_plain_words(
    sagemaker: StandIn, operator: str, deferrable: bool, status: str, members: dict[str, Any], words: str
) -> None:
    ends(sagemaker, operator, "InProgress", status, **members)
    task = Task(operator, deferrable=deferrable)
    with pytest.raises(Exception, match=words):
        through(task.make(), task.context)
    assert not sagemaker.actions("Stop"), "it has ended by itself"


@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
@pytest.mark.parametrize("operator", KINDS)
def test_a_task_that_does_not_wait_does_not_wait(sagemaker: StandIn, operator: str, deferrable: bool) -> None:
    ends(sagemaker, operator, "InProgress")
    task = Task(operator, deferrable=deferrable, wait_for_completion=False, check_interval=60)
    assert "InProgress" in str(task.first())


@pytest.mark.parametrize("operator", KINDS)
def test_a_retry_goes_on_with_the_job_of_the_first_try(sagemaker: StandIn, operator: str) -> None:
    ends(sagemaker, operator, "InProgress")
    task = Task(operator)
    task.first(wait_for_completion=False)  # as far as a worker comes that is killed
    ends(sagemaker, operator, "InProgress", "InProgress", "InProgress", "done")
    task.again()
    assert len(made(sagemaker, operator)) == 1
    task.again()  # killed once more, after the job had succeeded
    assert len(made(sagemaker, operator)) == 1


@pytest.mark.parametrize("ended", ["Failed", "Stopped"])
@pytest.mark.parametrize("operator", KINDS)
def test_a_retry_starts_a_new_job_when_the_first_has_not_succeeded(
    sagemaker: StandIn, operator: str, ended: str
) -> None:
    task = Task(operator)
    ends(sagemaker, operator, ended)
    with pytest.raises(Exception, match=ended.lower()):
        task.first()
    first = made(sagemaker, operator)[0]
    sagemaker.end = lambda job, look: {"status": ended if first in job.values() else DONE.get(operator, "Completed")}
    task.again()
    names = made(sagemaker, operator)
    assert len(names) == 2
    assert all(len(name) <= task.make().kind.limit or "arn" in name for name in names)


@pytest.mark.parametrize("running", [False, True], ids=["deferred", "running"])
@pytest.mark.parametrize("operator", KINDS)
def test_a_clear_starts_a_new_job_and_ends_one_that_still_runs(
    sagemaker: StandIn, operator: str, running: bool
) -> None:
    ends(sagemaker, operator, "InProgress")
    task = Task(operator)
    task.first(wait_for_completion=False)
    first = made(sagemaker, operator)[0]
    sagemaker.end = lambda job, look: {
        "status": "InProgress" if first in job.values() else DONE.get(operator, "Completed")
    }
    task.cleared(running=running)
    assert len(made(sagemaker, operator)) == 2
    stopped = next(request for action, request in sagemaker.calls if action.startswith("Stop"))
    assert first in stopped.values()
    task.cleared()  # of a task that has succeeded
    assert len(made(sagemaker, operator)) == 3


@pytest.mark.parametrize("operator", [name for name in KINDS if name != "PipelineOperator"])
def test_a_name_of_the_authors_own_survives_a_second_run(sagemaker: StandIn, operator: str) -> None:
    long = "n" * 63 if operator not in ("TuningOperator", "AutoMLOperator") else "n" * 32
    config = {**REQUESTS[operator][0], REQUESTS[operator][1]: long}
    for run in ("r1", "r2", "r3"):
        Task(operator, run=run, config=config).first()
    names = made(sagemaker, operator)
    assert names[0] == long
    assert len(names) == 3
    assert {len(name) for name in names} == {len(long)}


@pytest.mark.parametrize("fault", [Fault("InternalFailure", 500, "lost", late=True)], ids=["answer-lost"])
@pytest.mark.parametrize("operator", KINDS)
def test_a_create_whose_answer_was_lost_has_made_the_only_job(sagemaker: StandIn, operator: str, fault: Fault) -> None:
    ends(sagemaker, operator, "done")
    create = Task(operator).make().kind.create
    sagemaker.faults[create] = [fault]
    Task(operator).first()
    assert len(made(sagemaker, operator)) == 1
    assert len(sagemaker.actions(create)) >= 2


def test_a_worker_that_died_before_its_create_uses_the_name_that_it_has_written_down(sagemaker: StandIn) -> None:
    task = Task("TrainingOperator")
    assert task.store is not None
    sagemaker.faults["CreateTrainingJob"] = [Fault("AccessDeniedException", 400, "not yet")]
    with pytest.raises(Exception, match="not yet"):
        task.first()
    written = task.store.values["sagemaker_job"]["job"]
    config = {**REQUESTS["TrainingOperator"][0], "TrainingJobName": "of-the-second-try"}
    task.options["config"] = config
    task.again()
    assert made(sagemaker, "TrainingOperator") == [written]


@pytest.mark.parametrize("operator", KINDS)
def test_a_request_that_aws_would_refuse_starts_nothing(sagemaker: StandIn, operator: str) -> None:
    sagemaker.calls.clear()
    with pytest.raises(Exception, match=r"AWS would refuse this request:\n +AWS has no member 'Imag' here"):
        Task(operator, request='{"Imag": []}').first()
    assert not sagemaker.actions("Create") + sagemaker.actions("Start")


@pytest.mark.parametrize("operator", KINDS)
def test_what_its_author_lets_pass_is_for_aws_to_refuse(sagemaker: StandIn, operator: str) -> None:
    with pytest.raises(Exception, match="Unknown parameter in input") as raised:  # boto3 looks on AWS's behalf
        Task(operator, request='{"Imag": []}', ignored_rules=["SM001"]).first()
    assert "AWS would refuse" not in str(raised.value)


@pytest.mark.parametrize("operator", KINDS)
def test_without_airflows_store_a_retry_starts_anew(sagemaker: StandIn, operator: str) -> None:
    ends(sagemaker, operator, "done")
    task = Task(operator)
    task.store = None
    task.first()
    task.again()
    assert len(made(sagemaker, operator)) == 2


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN], ids=["throttled", "broken"])
@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
def test_throttles_and_errors_inside_aws_are_waited_out(sagemaker: StandIn, deferrable: bool, fault: Fault) -> None:
    ends(sagemaker, "TrainingOperator", "InProgress", "InProgress", "done")
    sagemaker.faults = {"CreateTrainingJob": [fault], "DescribeTrainingJob": [None, None, fault, None, fault]}
    task = Task("TrainingOperator", deferrable=deferrable)
    through(task.make(), task.context)
    assert len(made(sagemaker, "TrainingOperator")) == 1


def test_looking_goes_on_when_aws_stays_away_for_longer_than_botocore_retries(sagemaker: StandIn) -> None:
    ends(sagemaker, "TrainingOperator", "InProgress", "done")
    sagemaker.faults = {"DescribeTrainingJob": [None, None, THROTTLED, THROTTLED, THROTTLED]}
    task = Task("TrainingOperator", botocore_config={"retries": {"mode": "standard", "max_attempts": 1}})
    task.first()
    assert len(made(sagemaker, "TrainingOperator")) == 1


def test_the_task_fails_and_stops_its_job_when_its_patience_is_over(sagemaker: StandIn) -> None:
    ends(sagemaker, "TrainingOperator", "InProgress")
    for deferrable in (False, True):
        task = Task("TrainingOperator", deferrable=deferrable, max_attempts=3, run=str(deferrable))
        with pytest.raises(Exception, match=r"takes longer than the task waits for it; it was stopped"):
            through(task.make(), task.context)
    assert sagemaker.actions("Stop") == ["StopTrainingJob"] * 2


@pytest.mark.parametrize(
    ("reason", "tried"),
    [
        ("CapacityError: Unable to provision requested ML compute capacity.", ["ml.g5.xlarge", "ml.g4dn.xlarge"]),
        ("InsufficientInstanceCapacity", ["ml.g5.xlarge", "ml.g4dn.xlarge"]),
        ("AlgorithmError: out of memory", ["ml.g5.xlarge"]),
    ],
)
@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
@pytest.mark.parametrize("operator", ["TrainingOperator", "TransformOperator", "ProcessingOperator", "TuningOperator"])
def test_without_capacity_the_next_instance_type_is_tried(
    sagemaker: StandIn, operator: str, deferrable: bool, reason: str, tried: list[str]
) -> None:
    def end(job: dict[str, Any], look: int) -> dict[str, Any]:
        state = "InProgress" if look == 1 else "Failed" if "ml.g5.xlarge" in str(job) else "Completed"
        return {"status": state, "FailureReason": reason}

    sagemaker.end = end
    task = Task(operator, deferrable=deferrable, instance_types=["ml.g5.xlarge", "ml.g4dn.xlarge"])
    if len(tried) > 1:
        through(task.make(), task.context)
    else:
        with pytest.raises(Exception, match="out of memory"):
            through(task.make(), task.context)
    requests = [str(request) for action, request in sagemaker.calls if action.startswith("Create")][1:]
    assert [next(kind for kind in ("ml.g5.xlarge", "ml.g4dn.xlarge") if kind in text) for text in requests] == tried


def test_a_limit_of_the_account_on_an_instance_type_counts_as_capacity(sagemaker: StandIn) -> None:
    limit = "The account-level service limit 'ml.g5.xlarge for training job usage' is 0 Instances"
    sagemaker.faults["CreateTrainingJob"] = [Fault("ResourceLimitExceeded", 400, limit)]
    Task("TrainingOperator", instance_types=["ml.g5.xlarge", "ml.g4dn.xlarge"]).first()
    assert len(made(sagemaker, "TrainingOperator")) == 1
    other = "The account-level service limit 'Maximum number of parallel training jobs' is 10"
    sagemaker.faults["CreateTrainingJob"] = [Fault("ResourceLimitExceeded", 400, other)]
    with pytest.raises(Exception, match="Maximum number"):
        Task("TrainingOperator", run="r2", instance_types=["ml.g5.xlarge", "ml.g4dn.xlarge"]).first()
