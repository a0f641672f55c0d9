"""YAML text -> the same text with what looks like a secret replaced by `***`.

A secret is the value of a key with a telling name, the value beside such a name (`{Key: password, Value: x}`), a
password or signature in a URL, what a comment says after a telling name, and a key or token that is known by its form
wherever it stands. References and templates stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from mlpipelines.confidential import may_be_secret, telling_name, without_secrets

_USER = re.compile(r"(?<=://)[^/\s@\"']{1,300}@")
_QUERY = re.compile(r"(?<=[?&])([^=&\s\"']{1,100})=[^&\s\"']+")
_HARMLESS = re.compile(r"[\"']?(\$\{[^}]*\}|\{\{.*\}\}|true|false|null|~|)[\"']?", re.DOTALL)

#: What stands where a secret stood.
HIDDEN = "***"
#: A shorter text is too often something else.
_SHORTEST = 4
#: A shorter text is found within too many others.
_SHORTEST_PART = 8

Span = tuple[int, int]


def mask_secrets(text: str) -> str:
    """The text with its secrets masked. Linear in its length, whatever it holds."""
    if telling_name(text):
        text = _without(text, sorted(_secret_spans(text)))
        text = "\n".join(_comment_masked(line) for line in text.split("\n"))
    if "://" in text:
        text = _QUERY.sub(lambda found: f"{found[1]}=***" if telling_name(found[1]) else found[0], text)
        text = _USER.sub("***@", text)
    return without_secrets(text)


def masked_value(keys: Iterable[str], text: str) -> str:
    """One value that stands below these keys, as it may be shown."""
    if any(map(telling_name, keys)) and not _HARMLESS.fullmatch(text):
        return HIDDEN
    return mask_secrets(text)


def secret_texts(text: str) -> list[str]:
    """The values that are masked in a YAML text, the longest first. Variables and anchors bring them elsewhere."""
    if not telling_name(text):
        return []
    found: set[str] = set()
    for start, end in _secret_spans(text):
        if not _HARMLESS.fullmatch(text[start:end]):
            column = start - text.rfind("\n", 0, start) - 1  # the lines that follow are indented by it
            found.update(_scalars(" " * column + text[start:end]))
    return sorted(found, key=lambda secret: (-len(secret), secret))


def _scalars(text: str) -> Iterator[str]:
    """The values, not the keys, of a piece of YAML that are long enough to be secrets."""
    try:
        left = [
            yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        ]  # makes nothing but texts, lists and mappings
    except yaml.YAMLError:
        return
    while left:
        value = left.pop()
        if isinstance(value, dict | list):
            left += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str) and len(value) >= _SHORTEST and may_be_secret(value):
            yield value


def without_parts(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets that are long enough to be known for what they are within another text."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_PART:
            text = text.replace(secret, HIDDEN)
    return text


def _without(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    position = 0
    for start, end in spans:
        if start >= position and not _HARMLESS.fullmatch(text[start:end]):
            parts += (text[position:start], HIDDEN)
            position = end
    return "".join(parts) + text[position:]


def _comment_masked(line: str) -> str:
    """What a comment says after a telling name is masked; so is a `#` inside a text, which is only shown."""
    start = 0 if line.startswith("#") else line.find(" #")
    if start < 0 or not telling_name(line[start:]):
        return line
    ends = [end for end in (line.find(":", start), line.find("=", start)) if end >= 0]
    return f"{line[: min(ends) + 1]} ***" if ends else line


def _secret_spans(text: str) -> Iterator[Span]:
    """(start, end) of every secret value, from the parser's own events."""
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    stack: list[dict[str, Any]] = []
    try:
        while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
            mark: Any = event.start_mark
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                stack.append({"start": mark.index, "map": isinstance(event, yaml.MappingStartEvent)})
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                closed = stack.pop()
                yield from _pair(closed)
                yield from _node(stack, None, closed["start"], _end(text, closed["start"], event))
            elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                word = getattr(event, "value", "")
                yield from _node(stack, word, mark.index, _end(text, mark.index, event))
    except yaml.YAMLError:
        return


def _node(stack: list[dict[str, Any]], word: str | None, start: int, end: int) -> Iterator[Span]:
    """Take a finished node into account: a key, or a value, which may be secret by its key."""
    if not stack or not stack[-1]["map"]:
        return
    mapping = stack[-1]
    if "key" not in mapping:
        mapping["key"] = word or ""
        return
    key = mapping.pop("key")
    if telling_name(key):
        yield start, end
    elif key.lower() in ("key", "name") and word and telling_name(word):
        mapping["named"] = True
    elif key.lower() == "value":
        mapping["value"] = (start, end)


def _pair(mapping: dict[str, Any]) -> Iterator[Span]:
    if mapping.get("named") and "value" in mapping:
        yield mapping["value"]


def _end(text: str, start: int, event: Any) -> int:
    """Where the node's text ends, without the white space and comments that the parser counts to it."""
    return start + len(text[start : event.end_mark.index].rstrip())
