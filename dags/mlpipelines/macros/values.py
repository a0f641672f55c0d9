"""The values that templates are worked out with: what Airflow's context looks like in one run, and what filters make
of it. All of it is data of ours; nothing here is called by a name that an author chose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlpipelines.naming import LIMIT, safe

#: A value, or a part of a text, that only the run knows.
UNKNOWN = "\ue000"
#: Longer texts are not worked out: no name or place is as long.
LONGEST = 4000
_DIRECTIVES = {
    "Y": "2026", "m": "11", "d": "21", "H": "04", "M": "55", "S": "00", "f": "000000", "y": "26", "j": "325",
    "b": "Nov", "B": "November", "a": "Sat", "A": "Saturday", "Z": "UTC", "z": "+0000", "p": "AM", "I": "04",
    "s": "1795236900", "F": "2026-11-21", "T": "04:55:00", "V": "47", "U": "46", "W": "46", "u": "6", "w": "6",
    "G": "2026", "e": "21", "%": "%",
}  # fmt: skip


class Moment:
    """Any point in time: 2026-11-21, 04:55:00 UTC."""

    parts: Mapping[str, int] = {"year": 2026, "month": 11, "day": 21, "hour": 4, "minute": 55, "second": 0}

    def __str__(self) -> str:
        return "2026-11-21 04:55:00+00:00"

    @staticmethod
    def isoformat() -> str:
        return "2026-11-21T04:55:00+00:00"

    @staticmethod
    def strftime(form: str) -> str:
        if UNKNOWN in form or not set(re.findall("%(.?)", form)) <= _DIRECTIVES.keys():
            return UNKNOWN
        return re.sub("%(.)", lambda found: _DIRECTIVES[found[1]], form)


MOMENT = Moment()


@dataclass(frozen=True, eq=False)
class Things:
    """Something of the context that has other things: `dag_run`."""

    has: Mapping[str, Any]


@dataclass
class Run:
    """What is known of the runs of one pipeline. `starts` is what the ids of its runs begin with."""

    pipeline: str
    starts: str = "manual"
    params: Mapping[str, Any] = field(default_factory=dict)
    """The defaults of its parameters."""
    memo: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    """What each template of each step has been found to be."""
    _contexts: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def context_of(self, step: str) -> dict[str, Any]:
        if step not in self._contexts:
            self._contexts[step] = self.context(step)
        return self._contexts[step]

    def context(self, step: str) -> dict[str, Any]:
        """What the templates of a step see."""
        run_id = f"{self.starts}__{MOMENT.isoformat()}" + ("_Tw9xY2bQ" if self.starts == "asset_triggered" else "")
        instance = {"dag_id": self.pipeline, "task_id": step, "run_id": run_id, "try_number": 1, "map_index": -1}
        dates = dict.fromkeys(("logical_date", "data_interval_start", "data_interval_end"), MOMENT)
        run = {"dag_id": self.pipeline, "run_id": run_id, "run_type": self.starts, "run_after": MOMENT, **dates}
        return {
            **({} if self.starts == "asset_triggered" else dates | _TEXTS),
            "run_id": run_id,
            "ti": Things(instance),
            "task_instance": Things(instance),
            "task": Things({"task_id": step, "dag_id": self.pipeline}),
            "dag": Things({"dag_id": self.pipeline}),
            "dag_run": Things(run),
            "params": Things({name: _plain(value) for name, value in self.params.items()}),
            "run_key": f"{safe(run_id, '._')[:80].strip('-')}-3f9a1c",
            "job_name": job_name(self.pipeline, step),
        }


def job_name(pipeline: str, step: str) -> str:
    """As long as what `job_name(ti, dag_run)` gives."""
    return f"{safe(pipeline)}-{safe(step)}"[: LIMIT - 25] + "-20261121T045500-3f9a1c-1"


def _plain(default: Any) -> Any:
    """A parameter's default; empty ones are there to be filled in."""
    known = isinstance(default, str | bool | float) or (isinstance(default, int) and abs(default) < 10**15)
    return default if known and default != "" else UNKNOWN


def shown(value: Any) -> str:
    """What `{{ }}` prints of a value."""
    if isinstance(value, str | int | float | Moment) or value is None:
        text = str(value)
        return text if len(text) <= LONGEST else UNKNOWN
    return UNKNOWN


def shortened(text: str) -> str:
    """A text for people; what is not known of it is three dots."""
    text = text.replace(UNKNOWN, "...")
    return text if len(text) <= 90 else f"{text[:87]}..."


def _replace(text: str, old: Any, new: Any, *rest: Any) -> str:
    """Pieces that are not known may hold what is replaced: only one character for another leaves the rest true."""
    if not (isinstance(old, str) and isinstance(new, str)) or rest or (UNKNOWN in text and len(old) != 1):
        return UNKNOWN
    if UNKNOWN in old + new or not old or len(text) + text.count(old) * len(new) > LONGEST:
        return UNKNOWN
    return text.replace(old, new)


def _truncate(text: str, length: Any = 255, killwords: Any = False, end: Any = "...", leeway: Any = 5) -> str:
    if UNKNOWN in text or not (isinstance(length, int) and isinstance(end, str) and isinstance(leeway, int)):
        return UNKNOWN
    if len(text) <= length + leeway:
        return text
    cut = text[: max(length - len(end), 0)]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def _number(kind: Callable[[Any], Any], default: Any) -> Callable[..., Any]:
    def cast(value: Any, *rest: Any) -> Any:
        try:
            return UNKNOWN if rest or (isinstance(value, str) and UNKNOWN in value) else kind(value)
        except (ValueError, TypeError, OverflowError):
            return default

    return cast


def _trim(text: str, characters: Any = None) -> str:
    known = UNKNOWN not in text and (characters is None or isinstance(characters, str))
    return text.strip(characters) if known else UNKNOWN


#: Of a point in time.
DATE_FILTERS: dict[str, Callable[[Moment], str]] = {
    "ds": lambda moment: moment.strftime("%Y-%m-%d"),
    "ds_nodash": lambda moment: moment.strftime("%Y%m%d"),
    "ts": lambda moment: moment.isoformat(),
    "ts_nodash": lambda moment: moment.strftime("%Y%m%dT%H%M%S"),
    "ts_nodash_with_tz": lambda moment: moment.isoformat().replace("-", "").replace(":", ""),
}
_TEXTS = {name: date_filter(MOMENT) for name, date_filter in DATE_FILTERS.items()}
#: Of texts.
TEXT_FILTERS: dict[str, Callable[..., Any]] = {
    "replace": _replace,
    "truncate": _truncate,
    "trim": _trim,
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "capitalize": lambda text: UNKNOWN if UNKNOWN in text else text.capitalize(),
    "length": lambda text: UNKNOWN if UNKNOWN in text else len(text),
    "count": lambda text: UNKNOWN if UNKNOWN in text else len(text),
}
#: Of anything.
FILTERS: dict[str, Callable[..., Any]] = {
    "string": shown,
    "int": _number(lambda value: int(float(value)), 0),
    "float": _number(float, 0.0),
    "default": lambda value, *rest: value,
    "d": lambda value, *rest: value,
}
METHODS: dict[str, Callable[..., Any]] = {
    "replace": _replace,
    "strip": _trim,
    "lower": TEXT_FILTERS["lower"],
    "upper": TEXT_FILTERS["upper"],
}
