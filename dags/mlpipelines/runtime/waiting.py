"""Waiting on the worker for what no trigger of the provider knows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.triggers import PATIENCE


def wait_until(operator: Any, what: str, is_so: Callable[[], bool]) -> None:
    """Look every `check_interval` seconds, at most `max_attempts` times. Raises AirflowException when that is over."""
    attempts = failures = 0
    while True:
        try:
            if is_so():
                return
            failures = 0
        except Exception as error:
            failures += 1
            if not aws_errors.is_passing(error) or failures > PATIENCE:
                raise
            operator.log.warning("AWS did not answer, looking again: %s", aws_errors.text(error))
        attempts += 1
        if operator.max_attempts is not None and attempts >= operator.max_attempts:
            waited = attempts * operator.check_interval
            raise AirflowException(f"Waited {waited:g} s in vain until {what}")
        operator.log.info("Waiting until %s", what)
        time.sleep(operator.check_interval)
