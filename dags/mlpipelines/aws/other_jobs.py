"""What SageMaker refuses in AutoML jobs and notebooks beyond their shapes.

Each rule is in AWS's API reference or its developer guide. What is known only at run time (`{{`) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.parts import Request, RuleTable, at, problem
from mlpipelines.facts.shapes import ShapeProblem

#: What Autopilot measures models of tabular data by.
_OBJECTIVES = {
    "Regression": ("MAE", "MSE", "R2", "RMSE"),
    "BinaryClassification": ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
    "MulticlassClassification": ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
}


def _objective(request: Request) -> Iterator[ShapeProblem]:
    """The kind of problem and the metric are given together."""
    if ("ProblemType" in request) != ("AutoMLJobObjective" in request):
        given, other = "ProblemType", "AutoMLJobObjective"
        if given not in request:
            given, other = other, given
        yield problem("SM612", (given,), f"AWS wants {given} and {other} together, or neither")
    kind, metric = at(request, "ProblemType"), at(request, "AutoMLJobObjective", "MetricName")
    if kind in _OBJECTIVES and metric is not None and metric not in _OBJECTIVES[kind]:
        hint = f"one of {', '.join(_OBJECTIVES[kind])}"
        yield problem("SM612", ("AutoMLJobObjective", "MetricName"), f"{metric} is no measure of {kind}", hint)


def _network(request: Request) -> Iterator[ShapeProblem]:
    """A notebook without a subnet reaches the internet."""
    if "SubnetId" not in request and request.get("DirectInternetAccess") == "Disabled":
        message = "without a subnet a notebook has nothing but the internet"
        yield problem("SM610", ("DirectInternetAccess",), message, "name a `subnet:`")
    if "SubnetId" not in request and request.get("SecurityGroupIds"):
        yield problem("SM613", ("SecurityGroupIds",), "security groups need a subnet (SubnetId)")


RULES: RuleTable = {"CreateAutoMLJob": (_objective,), "CreateNotebookInstance": (_network,)}
