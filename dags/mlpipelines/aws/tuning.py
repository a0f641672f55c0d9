"""What SageMaker refuses in tuning jobs beyond their shapes: their limits, their strategy, what their trials are.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning.html and the API reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mlpipelines.aws import job_machines, training
from mlpipelines.aws.parts import Request, Rule, RuleTable, ShapeRuleTable, at, below, entries, listed, number, problem
from mlpipelines.aws.tuning_ranges import combinations, ranges
from mlpipelines.errors import did_you_mean
from mlpipelines.facts.images import is_named_built_in
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

_CONFIG = "HyperParameterTuningJobConfig"
_RESOURCES: RequestPath = (_CONFIG, "ResourceLimits")
_OBJECTIVE: RequestPath = (_CONFIG, "HyperParameterTuningJobObjective")
#: AWS's quotas for one tuning job: trials, those of a random search on request, trials at once, and those on request.
_MOST_JOBS, _MOST_RANDOM_JOBS, _MOST_AT_ONCE, _MOST_AT_ONCE_ON_REQUEST = 750, 10_000, 10, 100
_MOST_SEARCHED = 30
_MOST_HYPERPARAMETERS = 100
_MONTH = 30 * 86400
#: Where Hyperband looks for the most that a trial may use.
_EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")


def definitions(request: Request) -> Iterator[tuple[RequestPath, Request]]:
    """(path, what one kind of trial is) of a tuning job."""
    single = at(request, "TrainingJobDefinition")
    if isinstance(single, dict):
        yield ("TrainingJobDefinition",), single
    for index, definition in entries(request, "TrainingJobDefinitions"):
        if isinstance(definition, dict):
            yield ("TrainingJobDefinitions", index), definition


def trials(request: Request) -> Iterator[ShapeProblem]:
    """What holds for training jobs holds for the trials of a tuning job."""
    for path, definition in definitions(request):
        for rule in _TRIAL_RULES:
            yield from below(path, rule(definition))
    if "TrainingJobDefinition" in request and "TrainingJobDefinitions" in request:
        message = "the trials are defined twice, in TrainingJobDefinition and in TrainingJobDefinitions"
        hint = "write `TrainingJobDefinition: null` beside the list"
        yield problem("SM202", ("TrainingJobDefinitions",), message, hint)


def strategy(request: Request) -> Iterator[ShapeProblem]:
    """The strategy decides what else may be given."""
    config = at(request, _CONFIG) or {}
    name = config.get("Strategy")
    if name == "Hyperband":
        yield from _hyperband(request, config)
    elif "StrategyConfig" in config and not is_template(name):
        message = f"StrategyConfig is for Hyperband, and the strategy is {name}"
        yield problem("SM204", (_CONFIG, "StrategyConfig"), message, "write `strategy: Hyperband`, or leave it out")
    if name == "Grid":
        yield from _grid(request)


def _hyperband(request: Request, config: Request) -> Iterator[ShapeProblem]:
    if config.get("TrainingJobEarlyStoppingType") == "Auto":
        path: RequestPath = (_CONFIG, "TrainingJobEarlyStoppingType")
        yield problem("SM203", path, "Hyperband stops trials itself", "leave `early_stopping` out")
    if "MaxResource" in (at(config, "StrategyConfig", "HyperbandStrategyConfig") or {}):
        return
    static = [at(definition, "StaticHyperParameters") or {} for _, definition in definitions(request)]
    if static and not any(name in given for given in static for name in _EPOCHS):
        message = "Hyperband does not know the most epochs that a trial may take"
        hint = "write them in `hyperparameters` (epochs), or MaxResource in `request:`"
        yield problem("SM219", (_CONFIG, "Strategy"), message, hint)


def _grid(request: Request) -> Iterator[ShapeProblem]:
    """A grid is searched completely: all ranges are lists, and there are as many jobs as combinations."""
    numeric = False
    for path, found in ranges(request):
        for member in ("IntegerParameterRanges", "ContinuousParameterRanges"):
            for index, _ in enumerate(listed(found, member)):
                numeric = True
                message = "a grid is searched over lists of values"
                yield problem("SM206", (*path, member, index), message, "write {categorical: [...]}")
    size, jobs = combinations(request), number(request, *_RESOURCES, "MaxNumberOfTrainingJobs")
    if not numeric and size is not None and jobs is not None and jobs != size:
        message = f"the grid has {size} combinations, and {jobs} jobs are to try them"
        yield problem("SM222", (*_RESOURCES, "MaxNumberOfTrainingJobs"), message, f"write max_jobs: {size}")


def limits(request: Request) -> Iterator[ShapeProblem]:
    """How many trials there may be, at once and in all, and for how long."""
    given = at(request, *_RESOURCES) or {}
    name = at(request, _CONFIG, "Strategy")
    jobs, at_once = number(given, "MaxNumberOfTrainingJobs"), number(given, "MaxParallelTrainingJobs")
    if jobs is not None and at_once is not None and at_once > jobs:
        message = f"{at_once} jobs cannot run at once when there are {jobs}"
        yield problem("SM221", (*_RESOURCES, "MaxParallelTrainingJobs"), message)
    elif at_once is not None and at_once > _MOST_AT_ONCE:
        ask = "ask AWS for a larger quota" if at_once <= _MOST_AT_ONCE_ON_REQUEST else "100 is the most"
        message = f"an account may run {_MOST_AT_ONCE} trials of a tuning job at once, and these are {at_once}"
        yield problem(
            "SM210", (*_RESOURCES, "MaxParallelTrainingJobs"), message, f"{ask}, or lower `max_parallel_jobs`"
        )
    if jobs is not None and jobs > _MOST_JOBS:
        ask = "ask AWS for a larger quota, or lower" if name == "Random" and jobs <= _MOST_RANDOM_JOBS else "lower"
        message = f"an account may try {_MOST_JOBS} jobs in a search, and these are {jobs}"
        yield problem("SM211", (*_RESOURCES, "MaxNumberOfTrainingJobs"), message, f"{ask} `max_jobs`")
    elif name != "Grid" and jobs is not None and (size := combinations(request)) is not None and size < jobs:
        message = f"there are {size} combinations to try, and {jobs} jobs are to try them"
        yield problem("SM223", (*_RESOURCES, "MaxNumberOfTrainingJobs"), message, f"write max_jobs: {size} at most")
    if (longest := number(given, "MaxRuntimeInSeconds")) is not None and longest > _MONTH:
        message = f"a search ends after 30 days, and this may take {math.ceil(longest / 86400)}"
        yield problem("SM217", (*_RESOURCES, "MaxRuntimeInSeconds"), message, "write `max_tuning_runtime: 30d` at most")


def hyperparameters(request: Request) -> Iterator[ShapeProblem]:
    """A hyperparameter is searched or given, and there are not too many."""
    searched: dict[Any, None] = {}
    for path, found in ranges(request):
        names: dict[Any, None] = {item.get("Name"): None for member in _SEARCHED for _, item in entries(found, member)}
        if len(names) > _MOST_SEARCHED:
            message = f"{len(names)} hyperparameters are searched, and AWS searches {_MOST_SEARCHED} at most"
            yield problem("SM205", path, message, "give the others in `hyperparameters`")
        searched |= names
    for path, definition in definitions(request):
        own = at(definition, "HyperParameterRanges")
        names = searched if own is None else {i.get("Name"): None for m in _SEARCHED for _, i in entries(own, m)}
        static = at(definition, "StaticHyperParameters") or {}
        for name in names:
            if name in static:
                message = f"the hyperparameter {name!r} is searched in `ranges`, and given here as well"
                yield problem("SM216", (*path, "StaticHyperParameters", name), message, "take it away in one place")
        if len(static) + len(names) >= _MOST_HYPERPARAMETERS:
            message = f"{len(static)} hyperparameters are given and {len(names)} searched, and AWS adds one of its own"
            hint = f"a training job has {_MOST_HYPERPARAMETERS} at most: leave some out"
            yield problem("SM218", (*path, "StaticHyperParameters"), message, hint)


_SEARCHED = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")


def objective(request: Request) -> Iterator[ShapeProblem]:
    """The metric of an image of one's own must be one of those that are read from its log."""
    common = at(request, *_OBJECTIVE, "MetricName")
    for path, definition in definitions(request):
        own = at(definition, "TuningObjective", "MetricName")
        metric, place = (common, _OBJECTIVE) if own is None else (own, (*path, "TuningObjective"))
        spec = at(definition, "AlgorithmSpecification") or {}
        image = at(spec, "TrainingImage")
        if metric is None or not isinstance(image, str) or is_named_built_in(image):
            continue
        names = [at(definition, "Name") for definition in listed(spec, "MetricDefinitions")]
        if metric not in names and None not in names and not is_template(spec.get("MetricDefinitions")):
            hint = did_you_mean(metric, names) or "write `metrics:` {" + f"{metric!r}: <regular expression>" + "}"
            message = f"the metric {metric!r} is not one of `metrics`, which are read from the job's log"
            yield problem("SM213", (*place, "MetricName"), message, hint)


_TRIAL_RULES: tuple[Rule, ...] = (*training.JOB_RULES, *job_machines.JOB_RULES, job_machines.trial_machines)
RULES: RuleTable = {
    "CreateHyperParameterTuningJob": (trials, strategy, limits, hyperparameters, objective),
}
SHAPE_RULES: ShapeRuleTable = {
    ("length", "HyperParameterTuningJobName"): ("SM201", "without `name` one is made that is short enough"),
    ("length", "ParameterValues"): ("SM209", "leave some out, or search numbers as `integer` or `continuous`"),
    **{
        ("length", shape): ("SM205", "give the others in `hyperparameters`")
        for shape in ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
    },
}
