"""A compiled pipeline -> what Airflow's DAG page says of it: the description, the author's YAML, the AWS requests.

Airflow's UI renders Markdown with tables and fenced code, leaves out HTML, and shows no other kind of documentation.
Each request stands under its task and its action as the JSON that AWS's command line and references have. A task's own
page shows its request as a run has rendered it ("Rendered Templates"), so the tasks need no copy of theirs.
Secrets are masked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from mlpipelines.confidential import telling_name
from mlpipelines.masking import HIDDEN, mask_secrets, masked_value, secret_texts, without_parts
from mlpipelines.model import Pipeline
from mlpipelines.render import Request

#: Characters of requests: a page of more is slow in browsers, and is kept for each version of the DAG.
LONGEST = 100_000
_REFERENCE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
_ABOUT = "What the steps send to AWS. Each run fills in what stands in double braces."


def documentation(pipeline: Pipeline, requests: Sequence[Request] = ()) -> str:
    """Markdown. The same pipeline gives the same text."""
    secrets = secret_texts(pipeline.source)
    parts = [without_parts(masked(pipeline.description, set(secrets)), secrets)] if pipeline.description else []
    parts.append(_fenced("yaml", mask_secrets(pipeline.source).rstrip()))
    if requests:
        parts += ["## AWS requests", _ABOUT, *_sections(requests, secrets)]
    return "\n\n".join(parts)


def masked(value: Any, secrets: Set[str] = frozenset(), is_secret: bool = False) -> Any:
    """Plain data without the values that are secret by their names, and those of `secrets` under whatever name."""
    if isinstance(value, dict):
        named = any(_is_telling(word) for word in _names(value))
        return {
            key: masked(child, secrets, is_secret or _is_telling(str(key)) or (named and str(key).lower() == "value"))
            for key, child in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(child, secrets, is_secret) for child in value]
    if isinstance(value, str):
        return HIDDEN if value in secrets else _masked_text(value, is_secret)
    return HIDDEN if is_secret and isinstance(value, int | float) and not isinstance(value, bool) else value


@lru_cache(maxsize=4096)
def _masked_text(text: str, is_secret: bool) -> str:
    return masked_value(("secret",) if is_secret else (), text)


@lru_cache(maxsize=4096)
def _is_telling(name: str) -> bool:
    return telling_name(name)


def _names(pair: Mapping[str, Any]) -> Iterator[str]:
    """What `{Name: password, Value: x}` says that its value is."""
    return (word for key, word in pair.items() if str(key).lower() in ("key", "name") and isinstance(word, str))


def _sections(requests: Sequence[Request], secrets: Sequence[str]) -> Iterator[str]:
    left, known = LONGEST, frozenset(secrets)
    as_written = [encode_basestring(secret)[1:-1] for secret in secrets]
    for at, request in enumerate(requests):
        shown = indented(masked(request.data, known))
        heading = f"### {request.task}: [{request.action}]({_REFERENCE}{request.action}.html)"
        left -= len(shown)
        if left < 0:
            names = ", ".join(dict.fromkeys(f"`{each.task}`" for each in requests[at:]))
            yield f"Too long for this page: {names}. `mlpipelines render --requests` prints all requests."
            return
        yield f"{heading}\n\n{_fenced('json', without_parts(shown, as_written))}"


def indented(value: Any) -> str:
    """What `json.dumps(indent=2)` gives, in a quarter of the time."""
    pieces: list[str] = []
    _write(value, "\n", pieces.append)
    return "".join(pieces)


def _write(value: Any, margin: str, write: Callable[[str], object]) -> None:
    if isinstance(value, str):
        write(encode_basestring(value))
    elif not value or not isinstance(value, dict | list):
        write(json.dumps(value, default=str))
    else:
        inner, is_mapping = f"{margin}  ", isinstance(value, dict)
        before = ("{" if is_mapping else "[") + inner
        for child in value:
            write(f"{before}{encode_basestring(str(child))}: " if is_mapping else before)
            _write(value[child] if is_mapping else child, inner, write)
            before = f",{inner}"
        write(margin + ("}" if is_mapping else "]"))


def _fenced(language: str, text: str) -> str:
    """A block of code, whatever backticks the text has."""
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", text)), 3) if "`" in text else "```"
    return f"{fence}{language}\n{text}\n{fence}"
