"""Regenerates the data files beside it: `make facts`, or `python -m mlpipelines.facts.generate`.

Request shapes and instance types come from botocore's own service model (a development dependency), images from what
sagemaker-core brings. That is not a dependency: `make facts` puts the newest into build/ for the occasion, and where it
is missing the images stay as they are. The versions are kept in the files and shown by `mlpipelines --version`.
"""

from __future__ import annotations

import gzip
import importlib
import json
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from mlpipelines.facts.image_table import BUILT_IN, image_table, repository_table

#: The SageMaker actions that pipelines and the embedded SageMaker use.
ACTIONS = re.compile(
    r"(Create|Update|Stop|Start|Delete|Describe)"
    r"(TrainingJob|TransformJob|ProcessingJob|HyperParameterTuningJob|Model|EndpointConfig|Endpoint|ModelPackage|ModelPackageGroup"
    r"|AutoMLJob|AutoMLJobV2|PipelineExecution|NotebookInstance|Experiment|Trial)"
    r"|List(TrainingJobsForHyperParameterTuningJob|HyperParameterTuningJobs)"
    r"|UpdateEndpointWeightsAndCapacities|ListEndpoints|ListEndpointConfigs"
)
#: Kinds of shapes, one letter each: the table is loaded by every `validate`, so it is kept small.
KINDS = {
    "structure": "o",
    "map": "m",
    "list": "a",
    "string": "s",
    "integer": "i",
    "long": "i",
    "float": "f",
    "double": "f",
    "boolean": "b",
}
HERE = Path(__file__).parent


def main() -> None:
    model, version = load_service_model()
    table = {"botocore": version, **compact(model)}
    _write("shapes.json", table)
    print(f"shapes.json: {len(table['shapes'])} shapes of {len(table['actions'])} actions from botocore {version}")
    try:
        configurations, version = load_image_configurations()
    except PackageNotFoundError:
        print("images.json, repositories.json: left as they are, sagemaker-core is not installed (see `make facts`)")
        return
    source = {"source": f"sagemaker-core {version} image_uri_config (Apache-2.0)"}
    if lost := [name for name in BUILT_IN if name not in configurations]:
        sys.exit(f"sagemaker-core {version} tells nothing of {', '.join(lost)}: its files have moved")
    repositories = repository_table(configurations)
    _write("images.json", {**image_table(configurations), **source})
    _write("repositories.json", {**repositories, **source})
    found = len(repositories["repositories"])
    told = f"{len(BUILT_IN)} algorithms, {found} repositories from sagemaker-core {version}"
    print(f"images.json, repositories.json: {told}")


def _write(name: str, table: dict[str, Any]) -> None:
    (HERE / name).write_text(json.dumps(table, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def load_image_configurations() -> tuple[dict[str, Any], str]:
    """({name of a configuration: what it holds}, version of sagemaker-core). Raises PackageNotFoundError."""
    package = distribution("sagemaker-core")
    folder = Path(str(package.locate_file("sagemaker/core/image_uri_config")))
    files = sorted(folder.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}, package.version


def load_service_model() -> tuple[dict[str, Any], str]:
    botocore = importlib.import_module("botocore")
    root = Path(str(botocore.__file__)).parent
    with gzip.open(root / "data/sagemaker/2017-07-24/service-2.json.gz") as file:
        return json.load(file), str(botocore.__version__)


def compact(model: dict[str, Any]) -> dict[str, Any]:
    """{"actions": {action: shape name}, "shapes": {name: shape}}; see `shapes.py` for the letters."""
    shapes: dict[str, Any] = {}
    actions: dict[str, str] = {}
    for action, operation in sorted(model["operations"].items()):
        if ACTIONS.fullmatch(action) and "input" in operation:
            actions[action] = operation["input"]["shape"]
            _add(model["shapes"], actions[action], shapes)
    return {"actions": actions, "shapes": shapes}


def _add(model: dict[str, Any], name: str, shapes: dict[str, Any]) -> None:
    if name in shapes:
        return
    source = model[name]
    shape = shapes[name] = {"t": KINDS.get(source["type"], "*")}
    if source["type"] == "structure":
        shape["p"] = {member: spec["shape"] for member, spec in source["members"].items()}
        tokens = {member for member, spec in source["members"].items() if spec.get("idempotencyToken")}
        required = [member for member in source.get("required", ()) if member not in tokens]  # botocore fills them in
        _keep(shape, r=required or None, u=1 if source.get("union") else None)
        children = list(shape["p"].values())
    elif source["type"] == "list":
        shape["c"] = source["member"]["shape"]
        children = [shape["c"]]
    elif source["type"] == "map":
        shape |= {"k": source["key"]["shape"], "c": source["value"]["shape"]}
        children = [shape["k"], shape["c"]]
    else:
        children = []
    _keep(shape, e=source.get("enum"), n=source.get("min") or None, M=source.get("max"))
    if "pattern" in source and "enum" not in source:
        _keep(shape, x=python_pattern(source["pattern"]))
    for child in children:
        _add(model, child, shapes)


def _keep(shape: dict[str, Any], **values: Any) -> None:
    shape.update({key: value for key, value in values.items() if value is not None})


def python_pattern(pattern: str) -> str | None:
    """AWS's pattern (Java, matches the whole text) for `re.fullmatch`; None when it says nothing.

    Some patterns of the model are not valid for Python: they are widened, never narrowed, so that no legal value
    is refused (a quantified `$`, POSIX classes, UTF-16 surrogates).
    """
    if pattern in (".*", "[\\s\\S]*"):
        return None
    if "\\uD800" in pattern:
        pattern = "[\\u0020-\\uFFFD\\t]*"
    pattern = re.sub(r"\$\{\d+,\d+\}", "", pattern)
    pattern = pattern.replace(r"\p{Alnum}", "a-zA-Z0-9").replace(r"\_", "_")
    pattern = re.sub(r"^\^|\$$", "", pattern)
    pattern = pattern.replace(r"[\p{L}\p{Z}\p{N}", r"[\w\s")
    pattern = re.sub(r"\[[^\]]*\\p\{[^\]]*\]", r"[^\\x00-\\x08\\x0b-\\x1f]", pattern)
    try:
        re.compile(pattern)
    except re.error as error:
        print(f"pattern left out: {pattern!r}: {error}", file=sys.stderr)
        return None
    return pattern


if __name__ == "__main__":
    main()
