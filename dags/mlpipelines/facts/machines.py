"""Which instance types have disks of their own.

AWS's API reference says of which machines SageMaker takes no key for the disk, by example; its Python SDK has the rule:
families with a `d`, and g5. https://aws.amazon.com/ec2/instance-types/ lists the disks of each.
"""

from __future__ import annotations

import re

#: m5d, c6id, g4dn, p3dn, p4de ... and g5; newer families with disks are not named by AWS in this respect.
_LOCAL = re.compile(r"ml\.(?:[a-z]+[0-9][a-z]*d[a-z]*|g5)\.[a-z0-9]+")
#: Families that have nothing but EBS.
_EBS_ONLY = re.compile(r"ml\.(?:[mcr][45]|c5n|[mcr][678]i|[mc][78]i-flex|t[23]|p[23])\.[a-z0-9]+")

#: GB of own disks, by family and size: "Instance store specifications" in
#: https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html and mo.html
_SIZES = {
    "g4dn": {"": 125, "2": 225, "4": 225, "8": 900, "12": 900, "16": 900},
    "g5": {"": 250, "2": 450, "4": 600, "8": 900, "12": 3800, "16": 1900, "24": 3800, "48": 7600},
    "g6": {"": 250, "2": 450, "4": 600, "8": 900, "12": 3760, "16": 1880, "24": 3760, "48": 7520},
    "r5d": {"": 150, "2": 300, "4": 600, "8": 1200, "12": 1800, "16": 2400, "24": 3600},
}


def has_local_storage(instance_type: object) -> bool:
    """Whether the machine has disks of its own that its hardware encrypts; False when that is not certain."""
    return isinstance(instance_type, str) and _LOCAL.fullmatch(instance_type) is not None


def is_ebs_only(instance_type: object) -> bool:
    """Whether the machine certainly has no disk of its own."""
    return isinstance(instance_type, str) and _EBS_ONLY.fullmatch(instance_type) is not None


def local_storage(instance_type: object) -> int | None:
    """How large the disks of the machine's own are together, in GB; None: there are none, or nobody knows."""
    family, _, size = str(instance_type).removeprefix("ml.").partition(".")
    sizes = _SIZES.get(family)
    return sizes.get(size.removesuffix("xlarge")) if sizes and size.endswith("xlarge") else None
