"""Tuning jobs: real trials, every strategy, what they start from, and every way in which they end."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlpipelines.local.images import Program
from mlpipelines.local.jobs.launching import Site
from mlpipelines.local.jobs.training import TrainingJob
from mlpipelines.local.tuning.job import TuningJob
from tests.local.support import ROLE, Server, channel, poll, uri_of

ENDED = ("Completed", "Failed", "Stopped")
SCORE = [{"Name": "score", "Regex": "score=([-0-9.e]+)"}]
X = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
Y = {"CategoricalParameterRanges": [{"Name": "y", "Values": ["a", "b", "c"]}]}
KNN = {"predictor_type": "classifier", "feature_dim": "4", "sample_size": "105"}


def definition(image: str = "score", channels: dict[str, str] | None = None, **static: str) -> dict[str, Any]:
    algorithm = {"TrainingImage": uri_of(image), "TrainingInputMode": "File"}
    found = {
        "StaticHyperParameters": static,
        "AlgorithmSpecification": {**algorithm, **({"MetricDefinitions": SCORE} if image == "score" else {})},
        "RoleArn": ROLE,
        "InputDataConfig": [channel(key, uri) for key, uri in (channels or {}).items()],
        "OutputDataConfig": {"S3OutputPath": "s3://lab/tuned"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }
    return {member: value for member, value in found.items() if value not in ([], {})}


def tuning_request(name: str, jobs: int | None = 4, parallel: int = 2, **more: Any) -> dict[str, Any]:
    """A valid request; `static` are hyperparameters of the trials, `config` replaces members of the job's config."""
    config = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ParameterRanges": X,
        "ResourceLimits": {"MaxParallelTrainingJobs": parallel, **({"MaxNumberOfTrainingJobs": jobs} if jobs else {})},
        **more.pop("config", {}),
    }
    static = more.pop("static", {})
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {member: value for member, value in config.items() if value is not None},
        "TrainingJobDefinition": definition(**static),
        **more,
    }


def describe(server: Server, name: str) -> dict[str, Any]:
    found: dict[str, Any] = server.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return found


def ended(server: Server, name: str) -> dict[str, Any]:
    found: dict[str, Any] = poll(
        lambda: describe(server, name), lambda job: job["HyperParameterTuningJobStatus"] in ENDED, 90
    )
    return found


def tune(server: Server, name: str, **more: Any) -> dict[str, Any]:
    server.sagemaker.create_hyper_parameter_tuning_job(**tuning_request(name, **more))
    return ended(server, name)


def trials(server: Server, name: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        **{"HyperParameterTuningJobName": name, "MaxResults": 100, **more}
    )["TrainingJobSummaries"]
    return found


def tuned(server: Server, name: str) -> list[dict[str, str]]:
    return [trial["TunedHyperParameters"] for trial in trials(server, name, SortBy="CreationTime")]


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    details = error.value.response["Error"]
    return details["Code"], details["Message"]


def value(trial: dict[str, Any]) -> float:
    number: float = trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return number


