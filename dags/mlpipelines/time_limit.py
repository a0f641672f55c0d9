"""How long Airflow lets a DAG file take -> when the loader stops, and what is said of the pipelines that were left out.

Airflow ends a DAG file that takes too long, and then takes all its DAGs for gone. Stopping before costs only those that
were not reached; what was compiled is in the cache, and the next parse gets further.
"""

# ruff: noqa: TID253 (as in loader.py, which is the only one to import this)
from __future__ import annotations

import math
import time

from airflow import settings
from airflow.configuration import conf

from mlpipelines.errors import Problem

#: Of the time for a DAG file, so much is the loader's: Airflow checks and serialises what it is given after that.
_SHARE = 0.8
#: Of the time for a whole process, so much may be that of the DAG file.
_FILE_SHARE = 0.6


class TimeLimit:
    """The time that is left for one DAG file."""

    def __init__(self, dag_file: str) -> None:
        limits = (
            settings.get_dagbag_import_timeout(dag_file),
            _FILE_SHARE * conf.getfloat("dag_processor", "dag_file_processor_timeout", fallback=0),
        )
        self.seconds = min((limit for limit in limits if limit > 0), default=math.inf)
        self._end = time.monotonic() + _SHARE * self.seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._end

    def problem(self, late: int, count: int) -> Problem:
        """What to say when so many of all pipelines were not reached."""
        message = (
            f"{late} of {count} pipelines are not loaded yet: the {self.seconds:.0f} s that Airflow gives to a DAG file"
            " were over. What was compiled is kept, and the next parse goes on from there"
        )
        hint = (
            "deploy them compiled (mlpipelines compile), or raise [core] dagbag_import_timeout and"
            " [dag_processor] dag_file_processor_timeout"
        )
        return Problem("pipelines", 1, 1, "PL505", message, hint)
