"""A step's output prefix and its parts -> the S3 address of every file it writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mlpipelines.errors import StepError, did_you_mean
from mlpipelines.runtime.storage import split_uri

# Keys of the summary, which stands beside the outputs in one mapping.
RESERVED = ("rows", "feature_count", "columns", "target", "classes", "classes_uri", "counts", "sha256", "bytes")

# Files that stand below the same prefix as the outputs.
BESIDE = ("classes.json", "summary.json")


def output_uris(output: str, parts: Sequence[str], labelled: bool, files: Mapping[str, str]) -> dict[str, str]:
    """Output name -> address. Without labels a part and its features are the same object unless `files` parts them."""
    bucket, prefix = split_uri(output, "output")
    endings = ("", "_features", "_labels") if labelled else ("", "_features")
    names = [f"{part}{ending}" for part in parts for ending in endings]
    _require_usable(parts, names)
    for name in files:
        if name not in names:
            hint = did_you_mean(name, names) or f"the outputs are {', '.join(names)}"
            raise StepError(f"`files` names {name!r}, and there is no such output; {hint}")
    base = "/".join(filter(None, (f"s3://{bucket}", prefix)))
    uris = {name: f"{base}/{_file(files.get(name, f'{name}.csv'))}" for name in names}
    if not labelled:
        uris |= {f"{part}_features": uris[part] for part in parts if f"{part}_features" not in files}
    _refuse_same(uris, labelled)
    _refuse_prefixes(uris, base)
    return uris


def _require_usable(parts: Sequence[str], names: Sequence[str]) -> None:
    for part in parts:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", part) or part in RESERVED:
            raise StepError(
                f"`split` names a part {part!r}; use letters, digits and _, and none of {', '.join(RESERVED)}"
            )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise StepError(f"`split`: two parts would both write {twice[0]!r}; rename one of them")


def _file(name: str) -> str:
    if not name or name.startswith("/") or ".." in name.split("/") or name in BESIDE:
        raise StepError(f"`files`: {name!r} is not usable; write a name below the step's own folder, such as train.csv")
    return name


def _refuse_same(uris: Mapping[str, str], labelled: bool) -> None:
    seen: dict[str, str] = {}
    for name, uri in uris.items():
        other = seen.setdefault(uri, name)
        if other != name and (labelled or name != f"{other}_features"):
            raise StepError(f"`files`: {other!r} and {name!r} would both be written to {uri}; rename one of them")


def _refuse_prefixes(uris: Mapping[str, str], base: str) -> None:
    """A channel reads every object whose address begins with its own (S3DataType: S3Prefix)."""
    others = {
        **{uri: f"the output {name!r}" for name, uri in uris.items()},
        **{f"{base}/{name}": name for name in BESIDE},
    }
    for name, uri in uris.items():
        for other, owner in others.items():
            if other != uri and other.startswith(uri):
                raise StepError(
                    f"`files`: the address of {name!r} ({uri}) begins that of {owner} ({other}), and a job that reads "
                    f"the one would read both; give {name!r} an ending, such as {name}.csv"
                )
