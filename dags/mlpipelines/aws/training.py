"""What SageMaker refuses in training jobs beyond their shapes: their time, their algorithm, what they report.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html and what it links.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache

from mlpipelines.aws import training_data
from mlpipelines.aws.parts import Request, Rule, RuleTable, at, given, listed, number, problem
from mlpipelines.facts.images import BuiltIn, algorithm_of
from mlpipelines.facts.shapes import RequestPath, ShapeProblem
from mlpipelines.units import LONGEST_SECONDS

#: Built-in algorithms that save checkpoints; the first XGBoost, version 1, does not.
_CHECKPOINTING = ("image-classification", "object-detection", "semantic-segmentation", "xgboost")
#: The longest that a spot job of another built-in algorithm may wait and train, and the longest that a warm pool could
#: once be kept.
_HOUR = 3600
#: NTM keeps nothing of a training that is stopped: less than this is hardly enough to read its data.
_SHORT_SECONDS = 900
_LONGEST_EXPRESSION = 500
#: What Python says of expressions that others may well read.
_ONLY_PYTHON = ("bad escape", "unknown extension", "global flags", "unknown flag", "look-behind", "group name")
#: What Python takes long to compile: many groups, and letters of either case with all that Unicode has of them.
_MOST_GROUPS = 50
_SLOW = re.compile(r"\(\?[a-zA-Z-]*i[a-zA-Z-]*[:)].*(?:[^\x00-\x7f]|\\[uUN])", re.S)
_MAX_RUNTIME: RequestPath = ("StoppingCondition", "MaxRuntimeInSeconds")
_MAX_WAIT: RequestPath = ("StoppingCondition", "MaxWaitTimeInSeconds")


def built_in(job: Request) -> BuiltIn | None:
    """The built-in algorithm that a job trains; None where the image is one's own or not known yet."""
    image = at(job, "AlgorithmSpecification", "TrainingImage")
    return algorithm_of(image) if isinstance(image, str) else None


def runtime(job: Request) -> Iterator[ShapeProblem]:
    """No job runs for ever, and some lose everything when they are stopped."""
    longest = number(job, *_MAX_RUNTIME)
    if longest is None:
        return
    if longest > LONGEST_SECONDS:
        hint = "write `max_runtime: 28d` at most, save `checkpoints`, and go on in another job"
        yield problem("SM118", _MAX_RUNTIME, "AWS lets no job train for more than 28 days", hint)
    if longest < _SHORT_SECONDS and (algorithm := built_in(job)) and algorithm.algorithm == "ntm":
        message = f"NTM keeps nothing of a training that is stopped, and this one is stopped after {longest} s"
        yield problem("SM128", _MAX_RUNTIME, message, "give it more time in `max_runtime`")


def spot(job: Request) -> Iterator[ShapeProblem]:
    """Spot jobs wait at least as long as they train; others do not wait."""
    wanted = job.get("EnableManagedSpotTraining")
    longest, trains = number(job, *_MAX_WAIT), number(job, *_MAX_RUNTIME)
    if longest is not None and not wanted:
        yield problem("SM103", _MAX_WAIT, "only spot jobs wait for machines", "write `spot: true`, or leave it out")
    elif longest is not None and trains is not None and longest < trains:
        message = f"a spot job waits and trains for {longest} s together, and may train for {trains} s"
        yield problem("SM101", _MAX_WAIT, message, "the waiting time includes the training: make it at least as long")
    if wanted is True:
        yield from _spot_without_wait(job)
        yield from _interrupted(job, longest, trains)


def _spot_without_wait(job: Request) -> Iterator[ShapeProblem]:
    if at(job, "StoppingCondition") is None and "StoppingCondition" in job:
        return  # known only at run time
    if "MaxWaitTimeInSeconds" not in job.get("StoppingCondition", {}):
        message = "a spot job needs the longest time that it may wait and train"
        hint = "write `spot: true`, or give MaxWaitTimeInSeconds too"
        yield problem("SM102", ("EnableManagedSpotTraining",), message, hint)


def _interrupted(job: Request, longest: float | None, trains: float | None) -> Iterator[ShapeProblem]:
    """What is interrupted starts again from nothing, unless there are checkpoints."""
    spot_path: RequestPath = ("EnableManagedSpotTraining",)
    algorithm = built_in(job)
    if algorithm and not _saves_checkpoints(algorithm):
        if longest is not None and longest > _HOUR:
            message = (
                f"{algorithm.algorithm} saves no checkpoints: AWS lets its spot jobs wait and train for 1 h together"
            )
            hint = "write `max_runtime: 1h` and `max_wait: 1h` at most, or do without `spot`"
            yield problem("SM104", spot_path if longest == trains else _MAX_WAIT, message, hint)
    elif given(job, "AlgorithmSpecification", "TrainingImage", default="") is None:
        return  # the algorithm is known only at run time
    elif trains is not None and trains > _HOUR and not job.get("CheckpointConfig"):
        message = "a spot job that is interrupted starts again from nothing"
        yield problem("SM105", spot_path, message, "write `checkpoints: s3://...`, and save the state there")


