"""Parquet -> its column names and blocks of Arrow text columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpipelines.errors import StepError, did_you_mean
from mlpipelines.runtime.tables import Layout

_ROWS = 50_000
_USUAL_RATIO = 4  # of text to packed columns


@dataclass(frozen=True)
class ParquetSource:
    path: Path
    name: str
    columns: tuple[str, ...]
    missing: frozenset[str]
    delimiter: None = None

    @property
    def size(self) -> int:
        return self.path.stat().st_size * _USUAL_RATIO

    def blocks(self) -> Iterator[ParquetBlock]:
        import pyarrow as pa
        from pyarrow import parquet

        start = 0
        try:
            with parquet.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=_ROWS, columns=list(self.columns), use_threads=False):
                    yield ParquetBlock(self, batch, start)
                    start += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise StepError(_unreadable(self.name, error)) from error


@dataclass(frozen=True)
class ParquetBlock:
    source: ParquetSource
    batch: Any
    start: int
    data: None = None

    def table(self, wanted: Sequence[int]) -> Any:
        import pyarrow as pa

        names = [self.source.columns[number] for number in wanted]
        arrays = [self._text(name) for name in names]
        return pa.table(arrays, names=[str(number) for number in wanted])

    def place(self, row: int) -> str:
        return f"row {self.start + row + 1}"

    def _text(self, name: str) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        values = self.batch.column(name)
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        try:
            text = values.cast(pa.string())
        except pa.ArrowException as error:
            raise StepError(
                f"{self.source.name}, column {name!r}: values of type {values.type} cannot be written as text; "
                "drop the column, or flatten it first"
            ) from error
        missing = pc.is_in(text, value_set=pa.array(sorted(self.source.missing), pa.string()))
        return pc.if_else(missing, pa.scalar(None, pa.string()), text)


def open_parquet(path: Path, name: str, layout: Layout) -> ParquetSource:
    """The columns are those named by the author, or all."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        raise StepError(_unreadable(name, error)) from error
    for column in layout.columns or ():
        if column not in found:
            hint = did_you_mean(column, found) or f"it has {', '.join(found)}"
            raise StepError(f"{name}: the file has no column {column!r} that `columns` names; {hint}")
    return ParquetSource(path, name, layout.columns or tuple(found), layout.missing)


def _unreadable(name: str, error: Exception) -> str:
    return f"{name}: the file cannot be read as Parquet, or is cut off ({error}); check `format` and get the file again"
