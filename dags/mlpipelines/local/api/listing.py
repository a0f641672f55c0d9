"""Rows and a List* request -> the page that AWS would answer with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlpipelines.local.faults import InvalidRequest

Row = Mapping[str, Any]
PAGE = 100


def page(
    rows: Iterable[Row], request: Mapping[str, Any], *, name: str, answer: str, shown: Iterable[str], order: str
) -> dict[str, Any]:
    """{answer: [...], NextToken?}: filtered by name and times, sorted, cut.

    `name` is the member that NameContains and SortBy Name mean; `shown` the members of a summary; `order` the order
    when the request asks for none.
    """
    found = [row for row in rows if _wanted(row, request, name)]
    key = {"Name": name}.get(request.get("SortBy", ""), request.get("SortBy", "CreationTime"))
    # Rows that were made at the same moment keep the order in which they were made.
    found.sort(key=lambda row: str(row.get(key, "")) if key == name else row.get(key, 0))
    if request.get("SortOrder", order) == "Descending":
        found.reverse()
    start, size = _start(request), int(request.get("MaxResults", PAGE))
    members = tuple(shown)
    summaries = [{member: row[member] for member in members if member in row} for row in found[start : start + size]]
    more = {"NextToken": str(start + size)} if len(found) > start + size else {}
    return {answer: summaries, **more}


def _wanted(row: Row, request: Mapping[str, Any], name: str) -> bool:
    if request.get("NameContains", "").lower() not in str(row.get(name, "")).lower():
        return False
    for moment, member in (("CreationTime", "CreationTime"), ("LastModifiedTime", "LastModifiedTime")):
        when = row.get(member, 0)
        if not request.get(f"{moment}After", float("-inf")) < when < request.get(f"{moment}Before", float("inf")):
            return False
    return True


def _start(request: Mapping[str, Any]) -> int:
    token = request.get("NextToken", "0")
    if not str(token).isdigit():
        raise InvalidRequest(f"Invalid NextToken: {token!r}.")
    return int(token)
