"""Instance types that are never free: jobs, trials and endpoints on them fail as on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mlpipelines.local.faults import CapacityFault
from mlpipelines.local.jobs.instances import provided_instances
from tests.local.support import HERE, ROLE, Server, channel, poll, running_server, training_request, uri_of

REASON = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
)


@pytest.fixture(scope="module")
def scarce(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without ml.m5.large and ml.g5.xlarge (by the variable), and without ml.m5.xlarge (by the option)."""
    arguments = ("--no-capacity", "ml.m5.xlarge", "--images", str(HERE / "images.yaml"))
    environment = {"MLPIPELINES_LOCAL_NO_CAPACITY": "ml.g5.xlarge, ml.m5.large"}
    with running_server(tmp_path_factory.mktemp("scarce"), *arguments, environment=environment) as running:
        yield running


def resources(kind: str) -> dict[str, Any]:
    return {"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 1}


def test_a_processing_job_fails_before_it_starts(scarce: Server) -> None:
    job = scarce.run_processing("none", "print('started')")
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == ("Failed", REASON)
    assert "started" not in scarce.log("Processing", "none")


def test_a_training_job_fails_on_one_type_and_runs_on_another(scarce: Server) -> None:
    short = {"seconds": "0"}
    job = scarce.train("none", "sleeper", hyperparameters=short, ResourceConfig=resources("ml.m5.xlarge"))
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"] == REASON
    job = scarce.train("some", "sleeper", hyperparameters=short, ResourceConfig=resources("ml.m5.2xlarge"))
    assert job["TrainingJobStatus"] == "Completed"


def test_the_first_preferred_type_that_is_free_is_taken(scarce: Server) -> None:
    kinds = [{"InstanceType": kind} for kind in ("ml.m5.large", "ml.m5.4xlarge")]
    wanted = {"InstancePreferences": kinds, "InstanceCount": 1, "VolumeSizeInGB": 1}
    job = scarce.train("preferred", "sleeper", hyperparameters={"seconds": "0"}, ResourceConfig=wanted)
    assert job["TrainingJobStatus"] == "Completed", job
    assert job["ResourceConfig"]["SelectedInstanceType"] == "ml.m5.4xlarge"


def test_the_trials_of_a_tuning_job_fail(scarce: Server) -> None:
    request = training_request("x", "sleeper")
    metrics = [{"Name": "progress", "Regex": "progress=([0-9.]+)"}]
    scarce.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="none",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "progress"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "seconds", "MinValue": "0", "MaxValue": "1"}]},
        },
        TrainingJobDefinition={
            "AlgorithmSpecification": {**request["AlgorithmSpecification"], "MetricDefinitions": metrics},
            "InputDataConfig": [channel("train", scarce.put("trial.csv", "1"))],
            **{name: request[name] for name in ("RoleArn", "OutputDataConfig", "ResourceConfig", "StoppingCondition")},
        },
    )
    poll(
        lambda: scarce.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="none"),
        lambda job: job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"),
    )
    trials = scarce.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="none")
    assert [trial["FailureReason"] for trial in trials["TrainingJobSummaries"]] == [REASON]


def test_an_endpoint_fails(scarce: Server) -> None:
    sagemaker = scarce.sagemaker
    sagemaker.create_model(ModelName="none", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": uri_of("team/inspect")})
    variant = {"VariantName": "all", "ModelName": "none", "InitialInstanceCount": 1, "InstanceType": "ml.g5.xlarge"}
    sagemaker.create_endpoint_config(EndpointConfigName="none", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="none", EndpointConfigName="none")
    endpoint = poll(
        lambda: sagemaker.describe_endpoint(EndpointName="none"), lambda found: found["EndpointStatus"] != "Creating"
    )
    assert endpoint["EndpointStatus"] == "Failed"
    assert "Unable to provision requested ML compute capacity" in endpoint["FailureReason"]


def test_every_place_of_a_request_is_looked_at() -> None:
    groups = [{"InstanceGroupName": "a", "InstanceType": "ml.g5.xlarge", "InstanceCount": 1}]
    none_free = {"InstancePreferences": [{"InstanceType": "ml.g5.xlarge"}]}
    for request in (
        {"ResourceConfig": {"InstanceGroups": groups}},
        {"ResourceConfig": none_free},
        {"ProcessingResources": {"ClusterConfig": none_free}},
        {"TransformResources": resources("ml.g5.xlarge")},
    ):
        with pytest.raises(CapacityFault):
            provided_instances(request, {"ml.g5.xlarge"})
        assert isinstance(provided_instances(request, ()), dict)
