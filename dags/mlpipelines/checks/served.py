"""The models that a pipeline makes, by what its other requests call them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mlpipelines.aws.parts import Request as Members
from mlpipelines.checks.subject import Subject
from mlpipelines.references import output_expression
from mlpipelines.render import Request


def named_models(subject: Subject, requests: list[Request]) -> dict[str, Members]:
    """{model name, or template that gives it: the CreateModel request that makes it}

    Two steps may make the same model, in two branches: which of them it will be is not known.
    """
    pairs = list(_names(subject, requests))
    count = Counter(name for name, _ in pairs)
    return {name: model for name, model in pairs if count[name] == 1}


def _names(subject: Subject, requests: list[Request]) -> Iterator[tuple[str, Members]]:
    for request in requests:
        if request.action == "CreateModel":
            step_type, fields = subject.merged[request.step]
            output = step_type.outputs(fields).get("name")
            if output is not None:
                yield output_expression(request.step, output), request.data
            if fields.get("name") is not None:
                yield request.data.get("ModelName", ""), request.data
