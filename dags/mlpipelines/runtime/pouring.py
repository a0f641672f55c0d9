"""A source, block by block over a few threads -> finished rows in the spool, and how many there are of what."""

from __future__ import annotations

import logging
import time
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.cleaning import Cleaner
from mlpipelines.runtime.parts import in_turn
from mlpipelines.runtime.plain import PlainCleaner
from mlpipelines.runtime.rows import Rows, give_back
from mlpipelines.runtime.scattering import Scatter
from mlpipelines.runtime.spool import Spool
from mlpipelines.runtime.tables import Block, Source

log = logging.getLogger(__name__)

_REPORT_SECONDS = 10.0


def pour(source: Source, cleaner: Cleaner, scatter: Scatter, spool: Spool) -> tuple[int, Any]:
    """Every row of the source into the spool, to a random bucket; how many rows, and of each class's code."""
    plain = PlainCleaner(cleaner, source.delimiter) if source.delimiter else None

    def cleaned(numbered: tuple[int, Block]) -> tuple[Rows, Any]:
        number, block = numbered
        throw = scatter.throw(number)
        rows = plain.clean(block.data, throw.order) if plain and block.data is not None else None
        return cleaner.clean(block, throw.order) if rows is None else rows, throw.bounds

    tally = _Tally()
    for rows, bounds in in_turn(cleaned, enumerate(source.blocks())):
        codes = None if rows.codes is None else cleaner.labels.codes(rows.texts)[rows.codes]
        spool.append(bounds, rows.features, rows.labels, codes)
        tally.add(rows, codes)
    # Reading and writing each need tens of megabytes; what reading no longer needs must not stay beside the rest.
    give_back()
    log.info("Read %d rows, left out %d with missing values", tally.rows, tally.dropped)
    if not tally.rows:
        why = (
            f"all {tally.dropped} rows have missing values; fill them instead" if tally.dropped else "there are no rows"
        )
        raise StepError(f"{source.name}: {why}")
    return tally.rows, tally.codes


class _Tally:
    """What has been read so far."""

    def __init__(self) -> None:
        import numpy as np

        self.rows, self.dropped, self.codes = 0, 0, np.zeros(0, np.int64)
        self._reported = time.monotonic()

    def add(self, rows: Rows, codes: Any) -> None:
        import numpy as np

        self.rows += len(rows)
        self.dropped += rows.dropped
        if codes is not None:
            counted = np.bincount(codes, minlength=len(self.codes))
            counted[: len(self.codes)] += self.codes
            self.codes = counted
        if time.monotonic() - self._reported > _REPORT_SECONDS:
            self._reported = time.monotonic()
            log.info("Read %d rows", self.rows)