def test_a_completed_job_is_described_as_by_aws(server: Server) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    request = tuning_request("described", static={"seconds": "0"}, Tags=tags)
    arn = server.sagemaker.create_hyper_parameter_tuning_job(**request)["HyperParameterTuningJobArn"]
    job = ended(server, "described")
    assert arn == job["HyperParameterTuningJobArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/described"
    assert {name: job[name] for name in request if name != "Tags"} == {k: v for k, v in request.items() if k != "Tags"}
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["CreationTime"] <= job["HyperParameterTuningEndTime"] <= job["LastModifiedTime"]
    assert job["TrainingJobStatusCounters"]["Completed"] == job["ObjectiveStatusCounters"]["Succeeded"] == 4
    assert job["ObjectiveStatusCounters"]["Pending"] == job["TrainingJobStatusCounters"]["InProgress"] == 0
    ranked = trials(server, "described", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert [value(trial) for trial in ranked] == sorted([value(trial) for trial in ranked], reverse=True)
    assert job["BestTrainingJob"]["TrainingJobName"] == ranked[0]["TrainingJobName"]
    assert job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["MetricName"] == "score"
    assert server.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    best = server.sagemaker.describe_training_job(TrainingJobName=ranked[0]["TrainingJobName"])
    assert re.fullmatch(r"described-00[1-4]-[0-9a-f]{8}", best["TrainingJobName"])
    assert best["TuningJobArn"] == arn
    assert best["HyperParameters"] == {
        **ranked[0]["TunedHyperParameters"],
        "seconds": "0",
        "_tuning_objective_metric": "score",
    }
    assert server.sagemaker.list_tags(ResourceArn=best["TrainingJobArn"])["Tags"] == tags
    assert server.keys(f"tuned/{best['TrainingJobName']}/output/") == [
        best["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://lab/")
    ]


def test_knn_is_tuned_on_iris(server: Server, iris_uri: dict[str, str]) -> None:
    """The best k is the one that the trials themselves say it is, and it classifies well."""
    own = definition("knn", {"train": iris_uri["train"], "test": iris_uri["test"]}, **KNN)
    config = {
        "Strategy": "Grid",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "test:accuracy"},
        "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "k", "Values": ["1", "5", "100"]}]},
    }
    job = tune(server, "iris", jobs=None, parallel=3, config=config, TrainingJobDefinition=own)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    by_k = {trial["TunedHyperParameters"]["k"]: value(trial) for trial in trials(server, "iris")}
    assert set(by_k) == {"1", "5", "100"}
    best = job["BestTrainingJob"]
    assert value(best) == max(by_k.values()) == by_k[best["TunedHyperParameters"]["k"]] >= 0.9
    assert by_k["100"] < value(best)


def test_xgboost_measures_what_it_is_tuned_for(server: Server, iris_uri: dict[str, str]) -> None:
    channels = {"train": iris_uri["train"], "validation": iris_uri["test"]}
    own = definition("xgboost", channels, objective="multi:softmax", num_class="3", num_round="5")
    config = {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:f1"},
        "ParameterRanges": {
            "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}],
            "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree"]}],
        },
    }
    job = tune(server, "boosted", jobs=2, config=config, TrainingJobDefinition=own)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    assert value(job["BestTrainingJob"]) >= 0.9
    log = server.log("Training", job["BestTrainingJob"]["TrainingJobName"])
    assert any(line.startswith("simulated: Bayesian search by scikit-learn") for line in log)
    assert "simulated: AWS's documentation has no tuning of booster, so that AWS may refuse it" in log


def test_a_grid_has_every_combination_once(server: Server) -> None:
    ranges = {"CategoricalParameterRanges": [*Y["CategoricalParameterRanges"], {"Name": "x", "Values": ["0.1", "0.7"]}]}
    config = {"Strategy": "Grid", "ParameterRanges": ranges}
    job = tune(server, "grid", jobs=None, parallel=3, config=config)
    found = [(values["y"], values["x"]) for values in tuned(server, "grid")]
    assert found == [(y, x) for y in "abc" for x in ("0.1", "0.7")]
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"y": "a", "x": "0.7"}


def test_the_same_seed_tries_the_same(server: Server) -> None:
    for name, seed in (("seed-1", 7), ("seed-2", 7), ("seed-3", 8)):
        tune(server, name, parallel=4, config={"RandomSeed": seed})
    first, second, third = (tuned(server, f"seed-{number}") for number in (1, 2, 3))
    assert first == second
    assert first != third


def test_bayesian_search_beats_its_own_start(server: Server) -> None:
    job = tune(server, "bayes", jobs=9, parallel=1, config={"Strategy": "Bayesian", "RandomSeed": 1})
    losses = [abs(float(values["x"]) - 0.7) for values in tuned(server, "bayes")]
    assert min(losses[3:]) <= min(losses[:3])
    assert min(losses) < 0.05
    assert abs(float(job["BestTrainingJob"]["TunedHyperParameters"]["x"]) - 0.7) == min(losses)


