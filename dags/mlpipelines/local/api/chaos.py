"""Faults of AWS on purpose: which request goes wrong, and how. The same seed gives the same faults.

`--faults` takes a file or JSON text:

    {"seed": 7, "rate": 0.1}
    {"seed": 7, "faults": [{"service": "s3", "action": "Put*", "kind": "error", "probability": 0.2, "times": 3}]}

Whether the n-th call of an action goes wrong depends on the seed, the service, the action and n alone, so it does not
matter which other calls come between. Kinds:

    throttle     refused: ThrottlingException (400), SlowDown (503) of S3
    error        refused: 500
    unavailable  refused: 503
    slow         answered after `delay` seconds
    drop         not done, and the connection closed without an answer (after `delay`)
    lost         done, and the connection closed without an answer (after `delay`)
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mlpipelines.errors import PipelineError

KINDS = ("throttle", "error", "unavailable", "slow", "drop", "lost")
#: How `rate` is shared out.
MIXTURE = {"throttle": 0.4, "error": 0.25, "unavailable": 0.1, "drop": 0.1, "lost": 0.15}


class InvalidFaults(PipelineError):
    """The faults that were asked for cannot be understood; the message says why."""


@dataclass(frozen=True)
class Fault:
    """One rule; `service` and `action` are patterns as of file names. `times`: at most so often."""

    kind: str
    probability: float = 1.0
    service: str = "*"
    action: str = "*"
    delay: float = 0.0
    times: int | None = None

    def fits(self, service: str, action: str) -> bool:
        return fnmatch.fnmatchcase(service, self.service) and fnmatch.fnmatchcase(action, self.action)


class Faults:
    """`journal`: a file that gets one JSON object a line for each fault."""

    def __init__(self, seed: int, rules: Iterable[Fault], journal: Path | None = None) -> None:
        self._seed, self._rules, self._journal = seed, tuple(rules), journal
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._given: Counter[int] = Counter()
        self.given: list[dict[str, Any]] = []

    def of_call(self, service: str, action: str) -> Fault | None:
        """What happens to the next call of this action."""
        with self._lock:
            call = self._calls[service, action] = self._calls[service, action] + 1
            for number, rule in enumerate(self._rules):
                if not rule.fits(service, action) or self._given[number] == rule.times:
                    continue
                if self._chance(number, service, action, call) < rule.probability:
                    self._given[number] += 1
                    self._note({"service": service, "action": action, "call": call, "kind": rule.kind})
                    return rule
        return None

    def _chance(self, *what: object) -> float:
        digest = hashlib.sha256(repr((self._seed, *what)).encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64

    def _note(self, entry: dict[str, Any]) -> None:
        self.given.append(entry)
        if self._journal:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


def read_faults(source: str | Path | Mapping[str, Any] | None, journal: Path | None = None) -> Faults | None:
    """From a file, JSON text, or plain data. Raises InvalidFaults."""
    if source is None:
        return None
    content = source if isinstance(source, Mapping) else _parsed(source)
    unknown = content.keys() - {"seed", "rate", "faults"}
    if unknown:
        raise InvalidFaults(f"faults: unknown member {min(unknown)!r}; there are seed, rate and faults")
    rules = [_rule(item) for item in content.get("faults", [])]
    rate = content.get("rate", 0)
    if not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise InvalidFaults(f"faults: `rate` is a number from 0 to 1, not {rate!r}")
    if rate:
        rules += [
            Fault(kind, rate * share, service) for service in ("sagemaker", "s3") for kind, share in MIXTURE.items()
        ]
    return Faults(int(content.get("seed", 0)), rules, journal)


def _parsed(source: str | Path) -> Mapping[str, Any]:
    text = str(source)
    try:
        content = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidFaults(f"faults: {error}") from None
    if not isinstance(content, dict):
        raise InvalidFaults('faults: an object is expected, as {"seed": 7, "rate": 0.1}')
    return content


def _rule(item: Any) -> Fault:
    known = [member.name for member in fields(Fault)]
    if not isinstance(item, Mapping) or item.get("kind") not in KINDS:
        raise InvalidFaults(f"faults: each has a `kind` of {', '.join(KINDS)}; this one has not: {item!r}")
    for member in item:
        if member not in known:
            raise InvalidFaults(f"faults: unknown member {member!r}; a fault has {', '.join(known)}")
    return Fault(**item)
