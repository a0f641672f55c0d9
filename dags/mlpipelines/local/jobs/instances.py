"""The instances that a request asks for: whether there are any, and what the container is told of them.

Differs from AWS in this: one process runs, so there is one host, the first instance of the first group.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mlpipelines.local.faults import CapacityFault

Request = Mapping[str, Any]

HOST = "algo-1"
#: AWS's name of the group of a job that has none.
ONLY_GROUP = "homogeneousCluster"


def provided_instances(request: Request, no_capacity: Collection[str]) -> dict[str, Any]:
    """What the choice among InstancePreferences adds to a job's description. Raises CapacityFault."""
    training, processing = request.get("ResourceConfig") or {}, request.get("ProcessingResources") or {}
    cluster = processing.get("ClusterConfig") or {}
    groups = training.get("InstanceGroups") or ()
    for place in (training, cluster, request.get("TransformResources") or {}, *groups):
        if place.get("InstanceType") in no_capacity:
            raise CapacityFault
    chosen: dict[str, Any] = {}
    if training.get("InstancePreferences"):
        chosen["ResourceConfig"] = {**training, **_preferred(training, no_capacity)}
    if cluster.get("InstancePreferences"):
        chosen["ProcessingResources"] = {**processing, "ClusterConfig": {**cluster, **_preferred(cluster, no_capacity)}}
    return chosen


def _preferred(place: Request, no_capacity: Collection[str]) -> dict[str, Any]:
    """The first of the preferences that there are instances of."""
    for preference in place["InstancePreferences"]:
        if preference["InstanceType"] not in no_capacity:
            count = preference.get("InstanceCount") or place.get("InstanceCount") or 1
            return {"SelectedInstanceType": preference["InstanceType"], "SelectedInstanceCount": count}
    raise CapacityFault


def instance_type(place: Request) -> str | None:
    return place.get("InstanceType") or place.get("SelectedInstanceType")


def resource_config(resources: Request) -> dict[str, Any]:
    groups = resources.get("InstanceGroups") or [
        {"InstanceGroupName": ONLY_GROUP, "InstanceType": instance_type(resources)}
    ]
    return {
        "current_host": HOST,
        "current_instance_type": groups[0]["InstanceType"],
        "current_group_name": groups[0]["InstanceGroupName"],
        "hosts": [HOST],
        "instance_groups": [
            {
                "instance_group_name": group["InstanceGroupName"],
                "instance_type": group["InstanceType"],
                "hosts": [HOST] if group is groups[0] else [],
            }
            for group in groups
        ],
        "network_interface_name": "lo",
    }