def test_no_more_trials_run_at_a_time_than_allowed(server: Server) -> None:
    server.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("narrow", static={"seconds": "0.3"}))
    seen = []

    def look() -> dict[str, Any]:
        job = describe(server, "narrow")
        seen.append(job["TrainingJobStatusCounters"]["InProgress"])
        assert job["TrainingJobStatusCounters"]["InProgress"] == job["ObjectiveStatusCounters"]["Pending"]
        return job

    poll(look, lambda job: job["HyperParameterTuningJobStatus"] in ENDED, 60)
    assert max(seen) == 2


def test_definitions_take_turns(server: Server) -> None:
    objective = {"Type": "Maximize", "MetricName": "score"}
    several = [
        {**definition(y=y), "DefinitionName": f"with-{y}", "TuningObjective": objective, "HyperParameterRanges": X}
        for y in "ab"
    ]
    request = tuning_request("several", config={"HyperParameterTuningJobObjective": None, "ParameterRanges": None})
    del request["TrainingJobDefinition"]
    server.sagemaker.create_hyper_parameter_tuning_job(**request, TrainingJobDefinitions=several)
    job = ended(server, "several")
    names = [trial["TrainingJobDefinitionName"] for trial in trials(server, "several", SortBy="CreationTime")]
    assert names == ["with-a", "with-b", "with-a", "with-b"]
    assert job["BestTrainingJob"]["TrainingJobDefinitionName"] == "with-a"


def test_a_stopped_job_stops_its_trials(server: Server) -> None:
    server.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("stopped", static={"seconds": "600"}))
    poll(lambda: trials(server, "stopped"), lambda found: len(found) == 2)
    server.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    assert describe(server, "stopped")["HyperParameterTuningJobStatus"] in ("Stopping", "Stopped")
    job = ended(server, "stopped")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert "BestTrainingJob" not in job
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert [trial["TrainingJobStatus"] for trial in trials(server, "stopped")] == ["Stopped", "Stopped"]
    code, message = refusal(
        lambda: server.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    )
    assert (code, "in status Stopped" in message) == ("ValidationException", True)


def test_some_failed_trials_are_tolerated(server: Server) -> None:
    config = {
        "Strategy": "Grid",
        "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "x", "Values": ["0", "2"]}]},
    }
    job = tune(server, "partly", jobs=None, config=config, static={"limit": "1"})
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 0, "Failed": 1}
    failed = trials(server, "partly", StatusEquals="Failed")
    assert "x is too large: 2" in failed[0]["FailureReason"]
    assert "FinalHyperParameterTuningJobObjectiveMetric" not in failed[0]


@pytest.mark.parametrize(
    ("name", "jobs", "static", "count", "reason"),
    [
        ("all-fail", 2, {"limit": "-1"}, 2, "All training jobs failed. Please take a look"),
        ("give-up", 20, {"limit": "-1"}, 5, "No training job succeeded after 5 attempts."),
        ("quiet", 2, {"quiet": "1"}, 2, "No objective metrics found after running 2 training jobs."),
    ],
)
def test_a_job_without_a_result_fails(
    server: Server, name: str, jobs: int, static: dict[str, str], count: int, reason: str
) -> None:
    job = tune(server, name, jobs=jobs, parallel=1, static=static)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert len(trials(server, name)) == count


def test_a_target_ends_the_search(server: Server) -> None:
    criteria = {"TargetObjectiveMetricValue": -100.0}
    job = tune(server, "target", jobs=20, parallel=1, config={"TuningJobCompletionCriteria": criteria})
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert len(trials(server, "target")) == 1


def test_a_search_that_no_longer_improves_ends(server: Server) -> None:
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    ranges = {"IntegerParameterRanges": [{"Name": "z", "MinValue": "1", "MaxValue": "100"}]}
    config = {"TuningJobCompletionCriteria": criteria, "ParameterRanges": ranges}
    job = tune(server, "no-gain", jobs=20, parallel=1, config=config)
    assert len(trials(server, "no-gain")) == 4
    assert job["TuningJobCompletionDetails"]["NumberOfTrainingJobsObjectiveNotImproving"] == 3


