"""An AWS request -> what SageMaker refuses in it beyond the shapes: members that need or exclude each other.

Each rule is in AWS's API reference or its developer guide. What is known only at run time (`{{`) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlpipelines.facts import inference_rules, training_rules
from mlpipelines.facts.rule_parts import Request, Rule, at, below, listed, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

#: Where SageMaker mounts what a processing job reads and writes.
PROCESSING_FOLDER = "/opt/ml/processing/"

#: What Autopilot measures models of tabular data by.
_OBJECTIVES = {
    "Regression": ("MAE", "MSE", "R2", "RMSE"),
    "BinaryClassification": ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
    "MulticlassClassification": ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
}


def rule_problems(action: str, request: Request) -> Iterator[ShapeProblem]:
    """Everything in a request of well-formed members that `action` would refuse all the same."""
    for rule in _RULES.get(action, ()):
        yield from rule(request)


def _processing_places(request: Request) -> Iterator[ShapeProblem]:
    """Where a processing job reads and writes lies below one folder; Gzip is unpacked in Pipe mode."""
    for holder, member in ((("ProcessingInputs",), "S3Input"), (("ProcessingOutputConfig", "Outputs"), "S3Output")):
        for index, item in enumerate(listed(request, *holder)):
            path: RequestPath = (*holder, index, member)
            yield from below(path, _place(at(item, member) or {}))


def _place(place: Request) -> Iterator[ShapeProblem]:
    path = at(place, "LocalPath")
    if isinstance(path, str) and not path.startswith(PROCESSING_FOLDER):
        yield problem(("LocalPath",), f"{path!r} does not lie below {PROCESSING_FOLDER}")
    if place.get("S3CompressionType") == "Gzip" and place.get("S3InputMode") == "File":
        hint = "write `mode: Pipe`, or unpack the data in the script"
        yield problem(("S3CompressionType",), "Gzip is unpacked in Pipe mode only", hint)


def _objective(request: Request) -> Iterator[ShapeProblem]:
    """The kind of problem and the metric are given together."""
    if ("ProblemType" in request) != ("AutoMLJobObjective" in request):
        given, other = "ProblemType", "AutoMLJobObjective"
        if given not in request:
            given, other = other, given
        yield problem((given,), f"AWS wants {given} and {other} together, or neither")
    kind, metric = at(request, "ProblemType"), at(request, "AutoMLJobObjective", "MetricName")
    if kind in _OBJECTIVES and metric is not None and metric not in _OBJECTIVES[kind]:
        hint = f"one of {', '.join(_OBJECTIVES[kind])}"
        yield problem(("AutoMLJobObjective", "MetricName"), f"{metric} is no measure of {kind}", hint)


def _network(request: Request) -> Iterator[ShapeProblem]:
    """A notebook without a subnet reaches the internet."""
    if "SubnetId" not in request and request.get("DirectInternetAccess") == "Disabled":
        message = "without a subnet a notebook has nothing but the internet"
        yield problem(("DirectInternetAccess",), message, "name a `subnet:`")
    if "SubnetId" not in request and request.get("SecurityGroupIds"):
        yield problem(("SecurityGroupIds",), "security groups need a subnet (SubnetId)")


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "CreateTrainingJob": (training_rules.spot, training_rules.warm_pool, training_rules.channels),
    "CreateHyperParameterTuningJob": (training_rules.trials, training_rules.search),
    "CreateProcessingJob": (_processing_places,),
    "CreateTransformJob": (inference_rules.payload, inference_rules.records),
    "CreateModel": (inference_rules.containers, inference_rules.several_models),
    "CreateEndpointConfig": (inference_rules.variants,),
    "CreateEndpoint": (inference_rules.deployment, inference_rules.deployment_time),
    "CreateAutoMLJob": (_objective,),
    "CreateNotebookInstance": (_network,),
}
