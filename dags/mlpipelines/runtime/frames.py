"""A team's own function between reading and splitting: Arrow columns -> DataFrame -> the function -> a source again."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.cleaning import Cleaner
from mlpipelines.runtime.functions import load_function
from mlpipelines.runtime.tables import MISSING_TEXTS, Source

log = logging.getLogger(__name__)

_ROWS = 50_000


@dataclass(frozen=True)
class FrameSource:
    """A DataFrame that reads like a file."""

    name: str
    frame: Any
    delimiter: None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self.frame.columns)

    @property
    def size(self) -> int:
        return int(self.frame.memory_usage(deep=True).sum())

    def blocks(self) -> Iterator[FrameBlock]:
        for start in range(0, len(self.frame), _ROWS):
            yield FrameBlock(self, start)


@dataclass(frozen=True)
class FrameBlock:
    source: FrameSource
    start: int
    data: None = None

    def table(self, wanted: Sequence[int]) -> Any:
        import pyarrow as pa

        part = self.source.frame.iloc[self.start : self.start + _ROWS]
        arrays = [self._text(part.iloc[:, position], position) for position in wanted]
        return pa.table(arrays, names=[str(position) for position in wanted])

    def place(self, row: int) -> str:
        return f"row {self.start + row + 1}"

    def _text(self, series: Any, position: int) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            values = pa.Array.from_pandas(series)
            if pa.types.is_dictionary(values.type):
                values = values.dictionary_decode()
            text = (values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values).cast(pa.string())
        except (pa.ArrowException, TypeError) as error:
            raise StepError(
                f"{self.source.name}, column {self.source.columns[position]!r}: the values cannot be written as text "
                f"({error}); return numbers"
            ) from error
        absent = pc.is_in(text, value_set=pa.array(MISSING_TEXTS, pa.string()))
        return pc.if_else(absent, pa.scalar(None, pa.string()), text)


def call(path: str, frame: Any) -> FrameSource:
    """Call the function and look at what it returns."""
    import pandas as pd

    function = load_function(path)
    log.info("Calling %s with %d rows and %d columns", path, *frame.shape)
    try:
        result = function(frame)
    except Exception as error:
        raise StepError(f"`callable` {path!r} failed: {type(error).__name__}: {error}") from error
    if not isinstance(result, pd.DataFrame):
        raise StepError(f"`callable` {path!r} returned {type(result).__name__}, not a DataFrame; return the frame")
    if result.empty:
        raise StepError(f"`callable` {path!r} returned no rows or no columns")
    return FrameSource(f"the result of {path}", result)


def frame_as_read(source: Source) -> Any:
    """Every column; numbers where all values of a column are numbers, text elsewhere."""
    positions = range(len(source.columns))
    tables = [block.table(positions) for block in source.blocks()]
    return _frame({source.columns[at]: [table.column(str(at)) for table in tables] for at in positions})


def frame_as_cleaned(source: Source, cleaner: Cleaner) -> tuple[Any, Mapping[str, int] | None]:
    """The columns in use after the built-in processing, the target first and as a number; and the classes' numbers."""
    parts = [cleaner.values(block)[0] for block in source.blocks()]
    columns = cleaner.columns
    frame = _frame({columns.names[at]: [values[at] for values in parts] for at in columns.used})
    if cleaner.labels.classes is None:
        return frame, None
    cleaner.labels.codes(frame[columns.target_name].astype(str).unique().tolist())
    mapping = cleaner.labels.mapping()
    frame[columns.target_name] = frame[columns.target_name].astype(str).map(mapping)
    return frame, mapping


def _frame(columns: Mapping[str, list[Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame({name: _numbers(pieces) for name, pieces in columns.items()})


def _numbers(pieces: list[Any]) -> Any:
    import pyarrow as pa

    arrays = [chunk for piece in pieces for chunk in getattr(piece, "chunks", [piece])]
    whole = pa.chunked_array(arrays, pa.string())
    for kind in (pa.int64(), pa.float64()):
        try:
            return whole.cast(kind).to_pandas()
        except pa.ArrowInvalid:
            continue
    return whole.to_pandas()