def test_instance_configurations_are_taken_in_their_order(server: Server) -> None:
    types = ("ml.c5.xlarge", "ml.m5.xlarge")
    configs = [{"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 2} for kind in types]
    own = {**definition(), "HyperParameterTuningResourceConfig": {"InstanceConfigs": configs}}
    del own["ResourceConfig"]
    job = tune(server, "instances", jobs=1, parallel=1, TrainingJobDefinition=own)
    trial = server.sagemaker.describe_training_job(TrainingJobName=job["BestTrainingJob"]["TrainingJobName"])
    assert trial["ResourceConfig"]["SelectedInstanceType"] == "ml.c5.xlarge"


def test_a_search_whose_time_is_up_stops_its_trials(tmp_path: Path) -> None:
    """Without a server: the shortest time that a request may ask for is two minutes. The trials never start."""
    program = Program((sys.executable,), tmp_path)
    site: Any = Site(storage=None, logs=None, directory=tmp_path, environment={}, stop_grace=1, keep=False)  # type: ignore[arg-type]
    limits = {"MaxParallelTrainingJobs": 2, "MaxNumberOfTrainingJobs": 4, "MaxRuntimeInSeconds": 0.3}
    request = tuning_request("late", config={"ResourceLimits": limits})
    job = TuningJob(request, "arn", [], lambda trial: TrainingJob(trial, "arn", program, site, []))
    job.run()
    assert job.status == "Failed"
    assert job.describe()["FailureReason"].startswith("MaxRuntimeInSeconds (0.3) was over")
    assert job.describe()["TrainingJobStatusCounters"]["Stopped"] == len(job.trials) == 2


def test_early_stopping_ends_what_is_worse_than_the_median(server: Server) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "y", "Values": ["a", "b"]}]}
    config = {"Strategy": "Grid", "ParameterRanges": ranges, "TrainingJobEarlyStoppingType": "Auto"}
    static = {"x": "0.7", "epochs": "60", "seconds": "0.05"}
    job = tune(server, "early", jobs=None, parallel=1, config=config, static=static)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert [trial["TrainingJobStatus"] for trial in trials(server, "early")] == ["Completed", "Stopped"]


def test_hyperband_stops_what_is_not_in_the_best_third(server: Server) -> None:
    strategy = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 60}}
    ranges = {"CategoricalParameterRanges": [{"Name": "y", "Values": ["b"]}], **X}
    config = {"Strategy": "Hyperband", "StrategyConfig": strategy, "ParameterRanges": ranges, "RandomSeed": 14}
    job = tune(server, "band", jobs=4, parallel=1, config=config, static={"epochs": "40", "seconds": "0.04"})
    found = trials(server, "band", SortBy="CreationTime")
    assert [trial["TrainingJobStatus"] for trial in found] == ["Completed", "Completed", "Stopped", "Stopped"]
    assert job["BestTrainingJob"]["TrainingJobName"] == found[0]["TrainingJobName"]


def test_a_warm_start_goes_on_where_its_parent_ended(server: Server) -> None:
    parent = tune(server, "parent", config={"Strategy": "Grid", "ParameterRanges": Y}, jobs=None)
    ranges = {"CategoricalParameterRanges": [{"Name": "y", "Values": ["a", "b", "c", "d"]}]}
    start = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "parent"}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    config = {"Strategy": "Grid", "ParameterRanges": ranges}
    job = tune(server, "child", config=config, jobs=None, WarmStartConfig=start)
    assert tuned(server, "child") == [{"y": "d"}]
    overall = job["OverallBestTrainingJob"]
    assert overall["TrainingJobName"] == parent["BestTrainingJob"]["TrainingJobName"]
    assert overall["TuningJobName"] == "parent"
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"y": "d"}


