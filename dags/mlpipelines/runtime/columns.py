"""A file's column names and the author's wishes -> which columns are features, in which order, and the target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlpipelines.errors import StepError, did_you_mean


@dataclass(frozen=True)
class Columns:
    """Names after renaming; `features` and `target` are positions in `names`."""

    names: tuple[str, ...]
    features: tuple[int, ...]
    target: int | None

    @property
    def feature_names(self) -> list[str]:
        return [self.names[position] for position in self.features]

    @property
    def target_name(self) -> str:
        return "" if self.target is None else self.names[self.target]

    @property
    def used(self) -> tuple[int, ...]:
        return self.features if self.target is None else (self.target, *self.features)


def plan_columns(
    source: str,
    found: Sequence[str],
    *,
    target: str | None = None,
    rename: Mapping[str, str] | None = None,
    select: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
) -> Columns:
    """Rename first; `select` keeps columns in its own order, `drop` leaves columns out, the target is always kept."""
    _require_known(source, "rename", rename or {}, found)
    names = tuple((rename or {}).get(name, name) for name in found)
    _refuse_duplicates(source, names)
    _require_known(source, "target", [] if target is None else [target], names)
    _require_known(source, "select", select or [], names)
    _require_known(source, "drop", drop or [], names)
    if target is not None and target in (drop or ()):
        raise StepError(f"{source}: {target!r} is the target and is listed in `drop`; take it out of one of them")
    chosen = [name for name in (select or names) if name != target and name not in (drop or ())]
    if not chosen:
        raise StepError(f"{source}: no feature column is left; check `select` and `drop`")
    _refuse_duplicates(f"{source}, `select`", chosen)
    position = {name: number for number, name in enumerate(names)}
    return Columns(names, tuple(position[name] for name in chosen), None if target is None else position[target])


def _require_known(source: str, setting: str, wanted: Iterable[str], names: Sequence[str]) -> None:
    for name in wanted:
        if name not in names:
            listed = ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
            hint = did_you_mean(name, names) or f"the columns are {listed}"
            raise StepError(f"{source}: `{setting}` names {name!r}, and there is no such column; {hint}")


def _refuse_duplicates(source: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StepError(
            f"{source}: the column name {twice[0]!r} occurs more than once; "
            "give every column its own name in `columns` or `rename`"
        )
