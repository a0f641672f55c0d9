"""Experiments, trials, trial components; AutoML and other refusals; tags; the journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.local.support import ROLE, Server, refusal, running_server, training_request

AUTOML: dict[str, Any] = {
    "AutoMLJobName": "auto",
    "InputDataConfig": [
        {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://lab/train"}},
            "TargetAttributeName": "y",
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://lab/out"},
    "RoleArn": ROLE,
}


def test_experiments_hold_trials_and_trials_hold_components(server: Server) -> None:
    sagemaker = server.sagemaker
    tags = [{"Key": "team", "Value": "a"}]
    arn = sagemaker.create_experiment(ExperimentName="Growth", Description="first", Tags=tags)["ExperimentArn"]
    sagemaker.create_trial(TrialName="one", ExperimentName="Growth")
    sagemaker.create_trial_component(
        TrialComponentName="step", Status={"PrimaryStatus": "InProgress"}, Parameters={"k": {"NumberValue": 3}}
    )
    sagemaker.associate_trial_component(TrialName="one", TrialComponentName="step")
    sagemaker.update_trial_component(
        TrialComponentName="step", Status={"PrimaryStatus": "Completed"}, Parameters={"m": {"StringValue": "x"}}
    )
    seen = sagemaker.describe_experiment(ExperimentName="Growth")
    assert (seen["Description"], seen["DisplayName"], seen["ExperimentArn"]) == ("first", "Growth", arn)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    component = sagemaker.describe_trial_component(TrialComponentName="step")
    assert component["Parameters"] == {"k": {"NumberValue": 3}, "m": {"StringValue": "x"}}
    assert component["Status"] == {"PrimaryStatus": "Completed"}

    def names(rows: list[dict[str, Any]], member: str) -> list[str]:
        return [row[member] for row in rows]

    trials = sagemaker.list_trials(ExperimentName="Growth", TrialComponentName="step")["TrialSummaries"]
    assert names(trials, "TrialName") == ["one"]
    for asked in ({"TrialName": "one"}, {"ExperimentName": "Growth"}):
        components = sagemaker.list_trial_components(**asked)["TrialComponentSummaries"]
        assert names(components, "TrialComponentName") == ["step"]
    code, text = refusal(lambda: sagemaker.delete_experiment(ExperimentName="Growth"))
    assert (code, text.endswith("it still has the trial one.")) == ("ValidationException", True)
    assert refusal(lambda: sagemaker.delete_trial(TrialName="one"))[0] == "ValidationException"
    sagemaker.disassociate_trial_component(TrialName="one", TrialComponentName="step")
    sagemaker.delete_trial_component(TrialComponentName="step")
    sagemaker.delete_trial(TrialName="one")
    sagemaker.delete_experiment(ExperimentName="Growth")
    code, text = refusal(lambda: sagemaker.describe_experiment(ExperimentName="Growth"))
    assert (code, text) == ("ResourceNotFound", f"Experiment '{arn}' does not exist.")


def test_names_of_experiments_are_unique(server: Server) -> None:
    server.sagemaker.create_experiment(ExperimentName="twice")
    code, text = refusal(lambda: server.sagemaker.create_experiment(ExperimentName="twice"))
    assert code == "ValidationException"
    assert text == (
        "Experiment names must be unique within an AWS account and region. Experiment with name (twice) already exists."
    )
    code, _ = refusal(lambda: server.sagemaker.create_trial(TrialName="t", ExperimentName="nobody"))
    assert code == "ResourceNotFound"


def test_automl_is_refused_in_clear_words_and_nobody_finds_such_a_job(server: Server) -> None:
    sagemaker = server.sagemaker
    code, text = refusal(lambda: sagemaker.create_auto_ml_job(**AUTOML))
    assert code == "ValidationException"
    assert text.startswith("Not simulated by the local SageMaker: CreateAutoMLJob.")
    for action in ("describe_auto_ml_job", "describe_auto_ml_job_v2", "stop_auto_ml_job"):
        call = getattr(sagemaker, action)
        assert refusal(lambda call=call: call(AutoMLJobName="auto"))[0] == "ResourceNotFound"  # type: ignore[misc]
    assert sagemaker.list_auto_ml_jobs()["AutoMLJobSummaries"] == []


def test_tags_of_a_job_change(server: Server) -> None:
    request = training_request("tagged", "sleeper", hyperparameters={"seconds": "0"}, Tags=[{"Key": "a", "Value": "1"}])
    arn = server.sagemaker.create_training_job(**request)["TrainingJobArn"]
    server.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    server.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert server.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    server.await_training("tagged")


@pytest.mark.parametrize("valid", [True, False])
def test_what_is_refused_because_it_is_not_simulated_is_in_the_journal(tmp_path: Path, valid: bool) -> None:
    journal = tmp_path / "requests.jsonl"
    request = AUTOML if valid else {**AUTOML, "AutoMLJobName": "not_valid"}
    with running_server(tmp_path / "tmp", "--journal", str(journal)) as server:
        server.sagemaker.create_experiment(ExperimentName="before")
        refusal(lambda: server.sagemaker.create_auto_ml_job(**request))
        refusal(lambda: server.sagemaker.describe_auto_ml_job(AutoMLJobName="auto"))
        refusal(lambda: server.sagemaker.stop_auto_ml_job(AutoMLJobName="auto"))
    *entries, stop = [json.loads(line) for line in journal.read_text().splitlines()]
    assert "refused" not in entries[0]
    assert [(entry["action"], entry["request"]) for entry in entries[1:]] == [("CreateAutoMLJob", request)] * valid
    assert all(entry["refused"].startswith("Not simulated by the local SageMaker") for entry in entries[1:])
    assert (stop["action"], stop["request"]) == ("StopAutoMLJob", {"AutoMLJobName": "auto"})
    assert "Not simulated by the local SageMaker" in stop["refused"]
