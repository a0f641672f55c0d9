"""Models and endpoint configurations whose name is in use: the same is used again, another gets a name beside it.

AWS cannot change either of them, so a second run, a retry and a clear with a name of the author's own meet what the
first left behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mlpipelines.runtime import aws_errors


def create_or_reuse(operator: Any, resource: str, request: dict[str, Any], limit: int = 63) -> str:
    """Create the `Model` or `EndpointConfig` of the request, and give the name under which it is now to be found.

    `operator` lends its hook (hook.JobHook) and its log.
    """
    key = f"{resource}Name"
    for name in (request[key], _name_beside(request, key, limit)):
        request = {**request, key: name}
        try:
            operator.hook.call(f"Create{resource}", **request)
            operator.log.info("Created %s %s", resource, name)
            return str(name)
        except Exception as error:
            if not aws_errors.is_taken(error):
                raise
        if is_same(request, operator.hook.call(f"Describe{resource}", **{key: name})):
            operator.log.info("%s %s is there already, and the same", resource, name)
            return str(name)
    raise ValueError(f"{resource} {request[key]} is in use by something else; choose another name")


def is_same(wanted: Any, found: Any) -> bool:
    """AWS has what the request says, besides what AWS adds; tags are not part of a description."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(key == "Tags" or is_same(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(is_same, wanted, found))
    return bool(wanted == found) or (found is None and wanted in ({}, [], ""))


def _name_beside(request: Mapping[str, Any], key: str, limit: int) -> str:
    """The name with a hash of the content as its end, so that the same content has the same name."""
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()[:8]
    return f"{request[key][: limit - 9].rstrip('-')}-{digest}"
