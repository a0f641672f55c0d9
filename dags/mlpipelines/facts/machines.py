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


def has_local_storage(instance_type: object) -> bool:
    """Whether the machine has disks of its own that its hardware encrypts; False when that is not certain."""
    return isinstance(instance_type, str) and _LOCAL.fullmatch(instance_type) is not None


def is_ebs_only(instance_type: object) -> bool:
    """Whether the machine certainly has no disk of its own."""
    return isinstance(instance_type, str) and _EBS_ONLY.fullmatch(instance_type) is not None
