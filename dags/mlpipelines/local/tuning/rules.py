"""What AWS refuses in a CreateHyperParameterTuningJob request beyond its shape, as sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.local.tuning.space import make_space

Request = Mapping[str, Any]
KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges", "AutoParameters")
MAX_RANGES = 30
MAX_TRIALS, MAX_RANDOM_TRIALS, MAX_PARALLEL = 750, 10_000, 100
#: The largest MaxResource of Hyperband, and the static hyperparameters from which it is taken when it is not given.
MAX_EPOCHS = 20_000
EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")


def tuning_rules(request: Request) -> Iterator[str]:
    config = request["HyperParameterTuningJobConfig"]
    given = [member for member in ("TrainingJobDefinition", "TrainingJobDefinitions") if request.get(member)]
    if len(given) != 1:
        yield "Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be given"
        return
    problems = [*(_single(request, config) if given == ["TrainingJobDefinition"] else _several(request, config))]
    yield from problems
    if problems:
        return
    yield from _limits(config)
    yield from _strategy(request, config)
    problems = [problem for ranges, one in searched(request) for problem in _ranges(ranges, one, request)]
    yield from problems or _combinations(request, config)


def searched(request: Request) -> list[tuple[Request, Request]]:
    """Each definition and its ranges."""
    if single := request.get("TrainingJobDefinition"):
        config = request["HyperParameterTuningJobConfig"]
        return [(config.get("ParameterRanges") or single.get("HyperParameterRanges") or {}, single)]
    return [(item["HyperParameterRanges"], item) for item in request["TrainingJobDefinitions"]]


def epochs(request: Request) -> int | None:
    """Hyperband's MaxResource."""
    config = request["HyperParameterTuningJobConfig"].get("StrategyConfig") or {}
    if most := (config.get("HyperbandStrategyConfig") or {}).get("MaxResource"):
        return int(most)
    found = [
        int(definition["StaticHyperParameters"][name])
        for _, definition in searched(request)
        for name in EPOCHS
        if (definition.get("StaticHyperParameters") or {}).get(name, "").isdecimal()
    ]
    return max(found, default=None)


def _single(request: Request, config: Request) -> Iterator[str]:
    definition = request["TrainingJobDefinition"]
    if not config.get("HyperParameterTuningJobObjective") and not definition.get("TuningObjective"):
        yield "HyperParameterTuningJobObjective is required in HyperParameterTuningJobConfig with TrainingJobDefinition"
    for member, other in (
        ("HyperParameterTuningJobObjective", "TuningObjective"),
        ("ParameterRanges", "HyperParameterRanges"),
    ):
        if config.get(member) and definition.get(other):
            yield f"Give either {member} in HyperParameterTuningJobConfig or {other} in TrainingJobDefinition, not both"


def _several(request: Request, config: Request) -> Iterator[str]:
    for member in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        if config.get(member):
            yield f"{member} can't be in HyperParameterTuningJobConfig with TrainingJobDefinitions; each has its own"
    for number, definition in enumerate(request["TrainingJobDefinitions"], 1):
        for member in ("DefinitionName", "TuningObjective", "HyperParameterRanges"):
            if not definition.get(member):
                yield f"{member} is required in each of TrainingJobDefinitions, and is missing in number {number}"
    names = Counter(definition.get("DefinitionName") for definition in request["TrainingJobDefinitions"])
    for name in [name for name, count in names.items() if name and count > 1]:
        yield f"DefinitionName must be unique in TrainingJobDefinitions, but {name!r} is there more than once"
    types = {(item.get("TuningObjective") or {}).get("Type") for item in request["TrainingJobDefinitions"]}
    if len(types) > 1:
        yield "The TuningObjective of all TrainingJobDefinitions must have the same Type, or no trial is the best"


def _limits(config: Request) -> Iterator[str]:
    limits = config["ResourceLimits"]
    trials, parallel = limits.get("MaxNumberOfTrainingJobs"), limits["MaxParallelTrainingJobs"]
    most = MAX_RANDOM_TRIALS if config["Strategy"] == "Random" else MAX_TRIALS
    if trials is not None and parallel > trials:
        yield f"MaxParallelTrainingJobs ({parallel}) must not be greater than MaxNumberOfTrainingJobs ({trials})"
    if trials is not None and trials > most:
        yield f"MaxNumberOfTrainingJobs ({trials}) must not be greater than {most}"
    if parallel > MAX_PARALLEL:
        yield f"MaxParallelTrainingJobs ({parallel}) must not be greater than {MAX_PARALLEL}"
    ends = limits.get("MaxRuntimeInSeconds") or config.get("TuningJobCompletionCriteria")
    if trials is None and config["Strategy"] != "Grid" and not ends:
        yield "MaxNumberOfTrainingJobs is required in ResourceLimits, unless there is MaxRuntimeInSeconds or criteria"


