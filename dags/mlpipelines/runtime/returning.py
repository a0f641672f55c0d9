"""What a team's function returned -> plain JSON data, which Airflow keeps and other steps refer to."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Set
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from mlpipelines.errors import StepError

#: Results are kept in Airflow's database, and read by every task that refers to them.
_LARGEST = 1_000_000


def plain_result(function: str, value: Any) -> Any:
    """Numbers, texts, lists and mappings; dates and times as ISO 8601, durations in seconds. Raises StepError."""
    result = _plain(f"{function} returned", "", value)
    size = len(json.dumps(result))
    if size > _LARGEST:
        raise StepError(
            f"{function} returned {size / 1e6:.1f} MB, too much for Airflow's database; write it to S3 and return its "
            "address"
        )
    return result


def _plain(what: str, path: str, value: Any) -> Any:
    if isinstance(value, Enum):
        return _plain(what, path, value.value)
    if value is None or isinstance(value, bool | str):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, int | float | Decimal):
        return _number(what, path, value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, PurePath | UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {each.name: _plain(what, f"{path}.{each.name}", getattr(value, each.name)) for each in fields}
    if isinstance(value, Mapping):
        return {_key(what, path, key): _plain(what, f"{path}.{key}", child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(what, f"{path}[{at}]", child) for at, child in enumerate(value)]
    if isinstance(value, Set):
        return [_plain(what, path, child) for child in sorted(value, key=repr)]
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return _plain(what, path, value.tolist())
    raise StepError(_refused(what, path, value))


def _number(what: str, path: str, value: int | float | Decimal) -> int | float:
    if not math.isfinite(value):
        raise StepError(f"{what} {value}{_at(path)}, which is no JSON; return a finite number, or None")
    return int(value) if isinstance(value, int) else float(value)


def _key(what: str, path: str, key: Any) -> str:
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise StepError(f"{what} a mapping{_at(path)} with the key {key!r}; keys must be texts")
    return str(key)


def _refused(what: str, path: str, value: Any) -> str:
    kind = f"{type(value).__module__.partition('.')[0]}.{type(value).__qualname__}".removeprefix("builtins.")
    hint = "return numbers, texts, lists and mappings, or write it to S3 and return its address"
    return f"{what} {kind}{_at(path)}, which Airflow cannot keep; {hint}"


def _at(path: str) -> str:
    return f" at {path.removeprefix('.')}" if path else ""
