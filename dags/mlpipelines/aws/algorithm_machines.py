"""A training job of a built-in algorithm -> what is wrong with the machines that it asks for.

https://docs.aws.amazon.com/sagemaker/latest/dg/common-info-all-im-models.html and the pages of the algorithms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.aws.machines import kind_of
from mlpipelines.aws.parts import Found, Request, RuleTable, at, below, listed, number, problem
from mlpipelines.facts.images import BuiltIn, algorithm_of
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

#: What each algorithm trains on where it does not train on everything: (kind of machine, on one alone).
_NEEDS: Mapping[str, tuple[str, bool]] = {
    "image-classification": ("GPU", False),
    "lda": ("CPU", True),
    "object-detection": ("GPU", False),
    "object2vec": ("", True),
    "semantic-segmentation": ("GPU", True),
    "seq2seq": ("GPU", True),
}
_CPU_VERSIONS = frozenset({"1", "0.90-1", "0.90-2", "1.0-1"})


def algorithm_machines(job: Request) -> Iterator[ShapeProblem]:
    """The machines of a training job are such as its algorithm can train on."""
    image = at(job, "AlgorithmSpecification", "TrainingImage")
    built_in = algorithm_of(image) if isinstance(image, str) else None
    if built_in is None:
        return
    resources = at(job, "ResourceConfig") or {}
    for path, name in _machines(resources):
        if found := _unfit(built_in, kind_of(name), job):
            rule, message, hint = found
            yield problem(rule, ("ResourceConfig", *path), message, hint)
    if _alone(built_in.algorithm, job):
        yield from below(("ResourceConfig",), _several(built_in.algorithm, resources))


def _machines(resources: Any) -> Iterator[tuple[RequestPath, str]]:
    places: list[tuple[RequestPath, Any]] = [(("InstanceType",), at(resources, "InstanceType"))]
    for index, group in enumerate(listed(resources, "InstanceGroups")):
        places.append((("InstanceGroups", index, "InstanceType"), at(group, "InstanceType")))
    return ((path, name) for path, name in places if isinstance(name, str) and not is_template(name))


def _unfit(built_in: BuiltIn, kind: str, job: Request) -> Found | None:
    """What is wrong with training this on a machine of that kind; an empty kind is one that we know nothing of."""
    algorithm, version = built_in
    needed = _NEEDS.get(algorithm, ("", False))[0]
    if kind and needed and kind != needed:
        hint = "take an instance type such as ml.g5.xlarge" if needed == "GPU" else "take one such as ml.m5.xlarge"
        return "SM815", f"{algorithm} trains on {needed} machines only", hint
    if kind != "GPU":
        return None
    if algorithm == "xgboost" and version in _CPU_VERSIONS:
        hint = "take a newer version, or an instance type without GPU"
        return "SM805", f"XGBoost {version} trains on the CPU alone", hint
    if algorithm == "blazingtext" and _mode(job) == "batch_skipgram":
        message = "BlazingText trains on CPU machines only in its mode batch_skipgram"
        return "SM815", message, "take an instance type such as ml.c5.xlarge"
    if algorithm == "randomcutforest":
        return "SM816", "Random Cut Forest makes no use of a GPU", "take an instance type such as ml.m5.xlarge"
    return None


def _alone(algorithm: str, job: Request) -> bool:
    """Whether an algorithm trains on a single machine only."""
    if algorithm == "blazingtext":
        return _mode(job) in ("cbow", "skipgram", "supervised")
    return _NEEDS.get(algorithm, ("", False))[1]


def _mode(job: Request) -> Any:
    return at(job, "HyperParameters", "mode") or at(job, "StaticHyperParameters", "mode")


def _several(algorithm: str, resources: Request) -> Iterator[ShapeProblem]:
    message, hint = f"{algorithm} trains on one machine only", "write `instance_count: 1`, and a larger `instance_type`"
    if (number(resources, "InstanceCount") or 1) > 1:
        yield problem("SM815", ("InstanceCount",), message, hint)
    elif len(listed(resources, "InstanceGroups")) > 1:
        yield problem("SM815", ("InstanceGroups",), message, hint)


def trial_machines(request: Request) -> Iterator[ShapeProblem]:
    """What holds for training jobs holds for the trials of a tuning job."""
    yield from below(("TrainingJobDefinition",), algorithm_machines(at(request, "TrainingJobDefinition") or {}))
    for index, each in enumerate(listed(request, "TrainingJobDefinitions")):
        yield from below(("TrainingJobDefinitions", index), algorithm_machines(each))


RULES: RuleTable = {
    "CreateTrainingJob": (algorithm_machines,),
    "CreateHyperParameterTuningJob": (trial_machines,),
}
