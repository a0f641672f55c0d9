"""Sample -> its columns, named and looked at: numbers, words, dates, numbers of rows, what stands for a gap."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlpipelines.scaffold.reading import Sample, UnreadableDataset, is_number

#: What people write for a missing value besides nothing.
_GAPS = ("?", "-", "--", ".", "*", "unknown", "missing", "-9999", "-999")
#: A column of numbers with so many gaps, and nothing else that is no number.
_MOST_GAPS = 0.5
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}:\d{2}")
_ID = re.compile(r"|(.*[_ .-])?(id|uuid|guid|key|index|idx|row|rownum|unnamed: 0|no|nr|number)", re.IGNORECASE)
#: Names that hold these are given new ones: quotes are no help against templates, nor against line ends.
_UNUSABLE = re.compile(r"\{\{|\{%|\{#|\$\{|[^\x20-\x7e\u00a1-\U0001ffff]")
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Column:
    """`kind`: number, word, date, id, or empty. `values` are those that are not missing, with how often they occur."""

    name: str
    kind: str
    values: Counter[str]
    missing: int
    gap: str = ""
    """The text that stands for a missing value."""

    @property
    def is_whole(self) -> bool:
        return self.kind == "number" and all(re.fullmatch(r"[-+]?\d+(\.0*)?", text) for text in self.values)


@dataclass(frozen=True)
class Columns:
    columns: tuple[Column, ...]
    renamed: bool
    """Whether the names are not those of the file."""

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def find(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def look_at(sample: Sample) -> Columns:
    """Raises UnreadableDataset for names that no pipeline can hold."""
    names = list(sample.names or _numbered(sample))
    clean = _clean(names)
    if clean != names and sample.format not in ("csv", "tsv"):
        odd = next(name for name, other in zip(names, clean, strict=True) if name != other)
        raise UnreadableDataset(f"the column {odd[:60]!r} needs another name: plain letters, digits, blanks and _ . -")
    values = zip(*sample.rows, strict=True)
    looked = (_column(name, list(cells), told) for name, cells, told in zip(clean, values, names, strict=True))
    return Columns(tuple(looked), clean != names)


def _numbered(sample: Sample) -> list[str]:
    return [f"column_{number}" for number in range(1, sample.width + 1)]


def _clean(names: Sequence[str]) -> list[str]:
    """Names that are there, are usable, and occur once."""
    result: list[str] = []
    for number, name in enumerate(names, 1):
        usable = bool(name) and len(name) <= _LONGEST_NAME and not _UNUSABLE.search(name)
        plain = name if usable else re.sub(r"\W+", "_", name).strip("_")[:_LONGEST_NAME] or f"column_{number}"
        taken, more = plain, 2
        while taken in result:
            taken, more = f"{plain}_{more}", more + 1
        result.append(taken)
    return result


def _column(name: str, cells: list[str | None], told: str) -> Column:
    values = Counter(cell for cell in cells if cell is not None)
    missing = len(cells) - values.total()
    if not values:
        return Column(name, "empty", values, missing)
    numbers = sum(count for text, count in values.items() if is_number(text))
    if numbers == values.total():
        kind = "id" if _counts_rows(told, values) else "number"
        return Column(name, kind, values, missing)
    others = [text for text in values if not is_number(text)]
    if len(others) == 1 and others[0].lower() in _GAPS and numbers >= _MOST_GAPS * values.total():
        gaps = values.pop(others[0])
        return Column(name, "number", values, missing + gaps, others[0])
    _refuse_decimal_commas(name, values)
    if all(_DATE.search(text) for text in values):
        return Column(name, "date", values, missing)
    unique = len(values) > 20 and len(values) > 0.5 * values.total()
    return Column(name, "id" if unique else "word", values, missing)


def _counts_rows(name: str, values: Counter[str]) -> bool:
    """Whether numbers are those of rows: whole, each once, under a telling name or, as pandas writes it, none."""
    return (
        len(values) == values.total() > 20
        and all(text.isdigit() for text in values)
        and _ID.fullmatch(name) is not None
    )


def _refuse_decimal_commas(name: str, values: Counter[str]) -> None:
    if all(is_number(text) or re.fullmatch(r"[-+]?\d+,\d+", text) for text in values):
        raise UnreadableDataset(f"the numbers of the column {name!r} have decimal commas; save them with points")
