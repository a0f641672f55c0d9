"""Algorithm, version and region -> the URI of the container image that AWS provides for it (`images.json`)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from mlpipelines.errors import did_you_mean

_SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
)


class UnknownImage(LookupError):
    """AWS provides no such image; `hint` says what it provides."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@cache
def load_images() -> dict[str, Any]:
    table: dict[str, Any] = json.loads((Path(__file__).parent / "images.json").read_text(encoding="utf-8"))
    return table


def known_algorithms() -> list[str]:
    return sorted(load_images()["algorithms"])


def image_uri(algorithm: str, version: str | None, region: str) -> str:
    """The registry URI, for example `404615174143.dkr.ecr.us-east-2.amazonaws.com/knn:1`.

    Without a version: the newest that the table knows. Raises UnknownImage.
    """
    images = load_images()["algorithms"]
    if algorithm not in images:
        raise UnknownImage(f"AWS has no built-in algorithm {algorithm!r}", did_you_mean(algorithm, images))
    scope = images[algorithm].get("training") or images[algorithm]["*"]
    versions = {key: entry for key, entry in scope.items() if key != "_aliases"}
    wanted = scope.get("_aliases", {}).get(version, version) or max(versions, key=_version_key)
    if wanted not in versions:
        raise UnknownImage(f"{algorithm} has no version {version!r}", f"one of {', '.join(versions)}")
    repository, registry, *rest = versions[wanted]
    accounts = load_images()["registries"][registry]
    if region not in accounts:
        raise UnknownImage(f"{algorithm} {wanted} has no image in region {region!r}", did_you_mean(region, accounts))
    suffix = next((suffix for prefix, suffix in _SUFFIXES if region.startswith(prefix)), "amazonaws.com")
    return f"{accounts[region]}.dkr.ecr.{region}.{suffix}/{repository}:{_tag(wanted, rest[0] if rest else {})}"


def _tag(version: str, options: dict[str, Any]) -> str:
    parts = [
        options.get("tag_prefix", version),
        *options.get("processors", [])[:1],
        *options.get("py_versions", [])[:1],
    ]
    return "-".join(parts)


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
