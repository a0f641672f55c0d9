"""compose.yaml -> its services as Docker Compose reads them, and the order in which they start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+):-(?P<default>[^}]*)\})")


def read_compose(file: Path, variables: dict[str, str]) -> dict[str, Any]:
    """The file with ${NAME:-default} replaced in its values, and $$ as one $."""
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    replaced: dict[str, Any] = _replaced(found, variables)
    return replaced


def _replaced(value: Any, variables: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(child, variables) for key, child in value.items()}
    if isinstance(value, list):
        return [_replaced(child, variables) for child in value]
    if not isinstance(value, str):
        return value
    assert not re.search(r"(?<!\$)\$(?![${])", value), f"a $ that Compose would not take: {value}"
    return _VARIABLE.sub(
        lambda found: "$" if found["dollar"] else variables.get(found["name"], "") or found["default"], value
    )


def words(command: str | list[str]) -> list[str]:
    return command.split() if isinstance(command, str) else command


def starting_order(services: dict[str, Any]) -> list[str]:
    """Every service behind those that it depends on."""
    order: list[str] = []

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        assert name not in above, f"{name} waits for itself"
        for other in services[name].get("depends_on", {}):
            add(other, (*above, name))
        if name not in order:
            order.append(name)

    for name in services:
        add(name)
    return order
