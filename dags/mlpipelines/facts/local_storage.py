"""An instance type -> how large the disks are that its machines have of their own, in GB.

https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html and .../mo.html, table "Instance store specifications".
"""

from __future__ import annotations

_SIZES = {
    "g4dn": {"": 125, "2": 225, "4": 225, "8": 900, "12": 900, "16": 900},
    "g5": {"": 250, "2": 450, "4": 600, "8": 900, "12": 3800, "16": 1900, "24": 3800, "48": 7600},
    "g6": {"": 250, "2": 450, "4": 600, "8": 900, "12": 3760, "16": 1880, "24": 3760, "48": 7520},
    "r5d": {"": 150, "2": 300, "4": 600, "8": 1200, "12": 1800, "16": 2400, "24": 3600},
}


def local_storage(instance_type: str) -> int | None:
    """None: there are none, or the table does not know."""
    family, _, size = instance_type.removeprefix("ml.").partition(".")
    sizes = _SIZES.get(family)
    return sizes.get(size.removesuffix("xlarge")) if sizes and size.endswith("xlarge") else None
