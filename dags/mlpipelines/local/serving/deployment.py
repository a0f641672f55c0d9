"""How an endpoint goes over to another configuration: what stays of the old one, and what may call it off.

Differs from AWS in this: traffic moves at once and nothing is waited for, whatever the policy says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mlpipelines.local.serving.fleet import Fleet, VariantFault

Request = Mapping[str, Any]
#: Names of CloudWatch alarms -> those of them that are in state ALARM.
Alarms = Callable[[Sequence[str]], list[str]]
_PROPERTIES = {"DesiredWeight", "DesiredInstanceCount", "DataCaptureConfig"}


class Policy:
    """The DeploymentConfig of an UpdateEndpoint request, or the `last` one when the request retains it."""

    def __init__(self, request: Request, last: Request | None, alarms: Alarms) -> None:
        retained = last if request.get("RetainDeploymentConfig") else None
        self.deployment: Request | None = request.get("DeploymentConfig") or retained
        self._alarms = alarms

    def notes(self) -> Iterator[str]:
        deployment = self.deployment or {}
        routing = (deployment.get("BlueGreenUpdatePolicy") or {}).get("TrafficRoutingConfiguration") or {}
        if routing.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE":
            yield f"{routing['Type'].lower()} shifting is done at once, without waiting times"
        if deployment.get("RollingUpdatePolicy"):
            yield "a rolling update is done at once, without batches and waiting times"
        if deployment.get("AutoRollbackConfiguration"):
            yield "alarms are looked at once before and once after the traffic is shifted"

    def check_alarms(self, when: str) -> None:
        """Raises VariantFault when one has gone off."""
        rollback = (self.deployment or {}).get("AutoRollbackConfiguration") or {}
        names = [alarm["AlarmName"] for alarm in rollback.get("Alarms") or ()]
        tripped = self._alarms(names) if names else []
        if tripped:
            raise VariantFault(f"The following alarms were in state ALARM {when}: {', '.join(tripped)}")


def retain(old: Fleet | None, new: Fleet, request: Request) -> None:
    """RetainAllVariantProperties: weights and counts of variants that stay, and the data capture."""
    if not request.get("RetainAllVariantProperties") or not old:
        return
    excluded = {entry["VariantPropertyType"] for entry in request.get("ExcludeRetainedVariantProperties") or ()}
    kept = _PROPERTIES - excluded
    before = {variant.name: variant for variant in old.variants}
    for variant in new.variants:
        if variant.name in before and "DesiredWeight" in kept:
            variant.weight = before[variant.name].weight
        if variant.name in before and "DesiredInstanceCount" in kept:
            variant.count = before[variant.name].count
    new.keeps_capture = "DataCaptureConfig" in kept
