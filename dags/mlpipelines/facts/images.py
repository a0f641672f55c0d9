"""Algorithm, version and region -> the URI of the container image that AWS provides for it (`images.json`)."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from mlpipelines.errors import did_you_mean
from mlpipelines.facts.repositories import known_regions, nearest_region

#: How the hosts of AWS's registries end, by what the names of their regions begin with; else amazonaws.com.
SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
)
_URI = re.compile(r"([0-9]{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.]+/([^:@{}]+)(?::([^@{}]+))?(?:@.+)?")


class BuiltIn(NamedTuple):
    """A built-in algorithm of AWS's; `version` is None where the image's tag is not one of those that are known."""

    algorithm: str
    version: str | None


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


def known_versions(algorithm: str) -> list[str]:
    """The versions of an algorithm's image for training, oldest first."""
    scopes = load_images()["algorithms"][algorithm]
    return sorted((scopes.get("training") or scopes["*"]).keys() - {"_aliases"}, key=_version_key)


@lru_cache(maxsize=1024)
def algorithm_of(image: str) -> BuiltIn | None:
    """The built-in algorithm that an image URI stands for; None: it is an image of one's own, or not known yet."""
    found = _URI.fullmatch(image)
    algorithm, versions = _built_in().get((found[1], found[3]), (None, {})) if found else (None, {})
    if found is None or algorithm is None:
        return None
    tag = found[4] or ""
    longest_first = sorted(versions, key=len, reverse=True)
    name = next((known for known in longest_first if tag == known or tag.startswith(f"{known}-")), "")
    return BuiltIn(algorithm, versions.get(name))


def is_named_built_in(image: str) -> bool:
    """Whether an image is called like that of a built-in algorithm, whatever account it lies in."""
    return image.rpartition("/")[2].partition(":")[0].partition("@")[0] in _repositories()


@cache
def _repositories() -> frozenset[str]:
    return frozenset(repository for _, repository in _built_in())


@cache
def _built_in() -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
    """{(account, repository): (algorithm, {what its tags begin with: version})}"""
    images = load_images()
    result: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
    for algorithm, scopes in images["algorithms"].items():
        for scope in (scope for scope in scopes.values() if isinstance(scope, dict)):
            aliases = scope.get("_aliases", {})
            for version, (repository, registry, *rest) in ((v, e) for v, e in scope.items() if v != "_aliases"):
                tag = rest[0].get("tag_prefix", version) if rest else version
                tags = (tag, *(alias for alias, meant in aliases.items() if meant == version))
                for account in images["registries"][registry].values():
                    known = result.setdefault((account, repository), (algorithm, {}))[1]
                    known |= dict.fromkeys(tags, version)
    return result


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
        raise UnknownImage(f"{algorithm} has no version {version!r}", _versions_hint(str(version), versions))
    repository, registry, *rest = versions[wanted]
    accounts = load_images()["registries"][registry]
    if region not in accounts:
        near = nearest_region(region, accounts)
        known = region in known_regions()
        hint = (f"there is one in {near}" if known else f"did you mean {near!r}?") if near else ""
        raise UnknownImage(f"{algorithm} {wanted} has no image in region {region!r}", hint)
    suffix = next((suffix for prefix, suffix in SUFFIXES if region.startswith(prefix)), "amazonaws.com")
    return f"{accounts[region]}.dkr.ecr.{region}.{suffix}/{repository}:{_tag(wanted, rest[0] if rest else {})}"


def _versions_hint(version: str, versions: dict[str, Any]) -> str:
    newest = sorted(versions, key=_version_key, reverse=True)
    near = did_you_mean(version, newest)
    return near or (f"the newest are {', '.join(newest[:3])}" if len(newest) > 1 else f"there is only {newest[0]}")


def _tag(version: str, options: dict[str, Any]) -> str:
    parts = [
        options.get("tag_prefix", version),
        *options.get("processors", [])[:1],
        *options.get("py_versions", [])[:1],
    ]
    return "-".join(parts)


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
