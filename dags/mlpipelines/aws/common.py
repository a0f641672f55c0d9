"""Any AWS request -> what is wrong with its texts wherever they stand: places, roles, keys, images, tags.

One walk over the request serves all of these rules. What is told by the name of a member has its check in `TEXTS` (a
text) or `PARTS` (a mapping or a list as a whole); what is told by the first letters of any text has it in `LOOKS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlpipelines.aws.parts import PartCheck, Request, TextCheck, below, problem
from mlpipelines.aws.places import bad_bucket
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

# Texts with run-time templates come to the checks too: `{{` is for them to leave alone. Checks that take their time
# remember their answers.

#: {the first three letters of a text: its check}
LOOKS: dict[str, TextCheck] = {"s3:": bad_bucket}
#: {name of a member that is a text: its check}
TEXTS: dict[str, TextCheck] = {}
#: {name of a member that is a mapping or a list: its check}
PARTS: dict[str, PartCheck] = {}
#: Members whose keys are the author's own, and tell nothing.
MAPS = frozenset(
    {
        "Aggregation", "CollectionParameters", "CustomerMetadataProperties", "Environment", "Filling", "HookParameters",
        "HyperParameters", "ProfilingParameters", "RuleParameters", "StaticHyperParameters",
        "TextGenerationHyperParameters",
    }
)  # fmt: skip


def text_problems(request: Request, region: str = "") -> Iterator[ShapeProblem]:
    """Everything that is wrong with single texts and parts of any request."""
    waiting: list[tuple[RequestPath, Any, Mapping[str, TextCheck]]] = [((), request, TEXTS)]
    for path, holder, named in waiting:
        pairs: Iterable[tuple[Any, Any]] = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, value in pairs:
            if isinstance(value, str):
                check = named.get(key) or LOOKS.get(value[:3])
                if check and (found := check(value, region)):
                    rule, message, hint = found
                    yield problem(rule, (*path, key), message, hint)
            elif isinstance(value, dict | list):
                below_it = (*path, key)
                if part := PARTS.get(key):
                    yield from below(below_it, part(value))
                waiting.append((below_it, value, {} if key in MAPS else named))
