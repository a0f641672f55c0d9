"""What a running Airflow says of itself over its REST API."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mlpipelines.local.up.home import USER

PARTS = ("scheduler", "dag_processor", "triggerer")
_PAGE = 100


class Rest:
    """Raises OSError and ValueError when the API server does not answer, or not as it should."""

    def __init__(self, url: str, password: str) -> None:
        self._url, self._password, self._token = url, password, ""
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is no proxy's affair

    def unhealthy(self, since: float = 0.0) -> list[str]:
        """Components that are not healthy, or whose last sign of life is older than `since` (seconds since 1970)."""
        states = self._call("GET", "/api/v2/monitor/health")
        return [part for part in PARTS if not _lives(states[part], part, since)]

    def parsed(self, since: float) -> set[str]:
        """DAGs whose file was parsed after `since`."""
        found = set()
        for dag in self._all("/api/v2/dags", "dags"):
            if _seconds(dag["last_parsed_time"]) >= since:
                found.add(str(dag["dag_id"]))
        return found

    def import_errors(self, since: float) -> bool:
        """Whether a DAG file has failed after `since`."""
        errors = self._all("/api/v2/importErrors", "import_errors")
        return any(_seconds(error["timestamp"]) >= since for error in errors)

    def variables(self) -> set[str]:
        """Those that a user sees under Admin, and of the caller's environment."""
        prefix = "AIRFLOW_VAR_"
        given = {name.removeprefix(prefix).lower() for name in os.environ if name.startswith(prefix)}
        return given | {str(variable["key"]) for variable in self._all("/api/v2/variables", "variables")}

    def _all(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        offset, total = 0, 1
        while offset < total:
            answer = self._call("GET", f"{path}?limit={_PAGE}&offset={offset}", signed=True)
            yield from answer[key]
            offset, total = offset + _PAGE, answer["total_entries"]

    def _call(self, method: str, path: str, body: Any = None, *, signed: bool = False) -> Any:
        headers = {"Content-Type": "application/json"}
        if signed:
            headers["Authorization"] = f"Bearer {self._signed_in()}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data=data, method=method, headers=headers)
        with self._opener.open(request, timeout=10) as answer:
            return json.loads(answer.read())

    def _signed_in(self) -> str:
        if not self._token:
            login = {"username": USER, "password": self._password}
            self._token = self._call("POST", "/auth/token", login)["access_token"]
        return self._token


def _lives(state: dict[str, Any], part: str, since: float) -> bool:
    beat = state.get(f"latest_{part}_heartbeat")
    return state.get("status") == "healthy" and bool(beat) and _seconds(beat) >= since


def _seconds(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0
