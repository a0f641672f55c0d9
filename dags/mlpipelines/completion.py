"""A value as it is written + its schema -> the same value with everything filled in that an author may leave out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Completion:
    """What a schema lets authors leave out, read once: shorthands, and the fields of mappings at whatever depth.

    What it gives shares its unwritten parts with what it gave before: they are for reading.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        fields, others, items = (schema.get(key) or {} for key in ("properties", "additionalProperties", "items"))
        self._shorthand: str | None = schema.get("x-shorthand")
        self._whole = bool(schema.get("x-text"))
        self._items = _completion(items)
        self._inner = {name: _completion(child) for name, child in fields.items()}
        self._others = _completion(others)
        self._open = bool(fields or (isinstance(others, dict) and others))
        self._unwritten: dict[str, Any] = {
            name: self._field(name, child.get("default")) for name, child in fields.items() if "const" not in child
        }

    def of(self, value: Any) -> Any:
        """The value with shorthands written out and the fields of mappings filled in."""
        if self._shorthand and isinstance(value, str):
            value = {self._shorthand: value}
        if self._whole:
            return value
        if isinstance(value, list) and self._items:
            return [self._items.of(child) for child in value]
        if value is None and self._inner:
            return self._unwritten
        if not isinstance(value, dict) or not self._open:
            return value
        result = dict(self._unwritten)
        for name, child in value.items():
            result[name] = self._field(name, child)
        return result

    def _field(self, name: str, value: Any) -> Any:
        inner = self._inner.get(name) or self._others
        return value if inner is None else inner.of(value)


#: What a schema says where there is something to do.
_SAID = frozenset(("x-shorthand", "properties", "additionalProperties", "items"))


def _completion(schema: Any) -> Completion | None:
    return Completion(schema) if isinstance(schema, dict) and not _SAID.isdisjoint(schema) else None
