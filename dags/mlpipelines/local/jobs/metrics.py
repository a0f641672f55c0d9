"""Lines of an algorithm's log -> its metrics, by regular expressions as CloudWatch sees them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf)"
#: `#quality_metric: host=algo-1, test accuracy <score>=0.93`: k-NN and linear learner.
_QUALITY = re.compile(rf"#quality_metric: host=\S+, (?:epoch=\d+, )?(\w+) (\w+) <\w+>={_NUMBER}")
#: `[9]	train-rmse:0.31	validation-rmse:0.42`: XGBoost.
_BOOSTING = re.compile(rf"\b(train|validation)-([\w@.-]+?):{_NUMBER}")


class Metrics:
    """Give it every line to `read`; `final` is a job's FinalMetricDataList, `history` every value of each metric."""

    def __init__(self, definitions: Sequence[Mapping[str, str]], built_in: bool) -> None:
        self._definitions = [(item["Name"], re.compile(item["Regex"])) for item in definitions]
        self._built_in = built_in
        self._last: dict[str, tuple[float, float]] = {}
        self.history: dict[str, list[float]] = {}

    def read(self, line: str) -> None:
        for name, value in self._values(line):
            try:
                self._last[name] = (float(value), time.time())
                self.history.setdefault(name, []).append(float(value))
            except ValueError:  # the expression found something that is no number; CloudWatch drops it as well
                continue

    @property
    def final(self) -> list[dict[str, Any]]:
        return [{"MetricName": name, "Value": value, "Timestamp": at} for name, (value, at) in self._last.items()]

    def _values(self, line: str) -> Iterator[tuple[str, str]]:
        for name, expression in self._definitions:
            if match := expression.search(line):
                yield name, match[1] if match.re.groups else match[0]
        if self._built_in:
            for expression in (_QUALITY, _BOOSTING):
                for channel, metric, value in expression.findall(line):
                    yield f"{channel}:{metric}", value
