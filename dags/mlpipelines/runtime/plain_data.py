"""An answer of boto3 -> plain JSON data for XCom: times as ISO 8601 text, without ResponseMetadata.

Metrics can be NaN and infinite, which JSON has not: they become text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any


def plain_data(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
