"""Columns and what the author has said -> Proposal: target, problem, classes, algorithm and its hyperparameters."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from mlpipelines.errors import did_you_mean
from mlpipelines.scaffold.columns import Column, Columns
from mlpipelines.scaffold.reading import Sample, UnreadableDataset

PROBLEMS = ("regression", "binary", "multiclass")
ALGORITHMS = ("knn", "linear-learner", "xgboost")
#: Names that columns to predict often have, the most telling first.
_TARGETS = (
    "target", "label", "labels", "class", "y", "species", "outcome", "diagnosis", "churn", "survived", "default",
    "is_fraud", "fraud", "response", "result", "category", "quality", "price", "medv", "saleprice", "score",
)  # fmt: skip
#: Words for the class that a test looks for.
_POSITIVE = (
    "1",
    "yes",
    "true",
    "y",
    "t",
    "positive",
    "pos",
    "malignant",
    "m",
    "good",
    "spam",
    "fraud",
    "churn",
    "success",
)
_NEGATIVE = ("0", "no", "false", "n", "f", "negative", "neg", "benign", "b", "bad", "ham", "ok", "failure", "-1")
_MOST_CLASSES = 20
_MOST_WRITTEN_CLASSES = 50
_FEWEST_ROWS = 5


@dataclass(frozen=True)
class Wishes:
    """What the author has said; None: guess."""

    target: str | None = None
    problem: str | None = None
    algorithm: str | None = None


@dataclass(frozen=True)
class Proposal:
    target: str
    problem: str
    algorithm: str
    why: str
    """Why this algorithm, in a few words."""
    classes: Mapping[str, int] | None
    """None: numbers are predicted, or there are too many classes to write them down."""
    class_count: int
    features: tuple[str, ...]
    dropped: Mapping[str, str]
    """{column: why it is left out}"""
    encode: bool
    """Whether features hold words, which get numbers."""
    missing: Mapping[str, str]
    """{column: drop, median or mode}"""
    gaps: tuple[str, ...]
    """Texts that mean a missing value, besides the usual ones."""
    stratify: bool
    split: Mapping[str, float]
    hyperparameters: Mapping[str, str]
    metrics: tuple[str, ...]


def propose(sample: Sample, columns: Columns, wishes: Wishes) -> Proposal:
    """Raises UnreadableDataset for wishes that the data cannot fulfil."""
    if sample.count < _FEWEST_ROWS:
        raise UnreadableDataset(
            f"too few rows ({sample.count}) to train and to test; {_FEWEST_ROWS} are needed at least"
        )
    target = _target(sample, columns, wishes.target)
    problem = _problem(target, wishes.problem)
    dropped = _dropped(columns, target)
    features = [column for column in columns if column is not target and column.name not in dropped]
    if not features:
        raise UnreadableDataset(
            f"beside the target {target.name!r} there is no column of numbers or words to learn from"
        )
    algorithm, why = _algorithm(sample, features, wishes.algorithm)
    classes = None if problem == "regression" else _classes(target, problem)
    split = _split(algorithm)
    rows = max(1, math.floor(sample.count * split["train"]))
    scale = max(1.0, sample.count / max(1, target.values.total()))
    return Proposal(
        target=target.name,
        problem=problem,
        algorithm=algorithm,
        why=why,
        classes=classes if classes and len(classes) <= _MOST_WRITTEN_CLASSES and not sample.truncated else None,
        class_count=len(classes or ()),
        features=tuple(column.name for column in features),
        dropped=dropped,
        encode=any(column.kind == "word" for column in features),
        missing=_missing(target, features),
        gaps=tuple(dict.fromkeys(column.gap for column in (target, *features) if column.gap)),
        stratify=problem == "regression" or min(target.values.values()) * scale >= len(split),
        split=split,
        hyperparameters=_hyperparameters(algorithm, problem, len(features), len(classes or ()), rows),
        metrics=_metrics(algorithm, problem),
    )


def unseen(wishes: Wishes) -> Proposal:
    """The proposal for a dataset that nobody has looked at: the run itself finds its widths."""
    problem, algorithm = wishes.problem or "regression", wishes.algorithm or "xgboost"
    hyperparameters = _hyperparameters(algorithm, problem, 1, 3, 10_000)
    found = {"feature_dim": "${data_prep.feature_count}", "sample_size": "${data_prep.rows}"}
    return Proposal(
        target=wishes.target or "label",
        problem=problem,
        algorithm=algorithm,
        why="as you said" if wishes.algorithm else "trees take most tables as they are",
        classes=None,
        class_count=0,
        features=(),
        dropped={},
        encode=False,
        missing={},
        gaps=(),
        stratify=True,
        split=_split(algorithm),
        hyperparameters={name: found.get(name, value) for name, value in hyperparameters.items()},
        metrics=_metrics(algorithm, problem),
    )


def _split(algorithm: str) -> dict[str, float]:
    early_stopping = algorithm == "xgboost"
    return {"train": 0.6, "validation": 0.2, "test": 0.2} if early_stopping else {"train": 0.7, "test": 0.3}


def _target(sample: Sample, columns: Columns, wanted: str | None) -> Column:
    if wanted is not None:
        found = columns.find(wanted)
        if found is None:
            names = [column.name for column in columns]
            listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            hint = did_you_mean(wanted, names) or f"the columns are {listed}"
            raise UnreadableDataset(f"there is no column {wanted!r}; {hint}")
    else:
        found = _likely_target(sample, columns)
    if found.kind == "empty":
        raise UnreadableDataset(f"the column {found.name!r} is empty, so nothing can be learned; name another --target")
    return found


def _likely_target(sample: Sample, columns: Columns) -> Column:
    """One with a telling name; without names the only one of words; else the last, or the first of few numbers."""
    by_name = {column.name.lower(): column for column in reversed(columns.columns) if column.kind != "empty"}
    for name in _TARGETS if sample.names else ():
        if name in by_name:
            return by_name[name]
    usable = [column for column in columns if column.kind in ("number", "word")] or list(columns)
    words = [column for column in usable if column.kind == "word" and 2 <= len(column.values) <= _MOST_CLASSES]
    if not sample.names and len(words) == 1:
        return words[0]
    first, last = usable[0], usable[-1]
    if not sample.names and _looks_like_classes(first) and not _looks_like_classes(last):
        return first
    return last


def _looks_like_classes(column: Column) -> bool:
    few = 2 <= len(column.values) <= _MOST_CLASSES
    return few and (column.kind == "word" or (column.is_whole and _are_consecutive(column.values)))


def _are_consecutive(values: Counter[str]) -> bool:
    numbers = sorted(round(float(text)) for text in values)
    without_holes = numbers[-1] - numbers[0] < len(numbers)
    return len(numbers) == 2 or (without_holes and (numbers[0] in (0, 1) or len(numbers) <= 7))


def _problem(target: Column, wanted: str | None) -> str:
    count = len(target.values)
    if wanted == "regression" and target.kind not in ("number", "id"):
        raise UnreadableDataset(f"the column {target.name!r} holds words, which are classes, not numbers to predict")
    if wanted == "regression":
        return wanted
    if wanted is None and target.kind in ("number", "id") and not _looks_like_classes(target):
        return "regression"
    if count < 2:
        only = next(iter(target.values))
        raise UnreadableDataset(f"all rows of {target.name!r} are {only!r}; a classifier needs two classes at least")
    found = "binary" if count == 2 else "multiclass"
    if wanted is not None and wanted != found:
        raise UnreadableDataset(f"the column {target.name!r} has {count} classes, which is {found}, not {wanted}")
    if target.kind == "id" and target.values.total() == count:
        raise UnreadableDataset(f"each row of {target.name!r} has a value of its own; name another --target")
    return found


def _classes(target: Column, problem: str) -> dict[str, int]:
    """The classes in the order of their numbers: as they are when they are 0, 1, 2, ...; of two the rarer one, or the
    one with a positive name, is 1; else by name."""
    texts = (
        sorted(target.values, key=lambda text: (float(text), text))
        if target.kind == "number"
        else sorted(target.values)
    )
    if target.kind != "number" and problem == "binary":
        texts.sort(key=lambda text: (_is_positive(text), -target.values[text]))
    return {text: number for number, text in enumerate(texts)}


def _is_positive(text: str) -> int:
    word = text.strip().lower()
    return 2 if word in _POSITIVE else 0 if word in _NEGATIVE else 1


def _dropped(columns: Columns, target: Column) -> dict[str, str]:
    reasons = {
        "empty": "no value in it",
        "date": "dates: make numbers of them in a callable",
        "id": "nearly each row has a value of its own",
    }
    found = {column.name: reasons[column.kind] for column in columns if column.kind in reasons}
    found |= {
        column.name: "all values are the same" for column in columns if len(column.values) == 1 and not column.missing
    }
    found.pop(target.name, None)
    return found


def _missing(target: Column, features: list[Column]) -> dict[str, str]:
    found = {column.name: "median" if column.kind == "number" else "mode" for column in features if column.missing}
    return {target.name: "drop", **found} if target.missing else found


def _algorithm(sample: Sample, features: list[Column], wanted: str | None) -> tuple[str, str]:
    if wanted is not None:
        return wanted, "as you said"
    words = [column for column in features if column.kind == "word"]
    if words:
        return "xgboost", "trees can use words that were given numbers; the others would take these for distances"
    if any(column.missing for column in features):
        return "xgboost", "trees mind filled gaps less than the others"
    if len(features) > max(50, sample.count / 5):
        return "linear-learner", "with so many columns a linear model learns most from few rows"
    if sample.count > 10_000:
        return "xgboost", "enough rows for trees, which need no scaling"
    if _spread(features) > 100:
        return "xgboost", "the columns have very different scales, which trees do not mind and distances do"
    return "knn", "few rows, and columns of numbers of about the same scale: neighbours are hard to beat"


def _spread(features: list[Column]) -> float:
    """How many times larger the widest column is than the narrowest."""
    widths = []
    for column in features:
        numbers = [float(text) for text in column.values]
        widths.append(max(numbers) - min(numbers))
    return max(widths) / (min(widths) or 1)


def _hyperparameters(algorithm: str, problem: str, width: int, classes: int, rows: int) -> dict[str, str]:
    if algorithm == "knn":
        kind = "regressor" if problem == "regression" else "classifier"
        k = min(rows, max(3, min(15, round(math.sqrt(rows) / 2) | 1)))
        return {"predictor_type": kind, "feature_dim": str(width), "k": str(k), "sample_size": str(min(rows, 200_000))}
    if algorithm == "linear-learner":
        kind = {"regression": "regressor", "binary": "binary_classifier", "multiclass": "multiclass_classifier"}[
            problem
        ]
        several = {"num_classes": str(classes)} if problem == "multiclass" else {}
        batch = {"mini_batch_size": str(max(1, rows // 4))} if rows < 4000 else {}
        return {"predictor_type": kind, "feature_dim": str(width), **several, **batch}
    objective = {"regression": "reg:squarederror", "binary": "binary:logistic", "multiclass": "multi:softmax"}[problem]
    metric = {"regression": "rmse", "binary": "logloss", "multiclass": "merror"}[problem]
    several = {"num_class": str(classes)} if problem == "multiclass" else {}
    return {
        "objective": objective,
        **several,
        "num_round": "200",
        "early_stopping_rounds": "10",
        "eval_metric": metric,
        "eta": "0.1",
        "max_depth": "5",
    }


def _metrics(algorithm: str, problem: str) -> tuple[str, ...]:
    if problem == "regression":
        return ("rmse", "mae", "r2")
    if problem == "multiclass":
        return ("accuracy", "balanced_accuracy", "f1")
    scores = ("roc_auc",) if algorithm != "knn" else ()
    return ("accuracy", "precision", "recall", "f1", *scores)
