"""sagemaker-core's image configurations -> the tables of AWS's container images.

`images.json`, of built-in algorithms, is read by every `validate` and kept small:

    algorithms    {algorithm: {scope: {version: [repository, index of its registries, what its tag is made of]}}}
    registries    [{region: account}]

`repositories.json`, of all that AWS provides:

    repositories  {repository: index of its registries}
    registries    [{region: account, or several with blanks between them}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: What `algorithm:` can name: those that train, and serve what they have trained.
BUILT_IN = (
    "blazingtext", "factorization-machines", "forecasting-deepar", "image-classification", "ipinsights", "kmeans",
    "knn", "lda", "linear-learner", "ntm", "object-detection", "object2vec", "pca", "randomcutforest",
    "semantic-segmentation", "seq2seq", "xgboost",
)  # fmt: skip
_TAG_OPTIONS = ("tag_prefix", "processors", "py_versions")


def image_table(configurations: Mapping[str, Any]) -> dict[str, Any]:
    """`configurations` are the files of `image_uri_config`, by their names without `.json`."""
    registries: list[dict[str, str]] = []
    algorithms = {name: _algorithm(configurations[name], registries) for name in BUILT_IN if name in configurations}
    return {"algorithms": algorithms, "registries": registries}


def repository_table(configurations: Mapping[str, Any]) -> dict[str, Any]:
    """The same for all repositories, whatever the version of what they hold."""
    accounts: dict[str, dict[str, set[str]]] = {}
    for _, configuration in sorted(configurations.items()):
        for entry in _entries(configuration):
            regions = accounts.setdefault(entry["repository"], {})
            for region, account in entry["registries"].items():
                regions.setdefault(region, set()).add(account)
    registries: list[dict[str, str]] = []
    repositories = {}
    for repository, regions in sorted(accounts.items()):
        by_region = {region: " ".join(sorted(found)) for region, found in sorted(regions.items())}
        repositories[repository] = _index(by_region, registries)
    return {"repositories": repositories, "registries": registries}


def _algorithm(configuration: Mapping[str, Any], registries: list[dict[str, str]]) -> dict[str, Any]:
    if "versions" in configuration:
        return {"*": _scope(configuration, registries), "_scope": configuration["scope"]}
    return {name: _scope(scope, registries) for name, scope in configuration.items()}


def _scope(scope: Mapping[str, Any], registries: list[dict[str, str]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for version, entry in scope["versions"].items():
        options = {name: entry[name] for name in _TAG_OPTIONS if entry.get(name)}
        image = [entry["repository"], _index(entry["registries"], registries)]
        result[version] = [*image, options] if options else image
    return {**result, "_aliases": scope["version_aliases"]} if scope.get("version_aliases") else result


def _index(accounts: dict[str, str], registries: list[dict[str, str]]) -> int:
    """Where these accounts stand in the list; they are added when they are new to it."""
    if accounts not in registries:
        registries.append(accounts)
    return registries.index(accounts)


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    """Everything that tells of one image, however deep it lies: by scope, by version, by version of a framework."""
    if isinstance(value, Mapping):
        if "registries" in value and "repository" in value:
            yield dict(value)
        else:
            for child in value.values():
                yield from _entries(child)
