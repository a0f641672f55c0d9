"""The request that a task sends: what its template says, with another task's JSON merged in, typed, roles as ARNs.

The functions change the request that they get, which is the operator's own rendered copy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from mlpipelines.aws.refusals import in_words, refusals
from mlpipelines.errors import StepError
from mlpipelines.facts.shapes import known_actions
from mlpipelines.rules import find_rule

#: Where the members of requests lie that name instances, and those that name roles.
_DEFINITIONS = ("TrainingJobDefinition", "TrainingJobDefinitions")
_ROLES = ("RoleArn", "ExecutionRoleArn")


def merge_text(config: dict[str, Any], text: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """`config` with a request of JSON text merged over it: mappings deep, null takes a member away."""
    if text is None or text == "":
        return config
    over = _read(text) if isinstance(text, str) else text
    if not isinstance(over, Mapping):
        raise ValueError(f"The request must be a mapping of AWS's members, not {type(over).__name__}: {over!r:.200}")
    merged: dict[str, Any] = _merge(config, over)
    return merged


def refuse_wrong(
    action: str, request: Mapping[str, Any], also: str | None = None, *, ignored: Collection[str] = ()
) -> None:
    """Raise StepError when AWS would refuse the request, in the words of the checks before a deployment.

    `also` is another action whose members it may have; `ignored` are ids of rules that are no errors here.
    """
    if action not in known_actions():
        return
    # What the provider puts into S3 before a job starts is no member of AWS's.
    members = {name: value for name, value in request.items() if name != "S3Operations"}
    problems = [problem for problem in refusals(action, members, also) if problem.code not in ignored]
    found = [problem for problem in problems if find_rule(problem.code).severity == "error"]
    if found:
        lines = [f"{in_words(action, problem)}{problem.hint and f'; {problem.hint}'}" for problem in found]
        raise StepError("\n    ".join(["AWS would refuse this request:", *lines]))


def expand_roles(request: Any, arn_of: Callable[[str], str]) -> None:
    """Replace the names of roles by their ARNs: in the request, its definitions of trials, and its model."""
    for part in _parts(request):
        for member in _ROLES:
            if part.get(member):
                part[member] = arn_of(part[member])


def set_instance_type(request: Any, instance_type: str) -> None:
    """Have every instance of the request be of this type."""
    if isinstance(request, list):
        for item in request:
            set_instance_type(item, instance_type)
    if isinstance(request, dict):
        if "InstanceType" in request:
            request["InstanceType"] = instance_type
        for value in request.values():
            set_instance_type(value, instance_type)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"The request that another task made is no JSON ({error}): {text:.200}") from None


def _merge(base: Any, over: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    merged = {**base, **{key: _merge(base.get(key), value) for key, value in over.items()}}
    return {key: value for key, value in merged.items() if value is not None}


def _parts(request: Any) -> Iterator[dict[str, Any]]:
    yield request
    for name in (*_DEFINITIONS, "Model", "EndpointConfig"):
        found = request.get(name) or ()
        yield from found if isinstance(found, list) else [found] if isinstance(found, dict) else ()
