"""What SageMaker refuses in AutoML jobs, in versions of the registry and in notebooks beyond their shapes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJob.html,
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateNotebookInstance.html
"""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.parts import Request, RuleTable, ShapeRuleTable, at, entries, given, listed, number, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

#: What Autopilot measures models of tabular data by.
_OBJECTIVES = {
    "Regression": ("MAE", "MSE", "R2", "RMSE"),
    "BinaryClassification": ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
    "MulticlassClassification": ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
}
#: Which algorithms each of Autopilot's modes has.
_ALGORITHMS = {
    "ENSEMBLING": (
        "catboost",
        "extra-trees",
        "fastai",
        "lightgbm",
        "linear-learner",
        "nn-torch",
        "randomforest",
        "xgboost",
    ),
    "HYPERPARAMETER_TUNING": ("linear-learner", "mlp", "xgboost"),
}
_FRACTION_HINT = "such as 0.2: some of the data is for training, and some for validation"


def objective(request: Request) -> Iterator[ShapeProblem]:
    """The kind of problem and the metric are given together."""
    if ("ProblemType" in request) != ("AutoMLJobObjective" in request):
        given_one, other, field = "ProblemType", "AutoMLJobObjective", "objective"
        if given_one not in request:
            given_one, other, field = other, given_one, "problem_type"
        message = f"AWS wants {given_one} and {other} together, or neither"
        yield problem("SM612", (given_one,), message, f"write `{field}:` too")
    kind, metric = at(request, "ProblemType"), at(request, "AutoMLJobObjective", "MetricName")
    if kind in _OBJECTIVES and metric is not None and metric not in _OBJECTIVES[kind]:
        hint = f"one of {', '.join(_OBJECTIVES[kind])}"
        yield problem("SM612", ("AutoMLJobObjective", "MetricName"), f"{metric} is no measure of {kind}", hint)


def algorithms(request: Request) -> Iterator[ShapeProblem]:
    """Autopilot's modes have algorithms of their own."""
    mode = at(request, "AutoMLJobConfig", "Mode")
    holder: RequestPath = ("AutoMLJobConfig", "CandidateGenerationConfig", "AlgorithmsConfig")
    if mode is None or not listed(request, *holder):
        return
    if mode == "AUTO":
        message = "in mode AUTO Autopilot chooses the algorithms itself"
        yield problem("SM602", holder, message, "write `Mode: ENSEMBLING` or HYPERPARAMETER_TUNING, or leave it out")
    for index, name in enumerate(listed(request, *holder, 0, "AutoMLAlgorithms") if mode in _ALGORITHMS else ()):
        if isinstance(name, str) and "{{" not in name and name not in _ALGORITHMS[mode]:
            hint = f"one of {', '.join(_ALGORITHMS[mode])}"
            path = (*holder, 0, "AutoMLAlgorithms", index)
            yield problem("SM604", path, f"Autopilot has no {name} in mode {mode}", hint)


def data(request: Request) -> Iterator[ShapeProblem]:
    """Some data is for training, some for validation; only ensembles weigh it."""
    path: RequestPath = ("AutoMLJobConfig", "DataSplitConfig", "ValidationFraction")
    fraction = number(request, *path)
    if fraction in (0, 1):
        yield problem("SM603", path, f"a share of {fraction} leaves nothing for the other part", _FRACTION_HINT)
    if at(request, "AutoMLJobConfig", "Mode") == "HYPERPARAMETER_TUNING":
        for index, channel in entries(request, "InputDataConfig"):
            if "SampleWeightAttributeName" in channel:
                message = "only mode ENSEMBLING weighs samples"
                where = ("InputDataConfig", index, "SampleWeightAttributeName")
                yield problem("SM605", where, message, "write `Mode: ENSEMBLING`, or leave it out")


def endpoint_name(request: Request) -> Iterator[ShapeProblem]:
    """The endpoint's name is given or made, not both."""
    if not isinstance(request.get("ModelDeployConfig"), dict):
        return
    made = given(request, "ModelDeployConfig", "AutoGenerateEndpointName", default=False)
    has_name = "EndpointName" in request["ModelDeployConfig"]
    if made is True and has_name:
        path = ("ModelDeployConfig", "EndpointName")
        yield problem("SM601", path, "the endpoint's name is made by AWS already", "AutoGenerateEndpointName: false")
    if made is False and not has_name:
        message = "the endpoint has no name, and AWS is not to make one"
        yield problem("SM601", ("ModelDeployConfig",), message, "add EndpointName, or `AutoGenerateEndpointName: true`")


def version(request: Request) -> Iterator[ShapeProblem]:
    """A model in the registry is a version of a group, or has a name of its own."""
    grouped, named = bool(request.get("ModelPackageGroupName")), bool(request.get("ModelPackageName"))
    if grouped == named:
        message = "a model in the registry is a version of a group or has a name of its own, not both"
        if not named:
            message = "a model in the registry needs a group, or a name of its own"
        path = ("ModelPackageName",) if named else ()
        yield problem("SM608", path, message, "`group:` alone makes a version")
    elif named and "ModelApprovalStatus" in request:
        message = "only versions of a group are approved"
        yield problem("SM609", ("ModelApprovalStatus",), message, "write `approval: null`, or a `group:`")
    elif grouped and listed(request, "Tags"):
        message = "a version has the tags of its group, and none of its own"
        yield problem("SM614", ("Tags",), message, "write `tags:` on the step: they go to the group when it is made")


def network(request: Request) -> Iterator[ShapeProblem]:
    """A notebook without a subnet reaches the internet."""
    if "SubnetId" not in request and request.get("DirectInternetAccess") == "Disabled":
        message = "without a subnet a notebook has nothing but the internet"
        yield problem("SM610", ("DirectInternetAccess",), message, "name a `subnet:`")
    if "SubnetId" not in request and request.get("SecurityGroupIds"):
        message = "security groups need a subnet (SubnetId)"
        yield problem("SM613", ("SecurityGroupIds",), message, "name a `subnet:`")


RULES: RuleTable = {
    "CreateAutoMLJob": (objective, algorithms, data, endpoint_name),
    "CreateModelPackage": (version,),
    "CreateNotebookInstance": (network,),
}
SHAPE_RULES: ShapeRuleTable = {
    ("length", "AutoMLJobName"): ("SM606", "without a `name:` a fitting one is made for each run and try"),
    ("range", "MaxCandidates"): ("SM607", "leave it out, and `max_runtime` alone ends the search"),
    ("range", "ValidationFraction"): ("SM603", _FRACTION_HINT),
}
