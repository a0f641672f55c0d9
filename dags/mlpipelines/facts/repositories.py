"""A repository of container images and a region -> the account that AWS provides it from (`repositories.json`)."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
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
def nearest_repository(repository: str) -> str:
    """The repository of AWS's own that this one is but for a letter; empty when none is: new ones have new endings."""
    alike: list[str] = [name for name in load_repositories()["repositories"] if abs(len(name) - len(repository)) < 2]
    return (difflib.get_close_matches(repository, alike, n=1, cutoff=0.8) or [""])[0]


def nearest_region(region: str, known: Iterable[str]) -> str:
    """The region that is most like this one; empty when none is. Letters that are exchanged are the usual mistake."""
    names = sorted(known)
    same_letters = [name for name in names if sorted(name) == sorted(region)]
    return (same_letters or difflib.get_close_matches(region, names, n=1, cutoff=0.7) or [""])[0]


@cache
def known_regions() -> frozenset[str]:
    """The regions that AWS provides images in."""
    return frozenset(region for registry in load_repositories()["registries"] for region in registry)
