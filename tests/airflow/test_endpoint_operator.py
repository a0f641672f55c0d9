"""An endpoint as it was asked for, whatever it is when the task comes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.airflow.jobs import Task, through
from tests.airflow.stand_in import BROKEN, Fault, StandIn

pytestmark = pytest.mark.airflow

VARIANT = {"VariantName": "all", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": "1"}
CHANGES = ("Create", "Update", "Delete", "AddTags")


def config(name: str = "c", **endpoint: Any) -> dict[str, Any]:
    return {
        "EndpointConfig": {"EndpointConfigName": name, "ProductionVariants": [VARIANT]},
        "Endpoint": {"EndpointName": "e", "EndpointConfigName": name, **endpoint},
    }


def deploy(name: str = "c", *, endpoint: dict[str, Any] | None = None, **options: Any) -> Any:
    task = Task("EndpointOperator", config=config(name, **(endpoint or {})), **options)
    return through(task.make(), task.context)


def changes(sagemaker: StandIn) -> list[str]:
    return [action for action in sagemaker.actions() if action.startswith(CHANGES)]


@pytest.fixture(autouse=True)
def in_service_after_three_looks(sagemaker: StandIn) -> None:
    sagemaker.end = lambda job, look: {"status": "Creating" if look < 3 else "InService"}


@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
def test_an_endpoint_and_its_configuration_are_made(sagemaker: StandIn, deferrable: bool) -> None:
    result = deploy(deferrable=deferrable)
    assert changes(sagemaker) == ["CreateEndpointConfig", "CreateEndpoint"]
    assert result["Endpoint"]["EndpointStatus"] == "InService"
    assert result["EndpointConfig"]["ProductionVariants"][0]["InitialInstanceCount"] == 1, "typed"


@pytest.mark.parametrize("operation", ["create", "update", "create_or_update"])
def test_an_endpoint_that_is_there_is_changed(sagemaker: StandIn, operation: str) -> None:
    deploy()
    result = deploy("c2", operation=operation, run="r2")
    assert changes(sagemaker)[2:] == ["CreateEndpointConfig", "UpdateEndpoint"]
    assert result["Endpoint"]["EndpointConfigName"] == "c2"


def test_an_endpoint_that_is_as_wanted_is_left_alone(sagemaker: StandIn) -> None:
    deploy()
    deploy()
    assert changes(sagemaker).count("CreateEndpoint") == 1
    assert "UpdateEndpoint" not in changes(sagemaker)


def test_a_configuration_of_the_same_name_with_other_content_gets_a_name_beside_it(sagemaker: StandIn) -> None:
    deploy()
    task = Task("EndpointOperator", config=config())
    task.options["config"]["EndpointConfig"]["ProductionVariants"] = [{**VARIANT, "InstanceType": "ml.m5.xlarge"}]
    name = through(task.make(), task.context)["Endpoint"]["EndpointConfigName"]
    assert name != "c"
    assert name.startswith("c-")


def test_an_update_wants_an_endpoint(sagemaker: StandIn) -> None:
    with pytest.raises(Exception, match="There is no endpoint e to update"):
        deploy(operation="update")


def test_a_retry_waits_for_the_endpoint_that_the_first_try_has_begun_with(sagemaker: StandIn) -> None:
    task = Task("EndpointOperator", config=config())
    task.first(wait_for_completion=False)
    assert task.again()["Endpoint"]["EndpointStatus"] == "InService"
    assert changes(sagemaker).count("CreateEndpoint") == 1


def test_a_retry_whose_configuration_has_a_name_of_its_own_changes_nothing_again(sagemaker: StandIn) -> None:
    deploy()
    sagemaker.end = lambda job, look: {"status": "Updating" if look < 3 else "InService"}
    task = Task("EndpointOperator", config=config("try-1"), wait_for_completion=False)
    task.first()
    task.options["config"] = config("try-2")
    task.options["wait_for_completion"] = True
    assert task.again()["Endpoint"]["EndpointConfigName"] == "try-1"
    assert changes(sagemaker).count("UpdateEndpoint") == 1


def test_an_endpoint_that_has_never_come_up_is_made_anew(sagemaker: StandIn) -> None:
    sagemaker.end = lambda job, look: {"status": "Failed", "FailureReason": "The primary container did not pass"}
    with pytest.raises(Exception, match="e failed: The primary container did not pass"):
        deploy()
    sagemaker.end = lambda job, look: {"status": "Failed" if job["EndpointConfigName"] == "c" else "InService"}
    with pytest.raises(Exception, match="can be deleted and made anew, not updated"):
        deploy("c2", operation="update")
    deploy("c2", run="r2")
    assert changes(sagemaker)[-2:] == ["DeleteEndpoint", "CreateEndpoint"]


@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
def test_an_endpoint_that_was_rolled_back_fails_its_task(sagemaker: StandIn, deferrable: bool) -> None:
    deploy()
    back = {"EndpointConfigName": "c", "FailureReason": "alarm high-latency"}
    sagemaker.end = lambda job, look: {"status": "Updating"} if look < 2 else {"status": "InService", **back}
    with pytest.raises(Exception, match=r"e failed: alarm high-latency \(rolled back: it serves c, not c2\)"):
        deploy("c2", deferrable=deferrable)


def test_a_change_that_is_under_way_is_waited_for_before_another(sagemaker: StandIn) -> None:
    deploy()
    sagemaker.end = lambda job, look: {"status": "Updating" if look < 4 else "InService"}
    deploy("c2", wait_for_completion=False)
    deploy("c3")
    assert changes(sagemaker)[-2:] == ["CreateEndpointConfig", "UpdateEndpoint"]
    last = max(place for place, action in enumerate(sagemaker.actions()) if action == "UpdateEndpoint")
    assert sagemaker.actions()[:last].count("DescribeEndpoint") >= 4


@pytest.mark.parametrize("fault", [BROKEN, Fault("InternalFailure", 500, "lost", late=True)], ids=["broken", "lost"])
def test_a_change_whose_answer_was_lost_is_made_once(sagemaker: StandIn, fault: Fault) -> None:
    deploy()
    sagemaker.faults = {"UpdateEndpoint": [fault], "CreateEndpointConfig": [fault]}
    assert deploy("c2")["Endpoint"]["EndpointConfigName"] == "c2"


def test_without_capacity_an_endpoint_is_made_of_the_next_instance_type(sagemaker: StandIn) -> None:
    reason = "CapacityError: Unable to provision requested ML compute capacity."

    def end(job: dict[str, Any], look: int) -> dict[str, Any]:
        first = job["EndpointConfigName"] == "c"
        return {"status": "Failed" if first else "InService", "FailureReason": reason}

    sagemaker.end = end
    result = deploy(instance_types=["ml.m5.large", "ml.m5.xlarge"])
    assert result["EndpointConfig"]["ProductionVariants"][0]["InstanceType"] == "ml.m5.xlarge"


def test_a_killed_task_leaves_its_endpoint_to_its_course(sagemaker: StandIn) -> None:
    task = Task("EndpointOperator", config=config()).make()
    task.execute({})
    task.on_kill()
    assert "DeleteEndpoint" not in changes(sagemaker)


def bare(operator: type[Any], **options: Any) -> Any:
    """A task without a job of its own, made and ready."""
    return operator(task_id="t", aws_conn_id=None, region_name="us-east-1", **options)


def test_an_endpoint_that_is_changed_is_deleted_when_that_has_ended(sagemaker: StandIn) -> None:
    from mlpipelines.runtime.resources import DeleteEndpointOperator

    deploy()
    left = ["Updating"] * 5
    sagemaker.end = lambda job, look: {"status": left.pop() if left else "InService"}
    sagemaker.faults = {
        "DeleteEndpoint": [Fault("ValidationException", 400, "Cannot update in-progress endpoint")],
        "DescribeEndpoint": [None, None, None, Fault("ServerException", 400, "looking again")],
    }
    bare(DeleteEndpointOperator, endpoint="e", check_interval=0.05).execute(Task("EndpointOperator").context)
    assert changes(sagemaker)[-3:] == ["DeleteEndpoint", "DeleteEndpoint", "DeleteEndpointConfig"]


def test_an_endpoint_that_aws_will_not_delete_is_told(sagemaker: StandIn) -> None:
    from mlpipelines.runtime.resources import DeleteEndpointOperator

    deploy()
    sagemaker.end = lambda job, look: {"status": "InService"}
    sagemaker.faults = {"DeleteEndpoint": [Fault("AccessDeniedException", 400, "not for you")]}
    with pytest.raises(Exception, match="not for you"):
        bare(DeleteEndpointOperator, endpoint="e", check_interval=0.05).execute(Task("EndpointOperator").context)


def test_a_sensor_looks_again_when_aws_did_not_answer(sagemaker: StandIn) -> None:
    from mlpipelines.runtime.sensors import JobSensor

    deploy()
    sagemaker.end = lambda job, look: {"status": "InService"}
    sagemaker.faults = {"DescribeEndpoint": [Fault("ServerException", 400, "a bad moment")]}
    sensor = bare(JobSensor, kind="endpoint", job="e")
    assert not sensor.poke({}).is_done
    assert sensor.poke({}).xcom_value["name"] == "e"