def _strategy(request: Request, config: Request) -> Iterator[str]:
    strategy, stopping = config["Strategy"], config.get("TrainingJobEarlyStoppingType", "Off")
    if config.get("StrategyConfig") and strategy != "Hyperband":
        yield "StrategyConfig can be given only if Strategy is Hyperband"
    if strategy == "Hyperband":
        if stopping != "Off":
            yield "TrainingJobEarlyStoppingType must be Off to use the Hyperband strategy"
        yield from _hyperband(request, config)
    if strategy == "Grid":
        kinds = [kind for ranges, _ in searched(request) for kind in KINDS if ranges.get(kind)]
        if other := sorted(set(kinds) - {"CategoricalParameterRanges"}):
            yield f"The Grid strategy takes CategoricalParameterRanges only, and there are {', '.join(other)}"
            return
        size = sum(make_space(ranges).grid_size for ranges, _ in searched(request))
        trials = config["ResourceLimits"].get("MaxNumberOfTrainingJobs", size)
        if trials != size:
            yield (
                f"MaxNumberOfTrainingJobs ({trials}) must be the number of combinations of the grid ({size}), or be "
                "left out"
            )
        if size > MAX_TRIALS:
            yield f"The grid has {size} combinations, and a tuning job runs {MAX_TRIALS} training jobs at the most"


def _hyperband(request: Request, config: Request) -> Iterator[str]:
    hyperband = (config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig") or {}
    least, most = hyperband.get("MinResource", 1), epochs(request)
    if most is None:
        yield (
            "MaxResource is required in HyperbandStrategyConfig, for it can't be inferred: none of "
            f"{', '.join(EPOCHS)} is in StaticHyperParameters"
        )
    elif most > MAX_EPOCHS:
        yield f"MaxResource ({most}) must not be greater than {MAX_EPOCHS}"
    elif least > most:
        yield f"MinResource ({least}) must not be greater than MaxResource ({most})"


def _ranges(ranges: Request, definition: Request, request: Request) -> Iterator[str]:
    automatic = (request.get("Autotune") or {}).get("Mode") == "Enabled"
    names = Counter(item["Name"] for kind in KINDS for item in ranges.get(kind) or ())
    if not names:
        yield "At least one parameter range must be given: there is nothing to tune"
    if names.total() > MAX_RANGES:
        yield f"There are {names.total()} parameter ranges, and a tuning job searches {MAX_RANGES} at the most"
    if ranges.get("AutoParameters") and not automatic:
        yield "AutoParameters need Autotune with the Mode Enabled"
    for name in [name for name, count in names.items() if count > 1]:
        yield f"The hyperparameter {name!r} has more than one range"
    for name in sorted(names.keys() & (definition.get("StaticHyperParameters") or {}).keys()):
        yield f"The hyperparameter {name!r} is both in StaticHyperParameters and in the parameter ranges"
    for item in ranges.get("CategoricalParameterRanges") or ():
        if len(set(item["Values"])) < len(item["Values"]):
            yield f"The range of the hyperparameter {item['Name']!r} has a value more than once"
    for kind, number in (("IntegerParameterRanges", int), ("ContinuousParameterRanges", float)):
        for item in ranges.get(kind) or ():
            yield from _numeric(item, number)


def _combinations(request: Request, config: Request) -> Iterator[str]:
    """AWS wants as many combinations as trials; those of a grid are counted before."""
    trials = config["ResourceLimits"].get("MaxNumberOfTrainingJobs", 0)
    total = sum(_count(ranges) for ranges, _ in searched(request))
    if config["Strategy"] != "Grid" and total < trials:
        yield (
            "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
            f"combinations for the provided ranges [{total}] must be equal or greater than the value of "
            f"MaxNumberOfTrainingJobs, [{trials}]. Provide additional ranges."
        )


def _count(ranges: Request) -> float:
    if ranges.get("ContinuousParameterRanges") or ranges.get("AutoParameters"):
        return math.inf
    integers = [
        int(item["MaxValue"]) - int(item["MinValue"]) + 1 for item in ranges.get("IntegerParameterRanges") or ()
    ]
    return math.prod([*integers, *(len(item["Values"]) for item in ranges.get("CategoricalParameterRanges") or ())])


def _numeric(item: Request, kind: type[int] | type[float]) -> Iterator[str]:
    name = f"The range of the hyperparameter {item['Name']!r}"
    try:
        low, high = kind(item["MinValue"]), kind(item["MaxValue"])
        valid = math.isfinite(low) and math.isfinite(high)
    except ValueError:
        valid = False
    if not valid:
        wanted = "integers" if kind is int else "numbers"
        yield f"{name} has MinValue {item['MinValue']!r} and MaxValue {item['MaxValue']!r}, which must be {wanted}"
        return
    if low >= high:
        yield f"{name} must have a MinValue ({item['MinValue']}) that is less than its MaxValue ({item['MaxValue']})"
    scaling = item.get("ScalingType", "Auto")
    if scaling == "Logarithmic" and low <= 0:
        yield f"{name} has the ScalingType Logarithmic, which needs a MinValue above 0 (it is {item['MinValue']})"
    if scaling == "ReverseLogarithmic" and kind is int:
        yield f"{name} has the ScalingType ReverseLogarithmic, which is for continuous ranges only"
    elif scaling == "ReverseLogarithmic" and not 0 <= low <= high < 1:
        yield f"{name} has the ScalingType ReverseLogarithmic, which needs values from 0 to less than 1"
