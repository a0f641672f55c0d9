"""What SageMaker's built-in algorithms refuse in their hyperparameters, those that are searched included.

What could not be confirmed is HP919, a warning. Facts: `facts/hyperparameters.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mlpipelines.aws.built_in import Job, Tuned
from mlpipelines.aws.parts import Request, at, listed, problem, unknown_name
from mlpipelines.errors import did_you_mean
from mlpipelines.facts.algorithms import (
    Facts,
    Mistake,
    doubtful_mistake,
    end_mistake,
    required_hyperparameters,
    value_mistake,
)
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

_RULE_OF = {"type": "HP903", "range": "HP904", "choice": "HP905"}
#: What could not be confirmed.
_DOUBT = "HP919"
#: Names that are SageMaker's own.
_FREE = ("_", "sagemaker_")
_NUMERIC = ("integer", "continuous")


def objective_problems(request: Request, job: Job) -> Iterator[ShapeProblem]:
    """The metric that a tuning job is to tune one of its jobs for is one that the algorithm measures."""
    path: RequestPath = (*job.path, "TuningObjective")
    if at(request, *path) is None:
        path = ("HyperParameterTuningJobConfig", "HyperParameterTuningJobObjective")
    metric, known = at(request, *path, "MetricName"), job.facts.get("metrics")
    if isinstance(metric, str) and known and not _is_measured(metric, known):
        hint = did_you_mean(metric, known) or (f"one of {', '.join(known)}" if len(known) <= 8 else "")
        message = f"{job.algorithm} does not measure {metric!r}"
        yield problem(_DOUBT if job.doubtful else "SM212", (*path, "MetricName"), message, hint)
    better, wanted = (known or {}).get(metric), at(request, *path, "Type")
    if better and isinstance(wanted, str) and wanted.lower() != better:
        message = f"this searches for the worst {metric} of {job.algorithm}"
        yield problem("SM230", (*path, "MetricName"), message, f"write `{better}: {metric}`")


def _is_measured(metric: str, known: Mapping[str, str]) -> bool:
    """AWS names the metrics to tune for. Algorithms also write others of the training data, under the same names."""
    kind, _, name = metric.partition(":")
    return metric in known or (kind == "train" and any(each.endswith(f":{name}") for each in known))


def hyperparameter_problems(job: Job) -> Iterator[ShapeProblem]:
    known: Mapping[str, Facts] = job.facts["hyperparameters"]
    for name in (*job.static, *job.tuned):
        if name.startswith(_FREE) or is_template(name):
            continue
        if name not in known:
            yield _unknown(job, name, known)
        elif name in job.tuned:
            yield from _searched(job, name, known[name], job.tuned[name])
        else:
            yield from _value(job, name, known[name], job.text(name), (*job.path, job.field, name))
    if job.complete:
        for rule in (_missing, _conditional, _excluded, _less, *_OWN.get(job.algorithm, ())):
            yield from rule(job)


def _unknown(job: Job, name: str, known: Mapping[str, Facts]) -> ShapeProblem:
    message = f"{name!r} is not a hyperparameter of {job.algorithm}"
    return unknown_name(_DOUBT if job.doubtful else "HP901", job.place(name), message, did_you_mean(name, known))


def _value(job: Job, name: str, fact: Facts, text: str | None, path: RequestPath) -> Iterator[ShapeProblem]:
    if text is None:
        return
    sure = value_mistake(fact, text)
    mistake = sure or doubtful_mistake(fact, text)
    if mistake:
        yield _told(job, name, mistake, path, sure=sure is not None)
    elif "until" in fact and int((job.version or "0").partition(".")[0]) >= fact["until"]:
        message = f"{job.algorithm} {job.version} may not know {name!r} any more"
        yield problem(_DOUBT, path, message, "leave it out")


def _told(job: Job, name: str, mistake: Mistake, path: RequestPath, *, sure: bool) -> ShapeProblem:
    rule = _RULE_OF[mistake.kind] if sure and not job.doubtful else _DOUBT
    return problem(rule, path, f"{name} of {job.algorithm}: {mistake.message}", mistake.hint)


def _searched(job: Job, name: str, fact: Facts, tuned: Tuned) -> Iterator[ShapeProblem]:
    """A range holds only values that the hyperparameter may have."""
    if tuned.kind == "categorical":
        for index, text in enumerate(listed(tuned.range, "Values")):
            if isinstance(text, str) and not is_template(text):
                yield from _value(job, name, fact, text, (*tuned.path, "Values", index))
    elif tuned.kind in _NUMERIC:
        kind = _kind_to_search(fact)
        if kind == "categorical" or (kind == "integer" and tuned.kind == "continuous"):
            message = f"{name} of {job.algorithm} cannot be searched in a range that is {tuned.kind}"
            yield problem("SM220", tuned.path, message, f"write {{{kind}: [...]}}")
        else:
            yield from _ends(job, name, fact, tuned)


def _kind_to_search(fact: Facts) -> str:
    if "enum" in fact:
        numeric = fact["type"] in ("integer", "float")
        return fact["type"] if numeric else "categorical"
    return {"integer": "integer", "float": "continuous"}.get(fact["type"], "categorical")


def _ends(job: Job, name: str, fact: Facts, tuned: Tuned) -> Iterator[ShapeProblem]:
    for end in ("MinValue", "MaxValue"):
        text = at(tuned.range, end)
        mistake = end_mistake(fact, text) if isinstance(text, str) else None
        if mistake:
            yield _told(job, name, mistake, (*tuned.path, end), sure=True)


def _missing(job: Job) -> Iterator[ShapeProblem]:
    if job.automatic:
        return
    absent = [name for name in required_hyperparameters(job.algorithm) if not job.has(name)]
    facts: Mapping[str, Facts] = job.facts["hyperparameters"]
    unknown = [name for name in (*job.static, *job.tuned) if name not in facts] if absent else []
    needed = [name for name in absent if not any(did_you_mean(word, [name]) for word in unknown)]  # told already
    if needed:
        words = f"hyperparameter{'s' if len(needed) > 1 else ''} {', '.join(needed)}"
        rule = _DOUBT if job.doubtful else "HP902"
        yield problem(rule, (*job.path, job.field), f"{job.algorithm} needs the {words}")


def _conditional(job: Job) -> Iterator[ShapeProblem]:
    """Some hyperparameters are needed with others, or with some values of theirs."""
    for condition in job.facts.get("needs", ()):
        cause, values = condition["with"], condition.get("in")
        text = job.text(cause)
        if (text in values) if values else job.has(cause):
            for name in condition["needs"]:
                if not job.has(name):
                    shown = f"{cause}: {text}" if text else cause
                    yield _told_own(job, "HP906", cause, f"{job.algorithm} with `{shown}` needs {name}")


def _excluded(job: Job) -> Iterator[ShapeProblem]:
    for each in job.facts.get("excludes", ()):
        cause, name = each["with"], each["name"]
        if job.text(cause) in each["in"] and job.text(name) in each["not"]:
            message = f"{name} of {job.algorithm}: {job.text(name)!r} does not go with `{cause}: {job.text(cause)}`"
            yield _told_own(job, "HP905", name, message)


def _less(job: Job) -> Iterator[ShapeProblem]:
    for smaller, greater in job.facts.get("less", ()):
        low, high = _integer(job, smaller), _integer(job, greater)
        if low is not None and high is not None and low >= high:
            message = f"{smaller} of {job.algorithm}: {low} is out of range"
            yield _told_own(job, "HP904", smaller, message, f"it must be less than {greater}, which is {high}")


def _xgboost_metrics(job: Job) -> Iterator[ShapeProblem]:
    metrics = [metric.strip() for metric in (job.text("eval_metric") or "").split(",")]
    goal = job.text("objective") if job.has("objective") else "reg:squarederror"
    if goal is None:
        return
    if "auc" in metrics and not goal.startswith(("binary:", "rank:")):
        message = f"xgboost measures auc for two classes and for ranking only, and the objective is {goal}"
        yield _told_own(job, "HP907", "eval_metric", message)
    if "aft-nloglik" in metrics and goal != "survival:aft":
        message = f"xgboost measures aft-nloglik for the objective survival:aft only, and this is {goal}"
        yield _told_own(job, "HP907", "eval_metric", message)


def _xgboost_constraints(job: Job) -> Iterator[ShapeProblem]:
    for name, methods in _METHODS.items():
        if name not in job.static or (job.has("tree_method") and job.text("tree_method") is None):
            continue
        if job.text("tree_method") not in methods:
            message = f"xgboost takes {name} only with `tree_method: {' | '.join(methods)}`"
            yield _told_own(job, "HP908", name, message, "write tree_method: hist")


def _xgboost_classes(job: Job) -> Iterator[ShapeProblem]:
    goal = job.text("objective")
    if goal in ("multi:softmax", "multi:softprob") and not job.has("num_class"):
        yield _told_own(job, "HP909", "objective", f"xgboost needs num_class for the objective {goal}")
    elif job.has("num_class") and not job.has("objective"):
        message = "num_class means nothing to xgboost without an objective for several classes"
        yield problem(_DOUBT, job.place("num_class"), message, "write objective: multi:softmax")


def _ip_insights_samples(job: Job) -> Iterator[ShapeProblem]:
    """Made-up pairs of both kinds together; each kind is 1 when it is not given."""
    names = ("random_negative_sampling_rate", "shuffled_negative_sampling_rate")
    rates = [_integer(job, name) if job.has(name) else 1 for name in names]
    given = [name for name in names if name in job.static]
    if given and None not in rates and not 1 <= sum(rate or 0 for rate in rates) <= 500:
        message = f"ipinsights: {' and '.join(names)} are {sum(rate or 0 for rate in rates)} together"
        yield _told_own(job, "HP918", given[-1], message, "together they must be at least 1 and at most 500")


def _image_size(job: Job) -> Iterator[ShapeProblem]:
    """Single images are made one size before they are learned from."""
    for channel in listed(job.definition, "InputDataConfig"):
        kind = str(at(channel, "ContentType") or "").lower()
        single = at(channel, "DataSource", "S3DataSource", "S3DataType") == "S3Prefix"
        if single and not job.has("resize") and kind.startswith(("image/", "application/x-image")):
            message = f"{job.algorithm} is documented to need `resize` with {kind}"
            yield problem(_DOUBT, (*job.path, job.field), message, "the shorter side of the images, in pixels")
            return


def _told_own(job: Job, rule: str, name: str, message: str, hint: str = "") -> ShapeProblem:
    return problem(_DOUBT if job.doubtful else rule, job.place(name), message, hint)


def _integer(job: Job, name: str) -> int | None:
    text = job.text(name)
    return int(text) if text is not None and value_mistake({"type": "integer"}, text) is None else None


#: What tree methods XGBoost's constraints are known to.
_METHODS = {"monotone_constraints": ("exact", "hist"), "interaction_constraints": ("exact", "hist", "approx")}
_OWN: dict[str, tuple[Callable[[Job], Iterator[ShapeProblem]], ...]] = {
    "xgboost": (_xgboost_metrics, _xgboost_constraints, _xgboost_classes),
    "ipinsights": (_ip_insights_samples,),
    "image-classification": (_image_size,),
}
