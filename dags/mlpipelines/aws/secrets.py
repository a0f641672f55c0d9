"""Parts of an AWS request -> secrets in plain sight in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import PartCheck, problem
from mlpipelines.confidential import is_secret
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

_HINT = "let the code read it from AWS Secrets Manager, with the role of the job"


def secret_values(named: Any) -> Iterator[ShapeProblem]:
    """In a mapping of values by their names, such as the environment of a container."""
    for name, value in named.items() if isinstance(named, dict) else ():
        if isinstance(value, str) and is_secret(str(name), value):
            yield _problem((name,), f"the value of {name!r}")


def secret_tags(tags: Any) -> Iterator[ShapeProblem]:
    """In AWS's list of tags."""
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        name, value = (tag.get("Key"), tag.get("Value")) if isinstance(tag, dict) else (None, None)
        if isinstance(name, str) and isinstance(value, str) and is_secret(name, value):
            yield _problem((index, "Value"), f"the tag {name!r}")


def secret_arguments(arguments: Any) -> Iterator[ShapeProblem]:
    """In the arguments of a container: `--name=value`, and `--name` before `value`."""
    before = ""
    for index, argument in enumerate(arguments if isinstance(arguments, list) else ()):
        if not isinstance(argument, str):
            continue
        name, _, value = argument.rpartition("=") if argument.startswith("-") else (before, "", argument)
        if is_secret(name, value):
            yield _problem((index,), "this argument")
        before = argument if argument.startswith("-") else ""


def _problem(path: RequestPath, what: str) -> ShapeProblem:
    message = f"{what} looks like a secret, and whoever may look at the job can read it"
    return problem("SM130", path, message, _HINT)


#: {name of a member: its check}
PARTS: dict[str, PartCheck] = {
    "HyperParameters": secret_values,
    "StaticHyperParameters": secret_values,
    "Environment": secret_values,
    "ContainerArguments": secret_arguments,
    "ContainerEntrypoint": secret_arguments,
}
