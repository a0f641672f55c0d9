"""Nested data -> its members by dotted path, in AWS's words; and how two such tables differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlpipelines.masking import masked_value

MISSING = object()
Keys = tuple[str, ...]


@dataclass(frozen=True, order=True)
class Member:
    """One value that differs, as text with secrets masked. None: there is none on this side."""

    path: str
    old: str | None
    new: str | None


def differences(old: Any, new: Any) -> list[Member]:
    """Every member that differs, in the order of `new`, those that are gone last."""
    before, after = dict(_members(old)), dict(_members(new))
    found = []
    for path, (keys, value) in after.items():
        _, was = before.get(path, ((), MISSING))
        if was is MISSING:
            found += [Member(path, None, _shown(value, keys))] if not _is_filled(path, value, before) else []
        elif type(was) is not type(value) or was != value:
            found.append(Member(path, _shown(was, keys), _shown(value, keys)))
    for path, (keys, was) in before.items():
        if path not in after and not _is_filled(path, was, after):
            found.append(Member(path, _shown(was, keys), None))
    return found


def _is_filled(path: str, value: Any, other: Iterable[str]) -> bool:
    """Whether an empty mapping or list has something in it on the other side, which says it all."""
    return value in ({}, []) and any(place.startswith((f"{path}.", f"{path}[")) for place in other)


def _members(value: Any, keys: Keys = (), path: str = "") -> Iterator[tuple[str, tuple[Keys, Any]]]:
    """(path, (keys, value)) of everything below that is no mapping or list, or is an empty one."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _members(child, (*keys, str(key)), f"{path}{_key(str(key))}".removeprefix("."))
    elif isinstance(value, list) and value and not all(isinstance(item, str | int | float) for item in value):
        for name, child in _named(value):
            yield from _members(child, (*keys, name), f"{path}[{name}]")
    else:
        yield path, (keys, value)


def _key(key: str) -> str:
    return f"[{key!r}]" if "." in key or not key or not key.isprintable() else f".{key}"


def _named(items: list[Any]) -> list[tuple[str, Any]]:
    """Each item with what it is called: a channel by its name, a tag by its key, anything else by its place."""
    for field in _name_fields(items):
        names = [item[field] for item in items]
        if len(set(names)) == len(names):
            return [(name, _without(item, field)) for name, item in zip(names, items, strict=True)]
    return [(str(number), item) for number, item in enumerate(items)]


def _without(item: dict[str, Any], field: str) -> Any:
    """An item that is called by one of its fields: what else it has; of a tag, and of the like, the value."""
    rest = {key: value for key, value in item.items() if key != field}
    return next(iter(rest.values())) if len(rest) == 1 and {*rest} <= {"Value", "value"} else rest


def _name_fields(items: list[Any]) -> list[str]:
    """The fields that are in all items and tell them apart by a text."""
    if not all(isinstance(item, dict) for item in items):
        return []
    fields = [field for field in items[0] if field in ("Key", "key", "name") or field.endswith("Name")]
    return [field for field in fields if all(isinstance(item.get(field), str) for item in items)]


def _shown(value: Any, keys: Keys) -> str:
    """A value as JSON would have it, but for texts without need of quotes."""
    if isinstance(value, str):
        text = (
            value if value and value.strip() == value and value.isprintable() else json.dumps(value, ensure_ascii=False)
        )
    elif isinstance(value, bool) or value is None:
        text = {True: "true", False: "false", None: "null"}[value]
    elif isinstance(value, Mapping):
        text = "{}"
    elif isinstance(value, list):
        text = f"[{', '.join(_shown(item, ()) for item in value)}]"
    else:
        text = str(value)
    return masked_value(keys, text)