def _saves_checkpoints(algorithm: BuiltIn) -> bool:
    return algorithm.algorithm in _CHECKPOINTING and algorithm != ("xgboost", "1")


def warm_pool(job: Request) -> Iterator[ShapeProblem]:
    """Spot machines are not kept for the next job, nor are groups of different ones."""
    path: RequestPath = ("ResourceConfig", "KeepAlivePeriodInSeconds")
    kept = number(job, *path)
    if not kept:
        return
    if job.get("EnableManagedSpotTraining") is True:
        yield problem("SM106", path, "spot machines are not kept for the next job", "drop `keep_alive` or `spot`")
    elif listed(job, "ResourceConfig", "InstanceGroups"):
        hint = "drop `keep_alive`, or write one `instance_type`"
        yield problem("SM107", path, "groups of machines are not kept for the next job", hint)
    if kept > _HOUR:
        message = f"until recently machines were kept for 1 h at most, and these are for {kept} s"
        yield problem(
            "SM108", path, message, "accounts with the old limit refuse it: try it, or write `keep_alive: 1h`"
        )


def algorithm_source(job: Request) -> Iterator[ShapeProblem]:
    """The algorithm is an image, or a resource of its own."""
    spec = at(job, "AlgorithmSpecification")
    if spec is None or job.get("ServerlessJobConfig"):
        return
    if "TrainingImage" in spec and "AlgorithmName" in spec:
        message = "the algorithm is given twice, as an image and by the name of an algorithm resource"
        hint = "write `TrainingImage: null` beside it, or leave AlgorithmName out"
        yield problem("SM109", ("AlgorithmSpecification", "AlgorithmName"), message, hint)
    elif "TrainingImage" not in spec and "AlgorithmName" not in spec:
        message = "the job has no algorithm: neither an image nor the name of an algorithm resource"
        yield problem("SM109", ("AlgorithmSpecification",), message, "write `algorithm:` or `image:`")


def incomplete(job: Request) -> Iterator[ShapeProblem]:
    """What AWS's shape no longer marks as needed is needed all the same, save by serverless jobs."""
    if not job.get("ServerlessJobConfig"):
        for member in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
            if member not in job:
                hint = "only serverless jobs (ServerlessJobConfig) do without it"
                yield problem("SM111", (member,), f"a training job needs {member}", hint)


def metrics(job: Request) -> Iterator[ShapeProblem]:
    """Built-in algorithms have their own metrics; those of other images are read from the log."""
    path: RequestPath = ("AlgorithmSpecification", "MetricDefinitions")
    definitions = listed(job, *path)
    if definitions and (algorithm := built_in(job)):
        message = f"the built-in algorithm {algorithm.algorithm} has its own metrics, and AWS takes no others"
        yield problem("SM110", path, message, "take `metrics:` away")
        return
    for index, definition in enumerate(definitions):
        regex = at(definition, "Regex")
        if isinstance(regex, str) and (mistake := _mistake(regex)):
            yield problem("SM131", (*path, index, "Regex"), *mistake)


@lru_cache(maxsize=512)
def _mistake(expression: str) -> tuple[str, str] | None:
    """(message, hint) about a regular expression. It is compiled and never used: matching may take for ever.

    SageMaker's expressions are not quite Python's: what only Python does not know is left alone.
    """
    if len(expression) > _LONGEST_EXPRESSION or expression.count("(") > _MOST_GROUPS or _SLOW.search(expression):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            groups = re.compile(
                expression.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
            ).groups
    except (re.error, OverflowError, RecursionError) as error:
        foreign = not isinstance(error, re.error) or any(words in str(error) for words in _ONLY_PYTHON)
        return None if foreign else (f"this is not a regular expression: {error}", "")
    if groups:
        return None
    return "this has no group: nothing would be read", "put the number in parentheses, such as loss=([0-9.]+)"


def debugger(job: Request) -> Iterator[ShapeProblem]:
    """Rules and collections of the debugger are told apart by their names."""
    for path, name in (
        (("DebugRuleConfigurations",), "RuleConfigurationName"),
        (("ProfilerRuleConfigurations",), "RuleConfigurationName"),
        (("DebugHookConfig", "CollectionConfigurations"), "CollectionName"),
    ):
        seen: set[object] = set()
        for index, item in enumerate(listed(job, *path) if path[0] in job else ()):
            value = at(item, name)
            if value in seen:
                yield problem("SM129", (*path, index, name), f"the name {value!r} is used twice", "rename one of them")
            elif value is not None:
                seen.add(value)


#: What holds for every training job, those that a tuning job starts among them.
JOB_RULES: tuple[Rule, ...] = (
    runtime, spot, warm_pool, algorithm_source, metrics, debugger, *training_data.JOB_RULES,
)  # fmt: skip
RULES: RuleTable = {"CreateTrainingJob": (incomplete, *JOB_RULES)}
