"""A readable source and its treatment -> part files in a folder, and what is known about them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from mlpipelines.errors import StepError
from mlpipelines.runtime import frames
from mlpipelines.runtime.cleaning import Cleaner
from mlpipelines.runtime.columns import Columns, plan_columns
from mlpipelines.runtime.labels import Labels
from mlpipelines.runtime.missing import Setting, missing_rules
from mlpipelines.runtime.parts import PartWriter
from mlpipelines.runtime.pouring import pour
from mlpipelines.runtime.rows import give_back
from mlpipelines.runtime.scanning import scan
from mlpipelines.runtime.scattering import Scatter
from mlpipelines.runtime.splitting import Assigner, class_counts, part_counts
from mlpipelines.runtime.spool import Spool
from mlpipelines.runtime.tables import MISSING_TEXTS, Source

log = logging.getLogger(__name__)

_MOST_SHUFFLED = 999_999_999  # numpy draws from no larger numbers


@dataclass(frozen=True)
class Treatment:
    """What the author wants done; the fields are those of `prepare`."""

    shares: Mapping[str, Fraction]
    target: str | None = None
    rename: Mapping[str, str] | None = None
    select: Sequence[str] | None = None
    drop: Sequence[str] | None = None
    classes: Mapping[str, int] | Literal["auto"] | None = None
    categories: str = "error"
    missing: Setting = "error"
    missing_texts: frozenset[str] = frozenset(MISSING_TEXTS)
    stratify: bool | None = None
    shuffle: bool = True
    seed: int = 0
    function: str | None = None
    mode: str = "after"

    @property
    def stratified(self) -> bool:
        return (self.classes is not None) if self.stratify is None else self.stratify


@dataclass(frozen=True)
class Prepared:
    rows: int
    columns: Columns
    classes: Mapping[str, int] | None
    categories: Mapping[str, Sequence[str]]
    counts: Mapping[str, int]


def prepare_files(source: Source, treatment: Treatment, folder: Path) -> Prepared:
    """Write `<part>`, and with a target `<part>_features` and `<part>_labels`, into `folder`."""
    if treatment.function is None:
        cleaner = _cleaner(source, treatment, folder)
        return _split(source, cleaner, treatment, folder, cleaner.labels.mapping)
    return _prepare_with_function(source, treatment, treatment.function, folder)


def _prepare_with_function(source: Source, treatment: Treatment, function: str, folder: Path) -> Prepared:
    mapping: Mapping[str, int] | None = None
    categories: Mapping[str, Sequence[str]] = {}
    if treatment.mode == "instead":
        _refuse_processing(treatment)
        frame = frames.frame_as_read(source)
    else:
        cleaner = _cleaner(source, treatment, folder)
        categories = _category_names(cleaner)
        frame, mapping = frames.frame_as_cleaned(source, cleaner)
    returned = frames.call(function, frame)
    plain = Treatment(
        treatment.shares,
        treatment.target,
        stratify=treatment.stratified,
        shuffle=treatment.shuffle,
        seed=treatment.seed,
    )
    prepared = _split(returned, _cleaner(returned, plain, folder), plain, folder, lambda: mapping)
    return replace(prepared, categories=categories)


def _refuse_processing(treatment: Treatment) -> None:
    settings = ("rename", "select", "drop", "classes")
    given = [name for name in settings if getattr(treatment, name) is not None]
    given += ["categories"] if treatment.categories != "error" else []
    given += ["missing"] if treatment.missing != "error" else []
    if given:
        raise StepError(
            f"`callable_mode: instead` replaces the built-in processing, so `{given[0]}` would do nothing; "
            "remove it, or write `callable_mode: after`"
        )


def _cleaner(source: Source, treatment: Treatment, folder: Path) -> Cleaner:
    columns = plan_columns(
        source.name,
        source.columns,
        target=treatment.target,
        rename=treatment.rename,
        select=treatment.select,
        drop=treatment.drop,
    )
    rules = missing_rules(source.name, treatment.missing, columns)
    encode = treatment.categories == "encode"
    whole = scan(source, columns, rules, encode, treatment.missing_texts, folder)
    return Cleaner(
        source.name,
        columns,
        Labels(source.name, columns.target_name, treatment.classes),
        _target_kind(treatment),
        rules,
        treatment.missing_texts,
        whole.fills,
        whole.categories,
    )


def _target_kind(treatment: Treatment) -> Literal["none", "number", "class"]:
    if treatment.target is None:
        for setting, given in (("classes", treatment.classes is not None), ("stratify", bool(treatment.stratify))):
            if given:
                raise StepError(f"`{setting}` needs a `target`: name the column that holds the label")
        return "none"
    return "class" if treatment.classes is not None or treatment.stratified else "number"


def _split(source: Source, cleaner: Cleaner, treatment: Treatment, folder: Path, mapping: Any) -> Prepared:
    import numpy as np

    scatter = Scatter(treatment.seed if treatment.shuffle else None, source.size)
    with Spool(folder / "rows", scatter.buckets) as spool:
        rows, found = pour(source, cleaner, scatter, spool)
        _require_drawable(source.name, rows, treatment)
        sizes: list[int] = []
        groups: Any = None
        if cleaner.target == "class":
            groups = np.array(cleaner.labels.groups(), _narrowest(len(cleaner.labels.texts)))
            sizes = np.bincount(groups, found).astype(np.int64).tolist()
            _require_classes(cleaner, sizes)
        counts = _counts(source.name, rows, sizes if treatment.stratified else None, treatment.shares, cleaner)
        rng = np.random.default_rng([treatment.seed, 1]) if treatment.shuffle else None
        writer = PartWriter(
            folder,
            list(treatment.shares),
            Assigner(counts, rng),
            labelled=cleaner.target != "none",
            numbers=cleaner.labels.numbers() if cleaner.target == "class" else None,
            classes=groups if treatment.stratified else None,
        )
        writer.write(spool, rng)
    give_back()
    totals = {part: sum(row[at] for row in counts) for at, part in enumerate(treatment.shares)}
    log.info("Split %d rows: %s", rows, totals)
    return Prepared(rows, cleaner.columns, mapping(), _category_names(cleaner), totals)


def _require_drawable(name: str, rows: int, treatment: Treatment) -> None:
    if treatment.shuffle and rows > _MOST_SHUFFLED:
        raise StepError(f"{name}: {rows} rows are more than can be shuffled ({_MOST_SHUFFLED}); write `shuffle: false`")


def _require_classes(cleaner: Cleaner, sizes: Sequence[int]) -> None:
    found = cleaner.labels.texts
    if len(sizes) < 2:
        raise StepError(
            f"{cleaner.source}, column {cleaner.columns.target_name!r}: all rows are of one class, {found[0]!r}; "
            "a classifier needs at least two: check `target` and the file"
        )
    absent = sorted(set(cleaner.labels.mapping() or ()) - set(found))
    if absent:
        log.warning("%s: no row is of the class %s", cleaner.source, ", ".join(map(repr, absent)))


def _counts(
    name: str, rows: int, sizes: Sequence[int] | None, shares: Mapping[str, Fraction], cleaner: Cleaner
) -> list[list[int]]:
    """For each class (or for all rows as one) its rows per part."""
    if sizes is not None:
        for number, size in enumerate(sizes):
            if size < len(shares):
                text = cleaner.labels.texts[cleaner.labels.groups().index(number)]
                raise StepError(
                    f"{name}, column {cleaner.columns.target_name!r}: the class {text!r} has only {size} of the rows, "
                    f"fewer than the {len(shares)} parts of `split`; leave the class out, or write `stratify: false`"
                )
    fractions = list(shares.values())
    counts = [part_counts(rows, fractions)] if sizes is None else class_counts(sizes, fractions)
    for at, part in enumerate(shares):
        if not any(row[at] for row in counts):
            raise StepError(
                f"{name}: the part {part!r} of `split` would get none of the {rows} rows; give it a larger share"
            )
    return counts


def _narrowest(count: int) -> str:
    return "uint8" if count < 256 else "uint16" if count < 65536 else "uint32"


def _category_names(cleaner: Cleaner) -> dict[str, Sequence[str]]:
    return {cleaner.columns.names[at]: texts for at, texts in cleaner.categories.items()}
