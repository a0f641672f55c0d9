"""A block of a file -> finished rows: numbers checked, classes known, gaps treated, text as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlpipelines.errors import StepError
from mlpipelines.runtime.columns import Columns
from mlpipelines.runtime.labels import Labels, UnknownClass
from mlpipelines.runtime.missing import Rule
from mlpipelines.runtime.rows import Order, Rows, take
from mlpipelines.runtime.tables import Block


@dataclass(frozen=True)
class Cleaner:
    """`fills` and `categories` come from a scan of the whole file, by column position."""

    source: str
    columns: Columns
    labels: Labels
    target: Literal["none", "number", "class"]
    rules: Mapping[int, Rule]
    missing: frozenset[str]
    fills: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def values(self, block: Block) -> tuple[dict[int, Any], int]:
        """The text of every column in use, without gaps, by position; and how many rows were left out."""
        table = block.table(self.columns.used)
        values = {position: self._checked(block, table, position) for position in self.columns.used}
        keep = self._complete(block, values)
        if keep is not None:
            values = {position: array.filter(keep) for position, array in values.items()}
        return values, table.num_rows - len(values[self.columns.used[0]])

    def clean(self, block: Block, order: Order) -> Rows:
        import pyarrow.compute as pc

        values, dropped = self.values(block)
        features = [values[position] for position in self.columns.features]
        joined = pc.binary_join_element_wise(*features, ",") if len(features) > 1 else features[0]
        lines = pc.binary_join_element_wise(joined, "", "\n").cast("binary")
        return self._rows(lines, values, order(len(lines)), dropped)

    def _rows(self, lines: Any, values: Mapping[int, Any], order: Any, dropped: int) -> Rows:
        import numpy as np
        import pyarrow.compute as pc

        lines = _moved(lines, order)
        if self.columns.target is None:
            return Rows(lines, dropped=dropped)
        target = _moved(values[self.columns.target], order)
        if self.target == "number":
            return Rows(lines, labels=pc.binary_join_element_wise(target, "", ",").cast("binary"), dropped=dropped)
        encoded = target.dictionary_encode()
        codes = np.asarray(encoded.indices).astype(np.uint32)
        return Rows(lines, codes=codes, texts=tuple(encoded.dictionary.to_pylist()), dropped=dropped)

    def _checked(self, block: Block, table: Any, position: int) -> Any:
        """The column as text that may stand in the files, nulls where a value is missing."""
        array = combined(table.column(str(position)))
        if position == self.columns.target and self.labels.classes is not None:
            return self._classes(block, array)
        if position in self.categories:
            return category_codes(trimmed(array, self.missing), self.categories[position])
        array, wrong = numeric_text(array, self.missing)
        if wrong is not None:
            raise StepError(self._not_a_number(block, array, position, wrong))
        return array

    def _classes(self, block: Block, array: Any) -> Any:
        missing = self.missing - set(self.labels.classes or ()) if self.labels.classes != "auto" else self.missing
        array = trimmed(array, missing)
        for text in array.unique().drop_null().to_pylist():
            try:
                self.labels.require_known(text)
            except UnknownClass as error:
                raise self.labels.unknown(text, block.place(array.index(text).as_py())) from error
        return array

    def _complete(self, block: Block, values: dict[int, Any]) -> Any:
        """Fill what is to be filled, in place; the mask of rows to keep, or None for all."""
        import pyarrow.compute as pc

        keep = None
        for position in self.columns.used:
            array = values[position]
            if not array.null_count:
                continue
            rule = self.rules[position]
            if rule.action == "error":
                raise StepError(self._missing(block, array, position))
            if rule.action == "fill":
                values[position] = array.fill_null(self.fills.get(position, rule.fill))
            else:
                valid = array.is_valid()
                keep = valid if keep is None else pc.and_(keep, valid)
        return keep

    def _missing(self, block: Block, array: Any, position: int) -> str:
        place, name = block.place(array.is_null().index(True).as_py()), self.columns.names[position]
        if position == self.columns.target:
            return (
                f"{self.source}, {place}, column {name!r}: the target is missing; "
                "correct the row, or leave such rows out with `missing: drop`"
            )
        return (
            f"{self.source}, {place}, column {name!r}: the value is missing; "
            "correct the row, or set `missing` to drop or to {fill: mean | median | mode | a number}"
        )

    def _not_a_number(self, block: Block, array: Any, position: int, row: int) -> str:
        where = f"{self.source}, {block.place(row)}, column {self.columns.names[position]!r}"
        value = array[row].as_py()
        if is_infinite(value):
            return f"{where}: {value!r} is not a finite number; correct it, or list it in `missing_values`"
        if block.place(row) == "line 1":
            return f"{where}: {value!r} is not a number; if this line names the columns, write `header: true`"
        if position == self.columns.target:
            return f"{where}: {value!r} is not a number; name the classes in `classes`, or write `classes: auto`"
        return (
            f"{where}: {value!r} is not a number; correct it, list it in `missing_values`, drop the column, "
            "or, for a column of words, write `categories: encode`"
        )


def _moved(array: Any, order: Any) -> Any:
    return array if order is None else take(array, order)


def combined(column: Any) -> Any:
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def trimmed(array: Any, missing: frozenset[str]) -> Any:
    """Text without blanks around it, null where it says that nothing is there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(array)
    absent = pc.is_in(text, value_set=pa.array(sorted(missing), pa.string()))
    return pc.if_else(absent, pa.scalar(None, pa.string()), text)


def numeric_text(array: Any, missing: frozenset[str]) -> tuple[Any, int | None]:
    """The column's text, and the first row that is neither a finite number nor missing."""
    if _all_finite(array):
        return array, None
    array = trimmed(array, missing)
    if _all_finite(array):
        return array, None
    return array, next(row for row, text in enumerate(array.to_pylist()) if not (text is None or _is_finite(text)))


def category_codes(array: Any, texts: tuple[str, ...]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.index_in(array, value_set=pa.array(texts, pa.string())).cast(pa.string())


def is_infinite(text: str) -> bool:
    number = _number(text)
    return number is not None and not abs(number) < float("inf")


def _all_finite(array: Any) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return bool(pc.all(pc.is_finite(array.cast(pa.float64()))).as_py() is not False)
    except pa.ArrowInvalid:
        return False


def _is_finite(text: str) -> bool:
    number = _number(text)
    return number is not None and abs(number) < float("inf")


def _number(text: str) -> float | None:
    """As Arrow reads it: no digit groups, no foreign digits."""
    try:
        return None if "_" in text or not text.isascii() else float(text)
    except ValueError:
        return None