def test_a_warm_start_needs_a_parent_that_has_ended_and_fits(server: Server) -> None:
    create = server.sagemaker.create_hyper_parameter_tuning_job
    create(**tuning_request("unended", static={"seconds": "600"}))

    def start(parent: str, **more: Any) -> tuple[str, str]:
        parents = [{"HyperParameterTuningJobName": parent}]
        config = {"ParentHyperParameterTuningJobs": parents, "WarmStartType": "TransferLearning"}
        return refusal(lambda: create(**tuning_request("orphan", WarmStartConfig=config, **more)))

    assert start("nobody")[1] == "Requested resource not found."
    assert "must have ended" in start("unended", static={"seconds": "1"})[1]
    server.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="unended")
    ended(server, "unended")
    assert "has 2 static and tunable hyperparameters" in start("unended")[1]


def test_automatic_ranges_lie_around_their_hint(server: Server) -> None:
    ranges = {"AutoParameters": [{"Name": "x", "ValueHint": "0.2"}, {"Name": "z", "ValueHint": "8"}]}
    tune(server, "auto", jobs=3, parallel=3, config={"ParameterRanges": ranges}, Autotune={"Mode": "Enabled"})
    found = tuned(server, "auto")
    assert all(0.05 <= float(values["x"]) <= 0.8 and 2 <= int(values["z"]) <= 32 for values in found)
    log = server.log("Training", trials(server, "auto")[0]["TrainingJobName"])
    assert any(line.startswith("simulated: Autotune only") for line in log)


def test_jobs_are_listed_and_deleted(server: Server) -> None:
    tune(server, "listed-2", jobs=1, parallel=1)
    tune(server, "listed-1", jobs=1, parallel=1)
    listing = server.sagemaker.list_hyper_parameter_tuning_jobs(NameContains="listed-")
    summaries = listing["HyperParameterTuningJobSummaries"]
    assert [item["HyperParameterTuningJobName"] for item in summaries] == ["listed-1", "listed-2"]
    assert summaries[0]["Strategy"] == "Random"
    assert summaries[0]["TrainingJobStatusCounters"]["Completed"] == 1
    server.sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="listed-1")
    assert refusal(lambda: describe(server, "listed-1")) == ("ValidationException", "Requested resource not found.")


def test_names_are_unique_whatever_their_case(server: Server) -> None:
    tune(server, "Unique", jobs=1, parallel=1)
    code, message = refusal(lambda: server.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("unique")))
    assert code == "ResourceInUse"
    assert "already exists" in message


def numeric(kind: str, low: str, high: str, scaling: str = "Auto") -> dict[str, Any]:
    item = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {"config": {"ParameterRanges": {f"{kind}ParameterRanges": [item]}}}


