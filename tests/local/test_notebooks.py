"""Notebook instances change their states as at AWS, and refuse what AWS refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.support import ROLE, Server, poll, refusal


def create(server: Server, name: str, **more: Any) -> None:
    server.sagemaker.create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE, **more
    )


def describe(server: Server, name: str) -> dict[str, Any]:
    return server.sagemaker.describe_notebook_instance(NotebookInstanceName=name)


def status(server: Server, name: str) -> str:
    return str(describe(server, name)["NotebookInstanceStatus"])


def reach(server: Server, name: str, state: str) -> None:
    poll(lambda: status(server, name), lambda now: now == state, seconds=5)


def test_its_life_can_be_watched(server: Server) -> None:
    sagemaker, name = server.sagemaker, "life"
    create(server, name, VolumeSizeInGB=7, Tags=[{"Key": "team", "Value": "a"}])
    assert status(server, name) == "Pending"
    sagemaker.get_waiter("notebook_instance_in_service").wait(
        NotebookInstanceName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 5}
    )
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    assert status(server, name) == "Stopping"
    reach(server, name, "Stopped")
    sagemaker.update_notebook_instance(NotebookInstanceName=name, InstanceType="ml.t3.large")
    assert status(server, name) == "Updating"
    reach(server, name, "Stopped")
    sagemaker.start_notebook_instance(NotebookInstanceName=name)
    assert status(server, name) == "Pending"
    reach(server, name, "InService")
    seen = describe(server, name)
    assert (seen["InstanceType"], seen["VolumeSizeInGB"], seen["RootAccess"]) == ("ml.t3.large", 7, "Enabled")
    assert sagemaker.list_tags(ResourceArn=seen["NotebookInstanceArn"])["Tags"] == [{"Key": "team", "Value": "a"}]
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    reach(server, name, "Stopped")
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    assert status(server, name) == "Deleting"
    sagemaker.get_waiter("notebook_instance_deleted").wait(
        NotebookInstanceName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 5}
    )
    assert sagemaker.list_notebook_instances(NameContains=name)["NotebookInstances"] == []


def test_a_wrong_state_is_refused_in_the_words_of_aws(server: Server) -> None:
    create(server, "wrong")
    reach(server, "wrong", "InService")
    for action, state in (("start", "Pending"), ("delete", "Deleting")):
        call = getattr(server.sagemaker, f"{action}_notebook_instance")
        code, text = refusal(lambda call=call: call(NotebookInstanceName="wrong"))  # type: ignore[misc]
        assert code == "ValidationException"
        assert text.startswith("Status (InService) not in ([Stopped, Failed]). Unable to transition to")
        assert f"({state}) for Notebook Instance (arn:" in text
    server.sagemaker.stop_notebook_instance(NotebookInstanceName="wrong")
    code, text = refusal(lambda: server.sagemaker.stop_notebook_instance(NotebookInstanceName="wrong"))
    assert text.startswith("Status (Stopping) not in ([InService]).")


REFUSED = [
    (lambda s: create(s, "same"), "Cannot create a duplicate Notebook Instance (arn:"),
    (lambda s: create(s, "a_b"), "notebookInstanceName"),
    (lambda s: create(s, "new", LifecycleConfigName="nobody"), "nobody"),
    (lambda s: describe(s, "nobody"), "RecordNotFound"),
    (lambda s: s.sagemaker.stop_notebook_instance(NotebookInstanceName="nobody"), "RecordNotFound"),
    (lambda s: s.sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName="same"), "Not simulated by"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=range(len(REFUSED)))
def test_mistakes_are_refused(server: Server, call: Any, message: str) -> None:
    if not server.sagemaker.list_notebook_instances(NameContains="same")["NotebookInstances"]:
        create(server, "same")
    code, text = refusal(lambda: call(server))
    assert (code, message in text) == ("ValidationException", True), text


def test_a_lifecycle_configuration_that_exists_is_taken(server: Server) -> None:
    server.sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="setup")
    create(server, "configured", LifecycleConfigName="setup")
    assert describe(server, "configured")["NotebookInstanceLifecycleConfigName"] == "setup"
    rows = server.sagemaker.list_notebook_instances(NotebookInstanceLifecycleConfigNameContains="set")
    assert [row["NotebookInstanceName"] for row in rows["NotebookInstances"]] == ["configured"]
