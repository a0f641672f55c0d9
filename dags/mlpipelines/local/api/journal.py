"""What a run has asked of SageMaker: every request that changes something, a line of JSON each."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: What a client adds so that a request that is sent twice is answered once: it says nothing of what is asked for.
_TOKENS = ("ClientToken", "ClientRequestToken")
_READING = ("Describe", "List", "Get", "Search", "Query", "BatchDescribe")


class Journal:
    """Appends {"service", "action", "request"} to a file, in the order in which the requests were accepted.

    A request that is right but not simulated here is there too, with its "refused".
    """

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, threading.Lock()

    def record(self, action: str, request: Mapping[str, Any], service: str = "sagemaker", refused: str = "") -> None:
        if not action.startswith(_READING):
            told = {member: value for member, value in request.items() if member not in _TOKENS}
            entry = {"service": service, "action": action, "request": told}
            line = json.dumps({**entry, "refused": refused} if refused else entry, default=str)
            with self._lock, self._file.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
