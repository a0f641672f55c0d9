"""When a pipeline runs: cron expressions, presets, time zones, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.document import DocumentPath
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.model import utc

#: Airflow's presets (airflow.utils.dates.cron_presets) and the two that are timetables of their own.
PRESETS = ("@once", "@continuous", "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
_WAYS = ("cron", "every", "assets")


def bad_schedule(subject: Subject) -> Iterator[Problem]:
    """The schedule must be one that Airflow can follow."""
    schedule = subject.data.get("schedule")
    if isinstance(schedule, str):
        yield from _bad_cron(subject, schedule, ("schedule",))
    elif isinstance(schedule, dict):
        yield from _bad_mapping(subject, schedule)


def bad_assets(subject: Subject) -> Iterator[Problem]:
    """Assets are named as Airflow takes them: a name, or a URI with a place in it."""
    schedule = subject.data.get("schedule")
    listed: list[tuple[DocumentPath, Any]] = []
    if isinstance(schedule, dict):
        listed.append((("schedule", "assets"), schedule.get("assets")))
    listed += [(("steps", name, "outlets"), step.get("outlets")) for name, step in subject.steps.items()]
    for path, names in listed:
        for index, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and (reason := _asset_mistake(name)):
                yield subject.document.problem((*path, index), "PL306", f"{name!r} is not an asset: {reason}")


def _asset_mistake(name: str) -> str:
    scheme, colon, rest = name.partition("://")
    if not name.strip() or name != name.strip():
        return "it is empty, or has blanks around it"
    if colon and scheme.lower() == "airflow":
        return "the scheme airflow:// is Airflow's own"
    if colon and scheme.lower() == "s3" and not rest.partition("/")[0]:
        return "the bucket is missing"
    return "" if name.isascii() else "only ASCII characters are allowed"


def bad_dates(subject: Subject) -> Iterator[Problem]:
    """Dates must exist and be in order; catching up needs a start."""
    dates = {}
    for field in ("start_date", "end_date"):
        value = subject.data.get(field)
        if isinstance(value, str):
            try:
                dates[field] = utc(value)
            except ValueError as error:
                yield subject.document.problem((field,), "PL303", f"{value!r} is not a date: {error}")
    if len(dates) == 2 and dates["end_date"] <= dates["start_date"]:
        yield subject.document.problem(("end_date",), "PL303", "the end date is not after the start date")
    if subject.data.get("catchup") is True and "start_date" not in subject.data:
        message = "catchup needs a start_date: there is nothing to catch up from"
        yield subject.document.problem(("catchup",), "PL305", message, "write `start_date:`, or take `catchup` away")


def _bad_mapping(subject: Subject, schedule: dict[str, Any]) -> Iterator[Problem]:
    given = [way for way in _WAYS if way in schedule]
    if len(given) != 1:
        message = f"a schedule has exactly one of {', '.join(_WAYS)}"
        yield subject.document.problem(("schedule",), "PL301", message, f"this one has {' and '.join(given) or 'none'}")
    cron, zone = schedule.get("cron"), schedule.get("timezone")
    if isinstance(cron, str):
        yield from _bad_cron(subject, cron, ("schedule", "cron"))
        if cron.startswith("@") and cron in ("@once", "@continuous") and zone:
            yield subject.document.problem(("schedule", "timezone"), "PL301", f"{cron} has no time zone")
    elif zone is not None:
        message = "a time zone goes with a cron expression"
        yield subject.document.problem(("schedule", "timezone"), "PL301", message, "write {cron: ..., timezone: ...}")
    if isinstance(zone, str) and not _zone_exists(zone):
        yield subject.document.problem(
            ("schedule", "timezone"), "PL304", f"there is no time zone {zone!r}", _nearest_zone(zone)
        )


def _bad_cron(subject: Subject, cron: str, path: tuple[str, ...]) -> Iterator[Problem]:
    if cron.startswith("@"):
        if cron not in PRESETS:
            hint = did_you_mean(cron, PRESETS) or f"one of {', '.join(PRESETS)}"
            yield subject.document.problem(path, "PL302", f"Airflow has no preset {cron!r}", hint)
        elif cron == "@continuous" and subject.data.get("max_active_runs", 1) != 1:
            yield subject.document.problem(path, "PL301", "@continuous allows only max_active_runs: 1")
        return
    reason = _cron_mistake(cron)
    if reason:
        hint = "five fields: minute, hour, day of month, month, day of week"
        if f"@{cron.lower()}" in PRESETS:
            hint = f'write "@{cron.lower()}"'
        elif re.fullmatch("[1-9][0-9]*[smhd]", cron):
            hint = f"write {{every: {cron}}}"
        elif cron.lower() in ("none", "never", "manual", "manually"):
            hint = "write null"
        elif len(cron.split()) == 5 and re.search("[a-z]{4}", cron, re.IGNORECASE):
            hint = f"{hint}; names have three letters, such as mon or jan"
        yield subject.document.problem(path, "PL302", f"{cron!r} is not a cron expression: {reason}", hint)


#: Minute, hour, day of month, month and day of week of the expressions that people write most.
_USUAL = re.compile(
    r"(\*|[0-5]?[0-9]) (\*|1?[0-9]|2[0-3]) (\* (\*|[1-9]|1[0-2])|([1-9]|1[0-9]|2[0-8]) \*) (\*|[0-7]|1-[2-7])"
)


@cache
def _cron_mistake(cron: str) -> str:
    """Why Airflow's own cron library refuses the expression, or an empty text."""
    if _USUAL.fullmatch(cron):
        return ""
    from croniter import CroniterError, croniter

    fields = len(cron.split())
    if fields != 5:
        few = "it has only one field" if fields == 1 else f"it has only {fields} fields"
        return f"it has {fields} fields, and a sixth would mean seconds" if fields > 5 else few
    try:
        croniter(cron).get_next()
    except (CroniterError, ValueError, KeyError, AttributeError, OverflowError) as error:
        reasons = {"out of range": "a value is out of range", "failed to find": "that day never comes"}
        return next((reason for words, reason in reasons.items() if words in str(error)), "it cannot be read")
    return ""


@cache
def _zone_exists(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _nearest_zone(name: str) -> str:
    from zoneinfo import available_timezones

    zones = available_timezones()
    near = [zone for zone in zones if zone.rsplit("/", 1)[-1].lower() == name.rsplit("/", 1)[-1].lower()]
    return (
        f"did you mean {sorted(near)[0]!r}?"
        if near
        else did_you_mean(name, sorted(zone for zone in zones if zone.partition("/")[0] == name.partition("/")[0]))
    )
