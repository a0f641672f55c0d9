"""What SageMaker refuses in the way an endpoint is brought to a new version, beyond the shapes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html and what it links.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.parts import Request, RuleTable, at, given, number, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

_BLUE_GREEN: RequestPath = ("DeploymentConfig", "BlueGreenUpdatePolicy")
_TRAFFIC: RequestPath = (*_BLUE_GREEN, "TrafficRoutingConfiguration")
_ROLLING: RequestPath = ("DeploymentConfig", "RollingUpdatePolicy")
#: (path, the lowest and the highest share of the fleet that a deployment may move at once, in percent)
_SHARES = (
    ((*_TRAFFIC, "CanarySize"), 1, 50),
    ((*_TRAFFIC, "LinearStepSize"), 10, 50),
    ((*_ROLLING, "MaximumBatchSize"), 5, 50),
)


def one_way(request: Request) -> Iterator[ShapeProblem]:
    """A deployment goes one way."""
    if at(request, *_BLUE_GREEN) and at(request, *_ROLLING):
        message = "the traffic moves to a second fleet (BlueGreenUpdatePolicy) already"
        yield problem("SM517", _ROLLING, message, "keep one of the two: `strategy: rolling` is this one")


def shares(request: Request) -> Iterator[ShapeProblem]:
    """A deployment moves no more than half of the fleet at once."""
    if "DeploymentConfig" not in request:
        return
    for path, low, high in _SHARES:
        share = number(request, *path, "Value")
        percent = at(request, *path, "Type") == "CAPACITY_PERCENT"
        if percent and share is not None and not low <= share <= high:
            message = f"{share}% is out of range, AWS wants {low}% to {high}% of the fleet"
            yield problem("SM518", (*path, "Value"), message)


def time(request: Request) -> Iterator[ShapeProblem]:
    """A deployment takes longer than its own pauses."""
    most = number(request, *_BLUE_GREEN, "MaximumExecutionTimeoutInSeconds")
    if most is None:
        return
    steps = number(request, *_TRAFFIC, "WaitIntervalInSeconds") or 0
    pauses = steps + (number(request, *_BLUE_GREEN, "TerminationWaitInSeconds") or 0)
    if most <= pauses:
        message = f"the deployment may last for {most} s, and waits for {pauses} s"
        hint = "give it a longer `timeout`, or a shorter `wait` and `termination_wait`"
        yield problem("SM525", (*_BLUE_GREEN, "MaximumExecutionTimeoutInSeconds"), message, hint)


def sizes(request: Request) -> Iterator[ShapeProblem]:
    """Each way of moving traffic has a size of its own."""
    strategy = given(request, *_TRAFFIC, "Type", default=None)
    if strategy is None:
        return
    for kind, member in (("CANARY", "CanarySize"), ("LINEAR", "LinearStepSize")):
        is_given = at(request, *_TRAFFIC, member) is not None
        if is_given and strategy != kind:
            yield problem("SM529", (*_TRAFFIC, member), f"{strategy} has no {member}", "leave it out")
        if strategy == kind and member not in (at(request, *_TRAFFIC) or {}):
            yield problem("SM529", (*_TRAFFIC, "Type"), f"{strategy} needs a {member}")


_DEPLOYMENT = (one_way, shares, time, sizes)
RULES: RuleTable = {"CreateEndpoint": _DEPLOYMENT, "UpdateEndpoint": _DEPLOYMENT}