MANY = [{"Name": f"p{number}", "Values": ["1"]} for number in range(31)]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": "x" * 33}, "Member must have length less than or equal to 32"),
    ({"name": "a_b"}, "at 'hyperParameterTuningJobName' failed to satisfy constraint"),
    ({"config": {"Strategy": "Guess"}}, "Member must satisfy enum value set"),
    ({"parallel": 5}, "MaxParallelTrainingJobs (5) must not be greater than MaxNumberOfTrainingJobs (4)"),
    ({"jobs": 20_000}, "MaxNumberOfTrainingJobs (20000) must not be greater than 10000"),
    ({"jobs": None}, "MaxNumberOfTrainingJobs is required in ResourceLimits"),
    ({"jobs": None, "config": {"Strategy": "Grid"}}, "The Grid strategy takes CategoricalParameterRanges only"),
    ({"config": {"Strategy": "Grid", "ParameterRanges": Y}}, "must be the number of combinations of the grid (3)"),
    ({"config": {"Strategy": "Hyperband"}}, "MaxResource is required in HyperbandStrategyConfig"),
    (
        {"config": {"Strategy": "Hyperband", "TrainingJobEarlyStoppingType": "Auto"}, "static": {"epochs": "3"}},
        "TrainingJobEarlyStoppingType must be Off",
    ),
    (
        {"config": {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1}}}},
        "StrategyConfig can be given only if Strategy is Hyperband",
    ),
    ({"config": {"ParameterRanges": None}}, "At least one parameter range must be given"),
    ({"config": {"HyperParameterTuningJobObjective": None}}, "HyperParameterTuningJobObjective is required"),
    (numeric("Continuous", "2", "1"), "must have a MinValue (2) that is less than its MaxValue (1)"),
    (numeric("Integer", "2", "2"), "must have a MinValue (2) that is less than its MaxValue (2)"),
    (numeric("Integer", "2", "4"), "You don't have enough combinations of hyperparameter ranges."),
    ({"config": {"ParameterRanges": Y}}, "for the provided ranges [3] must be equal or greater than"),
    (
        {"config": {"ParameterRanges": {"CategoricalParameterRanges": [{"Name": "y", "Values": ["a", "a"]}]}}},
        "The range of the hyperparameter 'y' has a value more than once",
    ),
    (numeric("Continuous", "low", "1"), "which must be numbers"),
    (numeric("Integer", "0.5", "1"), "which must be integers"),
    (numeric("Continuous", "0", "1", "Logarithmic"), "needs a MinValue above 0"),
    (numeric("Continuous", "0", "1", "ReverseLogarithmic"), "needs values from 0 to less than 1"),
    (numeric("Integer", "1", "2", "ReverseLogarithmic"), "is for continuous ranges only"),
    ({"static": {"x": "1"}}, "The hyperparameter 'x' is both in StaticHyperParameters and in the parameter ranges"),
    (
        {"config": {"ParameterRanges": {**X, **{"IntegerParameterRanges": X["ContinuousParameterRanges"]}}}},
        "more than one",
    ),
    ({"config": {"ParameterRanges": {"CategoricalParameterRanges": MANY[:30], **X}}}, "There are 31 parameter ranges"),
    ({"config": {"ParameterRanges": {"AutoParameters": [{"Name": "a", "ValueHint": "1"}]}}}, "Autotune with the Mode"),
    (
        {"config": {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "other"}}},
        "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric definitions",
    ),
    ({"TrainingJobDefinitions": [definition()]}, "Exactly one of TrainingJobDefinition and TrainingJobDefinitions"),
    (
        {"TrainingJobDefinition": {**definition(), "AlgorithmSpecification": {"TrainingInputMode": "File"}}},
        "You must specify either TrainingImage or AlgorithmName",
    ),
    (
        {"TrainingJobDefinition": {k: v for k, v in definition().items() if k != "ResourceConfig"}},
        "ResourceConfig is required",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_an_invalid_request_is_refused(server: Server, changes: dict[str, Any], message: str) -> None:
    request = tuning_request(**{"name": "refused", **changes})
    code, text = refusal(lambda: server.sagemaker.create_hyper_parameter_tuning_job(**request))
    assert code == "ValidationException"
    assert message in text


OBJECTIVES = [
    ("test:auc", "Maximize", {"train", "test"}, "The objective metric for the hyperparameter tuning job, [test:auc]"),
    ("test:accuracy", "Minimize", {"train", "test"}, "The objective metric type, [Minimize], that you specified"),
    ("test:accuracy", "Maximize", {"train"}, "needs the channel 'test'"),
]


@pytest.mark.parametrize(("metric", "direction", "channels", "message"), OBJECTIVES)
def test_a_built_in_algorithm_is_tuned_for_what_it_publishes(
    server: Server, metric: str, direction: str, channels: set[str], message: str
) -> None:
    own = definition("knn", dict.fromkeys(channels, "s3://lab/x"), **KNN)
    config = {"HyperParameterTuningJobObjective": {"Type": direction, "MetricName": metric}}
    request = tuning_request("refused", config=config, TrainingJobDefinition=own)
    code, text = refusal(lambda: server.sagemaker.create_hyper_parameter_tuning_job(**request))
    assert code == "ValidationException"
    assert message in text
