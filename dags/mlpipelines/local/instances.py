"""The instances that a training request asks for, as the container's resourceconfig.json tells of them.

Differs from AWS in this: one process runs, so there is one host, the first instance of the first group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HOST = "algo-1"
#: AWS's name of the group of a job that has none.
ONLY_GROUP = "homogeneousCluster"


def resource_config(resources: Mapping[str, Any]) -> dict[str, Any]:
    groups = resources.get("InstanceGroups") or [
        {"InstanceGroupName": ONLY_GROUP, "InstanceType": resources.get("InstanceType")}
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
