"""A request for training or tuning -> the jobs in it that run one of SageMaker's built-in algorithms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mlpipelines.aws.parts import Request, at, given, listed
from mlpipelines.facts.algorithms import Facts, algorithm_facts
from mlpipelines.facts.images import BuiltIn, algorithm_of
from mlpipelines.facts.shapes import RequestPath, is_template

#: Hyperparameters with which an image runs a script, which reads whatever hyperparameters it likes.
_SCRIPT = ("sagemaker_program", "sagemaker_submit_directory")
#: Versions of XGBoost whose checks could not be read.
_OLD_XGBOOST = ("1", "0.90-1", "0.90-2", "1.0-1")
_JUMPSTART = re.compile(
    r"s3://jumpstart-[a-z0-9-]+/source-directory-tarballs/(lightgbm|catboost|tabtransformer|autogluon)/"
)
_KINDS = {
    "IntegerParameterRanges": "integer",
    "ContinuousParameterRanges": "continuous",
    "CategoricalParameterRanges": "categorical",
    "AutoParameters": "automatic",
}


@dataclass(frozen=True)
class Tuned:
    """A hyperparameter that is searched, where its range stands in the request."""

    kind: str
    path: RequestPath
    range: Request


@dataclass(frozen=True)
class Job:
    """A training job, or the trials of a tuning job. Values are what Airflow sends: texts, templates among them."""

    algorithm: str
    version: str | None
    facts: Facts
    definition: Request
    path: RequestPath
    """Where the definition stands in the request."""
    field: str
    """The member of the definition that holds the hyperparameters."""
    tuned: Mapping[str, Tuned]
    automatic: bool = False
    """Whether AWS chooses hyperparameters that are not given, or the run does."""

    @cached_property
    def static(self) -> Mapping[str, Any]:
        given = at(self.definition, self.field)
        return given if isinstance(given, Mapping) else {}

    @cached_property
    def complete(self) -> bool:
        """Whether every hyperparameter's name is known before the run."""
        given = self.definition.get(self.field)
        return not is_template(given) and not any(is_template(name) for name in self.static)

    def has(self, name: str) -> bool:
        return name in self.static or name in self.tuned

    def text(self, name: str) -> str | None:
        """The value of a hyperparameter; None: it is not given, searched, or known only at run time."""
        value = self.static.get(name)
        return value if isinstance(value, str) and not is_template(value) else None

    def place(self, name: str) -> RequestPath:
        """Where a hyperparameter is given, or would be."""
        if name in self.tuned:
            return self.tuned[name].path
        return (*self.path, self.field, *([name] if name in self.static else []))

    @cached_property
    def doubtful(self) -> bool:
        """Whether nothing that is known about this algorithm or version could be confirmed."""
        old = self.algorithm == "xgboost" and self.version in _OLD_XGBOOST
        return old or bool(self.facts.get("doubtful"))


def training_job(request: Request) -> Iterator[Job]:
    yield from _job(request, (), "HyperParameters", {}, automatic=False)


def trials(request: Request) -> Iterator[Job]:
    """The trials of a tuning job, of each of its definitions."""
    config = at(request, "HyperParameterTuningJobConfig")
    ranges = _tuned(at(config, "ParameterRanges"), ("HyperParameterTuningJobConfig", "ParameterRanges"))
    automatic = isinstance(request.get("Autotune"), Mapping) or _is_open(
        given(request, "HyperParameterTuningJobConfig", "ParameterRanges", default={})
    )
    single = at(request, "TrainingJobDefinition")
    if isinstance(single, Mapping):
        yield from _job(single, ("TrainingJobDefinition",), "StaticHyperParameters", ranges, automatic=automatic)
    for index, definition in enumerate(listed(request, "TrainingJobDefinitions")):
        path: RequestPath = ("TrainingJobDefinitions", index)
        own = _tuned(at(definition, "HyperParameterRanges"), (*path, "HyperParameterRanges"))
        yield from _job(definition, path, "StaticHyperParameters", own or ranges, automatic=automatic)


def _job(
    definition: Request, path: RequestPath, field: str, tuned: Mapping[str, Tuned], *, automatic: bool
) -> Iterator[Job]:
    specification = at(definition, "AlgorithmSpecification")
    image = at(specification, "TrainingImage")
    built_in = algorithm_of(image) if isinstance(image, str) else None
    values = at(definition, field) or {}
    if any(name in values for name in _SCRIPT):
        built_in = _jumpstart(values)
    if built_in is None or is_template(definition.get(field)) or "ContainerEntrypoint" in (specification or {}):
        return
    facts = algorithm_facts(built_in.algorithm)
    if facts is not None and not (built_in.algorithm == "xgboost" and _has_code(definition)):
        version = built_in.version or ("1" if isinstance(image, str) and "/xgboost" in image else None)
        yield Job(built_in.algorithm, version, facts, definition, path, field, tuned, automatic)


def _jumpstart(given: Mapping[str, Any]) -> BuiltIn | None:
    """The algorithm of AWS's whose script is to run, if it is one of those."""
    found = _JUMPSTART.match(str(given.get("sagemaker_submit_directory", "")))
    return BuiltIn({"autogluon": "autogluon-tabular"}.get(found[1], found[1]), None) if found else None


def _has_code(definition: Request) -> bool:
    """Whether a script comes as a channel of its own."""
    return any(at(channel, "ChannelName") == "code" for channel in listed(definition, "InputDataConfig"))


def _is_open(ranges: Any) -> bool:
    """Whether some of what is searched is known only at run time."""
    if not isinstance(ranges, Mapping):
        return True
    members = [given(ranges, member, default=[]) for member in _KINDS]
    return None in members or any(at(each, "Name") is None for member in members for each in member)


def _tuned(ranges: Any, path: RequestPath) -> dict[str, Tuned]:
    """{hyperparameter: how it is searched}"""
    if not isinstance(ranges, Mapping):
        return {}
    found: dict[str, Tuned] = {}
    for member, kind in _KINDS.items():
        for index, each in enumerate(listed(ranges, member)):
            name = at(each, "Name")
            if isinstance(name, str):
                found[name] = Tuned(kind, (*path, member, index), each)
    return found
