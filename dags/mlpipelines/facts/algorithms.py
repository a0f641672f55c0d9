"""Hyperparameters of SageMaker's built-in algorithms (`hyperparameters.json`), and what is wrong with a value of one.

The file's words, by algorithm: `channels`, `content_types` and `input_modes` of the training data, `pipe_content_types`
that can be streamed, `distribution` and `label_size` by channel, `image_channels` that image files need besides,
`metrics` that can be tuned for, each with the direction that is better; `needs`, `excludes` and `less` between
hyperparameters. `doubtful...` is what could not be confirmed.

By hyperparameter: `type` (integer, float, boolean, string; list: commas between the items; json), `required`,
`default`, `min`, `max`, `above` and `below` (the limit itself excluded), `enum`, `also` (words besides the numbers),
`items` of a list, or `of` what type they are, `item_pattern`, `pattern`, `not`; `mode` of the algorithm that it belongs
to; `until`: the major version that no longer knows it. `doubt` holds narrower limits that could not be confirmed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mlpipelines.errors import did_you_mean

#: What AWS documents about one algorithm, or about one of its hyperparameters.
Facts = Mapping[str, Any]
_INTEGER = re.compile(r"[+-]?[0-9]+")
#: Lists and tuples as Python writes them are understood too.
_AS_JSON = str.maketrans("()'", '[]"')
_TRAILING = re.compile(r",\s*\]")


class Mistake(NamedTuple):
    """What is wrong with a value: its type, its size, or that it is none of those allowed."""

    kind: Literal["type", "range", "choice"]
    message: str
    hint: str = ""


@cache
def load_algorithms() -> dict[str, Any]:
    table: dict[str, Any] = json.loads((Path(__file__).parent / "hyperparameters.json").read_text(encoding="utf-8"))
    return table


def algorithm_facts(algorithm: str) -> Facts | None:
    return load_algorithms().get(algorithm)


@cache
def required_hyperparameters(algorithm: str) -> tuple[str, ...]:
    return tuple(name for name, fact in load_algorithms()[algorithm]["hyperparameters"].items() if fact.get("required"))


def value_mistake(fact: Facts, text: str) -> Mistake | None:
    """What an algorithm refuses in the text of a hyperparameter; None: nothing."""
    if "also" in fact and text in fact["also"]:
        return None
    if "enum" in fact:
        return _choice(text, fact["enum"])
    if "not" in fact and text in fact["not"]:
        return Mistake("choice", f"{text!r} is not allowed")
    kind = fact["type"]
    if kind == "integer" or kind == "float":
        return _number(kind, fact, text)
    if kind in ("list", "json"):
        return _items(kind, fact, text)
    if kind == "boolean" and text.lower() not in ("true", "false", "0", "1"):
        return Mistake("choice", f"{text!r} is not allowed", "one of true, false")
    if "pattern" in fact and not re.fullmatch(fact["pattern"], text):
        return Mistake("choice", f"{text!r} is not allowed", f"it must match {fact['pattern']}")
    return None


def doubtful_mistake(fact: Facts, text: str) -> Mistake | None:
    """The same by limits that could not be confirmed."""
    doubt = fact.get("doubt")
    return value_mistake({**doubt, "type": fact["type"], "also": fact.get("also", ())}, text) if doubt else None


def end_mistake(fact: Facts, text: str) -> Mistake | None:
    """What is wrong with the end of a range to search. A limit that is excluded may be an end: trials lie between."""
    closed = {**fact, "min": fact.get("min", fact.get("above")), "max": fact.get("max", fact.get("below"))}
    number = _read("float", text)
    limits = {key: limit for key, limit in closed.items() if key not in ("above", "below")}
    return None if number is None else _outside(limits, number, text)


def range_words(fact: Facts) -> str:
    """The limits of a number in words; empty: there are none."""
    low = _limit(fact, "min", "at least ") or _limit(fact, "above", "greater than ")
    high = _limit(fact, "max", "at most ") or _limit(fact, "below", "less than ")
    return " and ".join(filter(None, (low, high)))


def _limit(fact: Facts, key: str, words: str) -> str:
    return f"{words}{fact[key]:,}".replace(",", " ") if fact.get(key) is not None else ""


def _choice(text: str, allowed: list[str]) -> Mistake | None:
    if text in allowed or (text.lower() in ("true", "false") and text.lower() in map(str.lower, allowed)):
        return None
    hint = did_you_mean(text, allowed) or f"one of {', '.join(allowed)}"
    return Mistake("choice", f"{text!r} is not allowed", hint)


def _number(kind: str, fact: Facts, text: str) -> Mistake | None:
    number = _read(kind, text)
    if number is not None:
        return _outside(fact, number, text)
    words = "a whole number" if kind == "integer" else "a number"
    also = f"; or {' or '.join(map(repr, fact['also']))}" if fact.get("also") else ""
    return Mistake("type", f"{text!r} is not {words}", f"{_as_integer(kind, text)}{also}".removeprefix("; "))


def _as_integer(kind: str, text: str) -> str:
    number = _read("float", text) if kind == "integer" else None
    return f"write {int(number)}" if number is not None and number.is_integer() and abs(number) < 1e15 else ""


def _read(kind: str, text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    fits = "_" not in text and not math.isnan(number)
    return number if fits and (kind == "float" or _INTEGER.fullmatch(text.strip())) else None


def _outside(fact: Facts, number: float, text: str) -> Mistake | None:
    """`text` is the number as it is written."""
    low, high, above, below = fact.get("min"), fact.get("max"), fact.get("above"), fact.get("below")
    if (
        (low is not None and number < low)
        or (high is not None and number > high)
        or (above is not None and number <= above)
        or (below is not None and number >= below)
    ):
        return Mistake("range", f"{text} is out of range", f"it must be {range_words(fact)}")
    return None


def _items(kind: str, fact: Facts, text: str) -> Mistake | None:
    """A mistake in the items of a list, written with commas or as JSON."""
    items = _split(text) if kind == "list" else _parsed(text)
    if items is None:
        return Mistake("type", f"{text!r} is not a list in JSON", "write {json: [...]}")
    allowed = fact.get("items")
    for item in items:
        if "of" in fact and _read(fact["of"], str(item)) is None:
            return Mistake("type", f"{item!r} is not a number of type {fact['of']}")
        if allowed and item not in allowed and not re.fullmatch(fact.get("item_pattern", "(?!)"), str(item)):
            words = [str(each) for each in allowed]
            short = f"one of {', '.join(words)}" if len(words) <= 8 else ""
            return Mistake("choice", f"{item!r} is not allowed", did_you_mean(str(item), words) or short)
    return None


def _split(text: str) -> list[Any]:
    return [item.strip() for item in text.split(",")]


def _parsed(text: str) -> list[Any] | None:
    """The items of a list in JSON, or in Python's way of writing lists and tuples."""
    try:
        value = json.loads(_TRAILING.sub("]", text.translate(_AS_JSON)))
    except ValueError:
        return None
    return value if isinstance(value, list) else None
