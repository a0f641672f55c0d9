"""A repository of container images and a region -> the account that AWS provides it from (`repositories.json`)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def load_repositories() -> dict[str, Any]:
    text = (Path(__file__).parent / "repositories.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def accounts_of(repository: str) -> dict[str, list[str]] | None:
    """{region: its accounts}; None when AWS provides no such repository."""
    table = load_repositories()
    index = table["repositories"].get(repository)
    if index is None:
        return None
    return {region: accounts.split() for region, accounts in table["registries"][index].items()}


@cache
def aws_accounts() -> frozenset[str]:
    """The accounts that hold AWS's own images, of all regions."""
    registries = load_repositories()["registries"]
    return frozenset(account for registry in registries for text in registry.values() for account in text.split())


@cache
def known_regions() -> frozenset[str]:
    """The regions that AWS provides images in."""
    return frozenset(region for registry in load_repositories()["registries"] for region in registry)
