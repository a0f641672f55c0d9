"""What no example can show of the rules about models."""

from __future__ import annotations

from typing import Any

import pytest

from mlpipelines.aws.rules import rule_problems

_IMAGE = "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"


def model(*environments: dict[str, str]) -> dict[str, Any]:
    return {"ModelName": "flowers", "Containers": [{"Image": _IMAGE, "Environment": e} for e in environments]}


def variables(size: int) -> dict[str, str]:
    """Environment variables of so many bytes together, names among them."""
    full, rest = divmod(size, 1000)
    return {f"V{n:03}": "x" * 996 for n in range(full)} | ({"LAST": "x" * (rest - 4)} if rest else {})


@pytest.mark.parametrize(
    ("environments", "found"),
    [
        ([variables(32 * 1024)], False),
        ([variables(32 * 1024 + 1)], True),
        ([variables(16 * 1024), variables(16 * 1024)], False),
        ([variables(16 * 1024), variables(16 * 1024 + 1)], True),
        ([{"TEXT": "ü" * 16_400}], True),
        ([{"TEXT": "{{ var.value.text }}" + "x" * 40_000}], False),
    ],
)
def test_the_environment_of_all_containers_has_32_kb(environments: list[dict[str, str]], found: bool) -> None:
    problems = [p for p in rule_problems("CreateModel", model(*environments)) if p.rule == "SM506"]
    assert [p.path for p in problems] == [("Containers", len(environments) - 1, "Environment")] * found


CONTAINERS = "{{ params.containers }}"
UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("CreateModel", {"PrimaryContainer": "{{ params.container }}", "Containers": CONTAINERS}),
    ("CreateModel", {"Containers": ["{{ params.one }}", {"Image": "{{ params.image }}", "Mode": "{{ params.mode }}"}]}),
    ("CreateModel", {"PrimaryContainer": {"ModelDataUrl": "s3://lab/models/", "Mode": "{{ params.mode }}"}}),
    ("CreateModelPackage", {"ModelPackageGroupName": "{{ x }}", "InferenceSpecification": "{{ params.spec }}"}),
    ("CreateTransformJob", {"DataProcessing": "{{ params.processing }}", "TransformInput": "{{ params.input }}"}),
    (
        "CreateTransformJob",
        {
            "MaxPayloadInMB": "{{ params.size }}",
            "MaxConcurrentTransforms": "{{ params.count }}",
            "BatchStrategy": "MultiRecord",
            "TransformInput": {"SplitType": "{{ params.split }}", "ContentType": "text/csv"},
            "TransformOutput": {"Accept": "{{ params.accept }}", "AssembleWith": "{{ params.assemble }}"},
            "DataProcessing": {"JoinSource": "Input", "OutputFilter": "{{ params.filter }}"},
            "TransformResources": {"InstanceCount": "{{ params.count }}"},
        },
    ),
    (
        "CreateProcessingJob",
        {"ProcessingInputs": ["{{ params.one }}"], "ProcessingOutputConfig": "{{ params.outputs }}"},
    ),
    ("CreateProcessingJob", {"ProcessingInputs": [{"AppManaged": "{{ x }}", "S3Input": "{{ params.place }}"}]}),
    (
        "CreateEndpointConfig",
        {"ProductionVariants": ["{{ params.one }}", {"ServerlessConfig": "{{ params.how }}"}][:1]},
    ),
    (
        "CreateEndpointConfig",
        {"ProductionVariants": [{"ServerlessConfig": "{{ params.how }}"}], "VpcConfig": "{{ x }}"},
    ),
    ("CreateEndpoint", {"DeploymentConfig": "{{ params.deployment }}"}),
    ("CreateEndpoint", {"DeploymentConfig": {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": "{{ x }}"}}}),
    ("CreateAutoMLJob", {"ModelDeployConfig": "{{ params.deploy }}", "AutoMLJobConfig": "{{ params.config }}"}),
    ("CreateAutoMLJob", {"ModelDeployConfig": {"AutoGenerateEndpointName": "{{ params.made }}", "EndpointName": "x"}}),
]


@pytest.mark.parametrize(("action", "request_"), UNKNOWN)
def test_what_is_known_only_at_run_time_is_no_problem(action: str, request_: dict[str, Any]) -> None:
    assert list(rule_problems(action, request_)) == []
