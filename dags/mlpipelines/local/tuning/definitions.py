"""A TrainingJobDefinition of a tuning job: what it searches, and the training jobs that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlpipelines.local.tuning.space import Space, Values, make_space

Request = Mapping[str, Any]
#: Members that a definition and a CreateTrainingJob request have in common.
SHARED = (
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
    "Environment",
)
#: How many InstancePreferences a training job may have.
MAX_PREFERENCES = 5
#: Where AWS tells an algorithm what it is tuned for.
OBJECTIVE_HYPERPARAMETER = "_tuning_objective_metric"


@dataclass(frozen=True)
class Definition:
    request: Request
    objective: Mapping[str, str]
    ranges: Mapping[str, Any]
    space: Space

    @property
    def name(self) -> str:
        name: str = self.request.get("DefinitionName", "")
        return name

    @property
    def static(self) -> Values:
        return self.request.get("StaticHyperParameters") or {}

    @property
    def sign(self) -> int:
        """Makes a loss (less is better) of the objective metric."""
        return -1 if self.objective["Type"] == "Maximize" else 1

    def training_request(self, name: str, values: Values, tags: list[Any]) -> dict[str, Any]:
        request = {member: self.request[member] for member in SHARED if member in self.request}
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": self.request["AlgorithmSpecification"],
            "HyperParameters": {
                OBJECTIVE_HYPERPARAMETER: self.objective["MetricName"],
                **self.static,
                **values,
            },
            **request,
            **({"ResourceConfig": _resources(self.request)} if "ResourceConfig" not in request else {}),
            **({"Tags": tags} if tags else {}),
        }


def definitions(request: Request) -> list[Definition]:
    """Those of a CreateHyperParameterTuningJob request; a single one has objective and ranges in the job's config."""
    config = request["HyperParameterTuningJobConfig"]
    if single := request.get("TrainingJobDefinition"):
        ranges = config.get("ParameterRanges") or single.get("HyperParameterRanges") or {}
        objective = config.get("HyperParameterTuningJobObjective") or single.get("TuningObjective")
        return [Definition(single, objective, ranges, make_space(ranges))]
    several = [(item, item["HyperParameterRanges"]) for item in request["TrainingJobDefinitions"]]
    return [Definition(item, item["TuningObjective"], ranges, make_space(ranges)) for item, ranges in several]


def _resources(definition: Request) -> dict[str, Any]:
    """HyperParameterTuningResourceConfig as ResourceConfig: of several instance types the first that is free."""
    config = definition.get("HyperParameterTuningResourceConfig") or {}
    choices = config.get("InstanceConfigs") or [config]
    wanted = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
    found = {member: value for member, value in {**config, **choices[0]}.items() if member in wanted}
    if len(choices) == 1:
        return found
    types = [{member: choice[member] for member in wanted[:2]} for choice in choices[:MAX_PREFERENCES]]
    return {**{member: found[member] for member in wanted[2:] if member in found}, "InstancePreferences": types}
