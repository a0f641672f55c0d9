"""A job's output, line by line, to a CloudWatch log stream."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("mlpipelines.local")
#: What one PutLogEvents may carry.
MAX_EVENTS = 1000


class LogStream:
    """Takes lines from any thread; `flush` sends what has gathered. `tail` holds the last lines."""

    def __init__(self, client: Any, group: str, stream: str, listener: Callable[[str], None] | None = None) -> None:
        self._client, self._group, self._stream = client, group, stream
        self._listener = listener
        self._lock = threading.Lock()
        self._events: list[dict[str, Any]] = []
        self._created = False
        self.tail: deque[str] = deque(maxlen=20)

    def write(self, line: str) -> None:
        with self._lock:
            # CloudWatch refuses empty messages.
            self._events.append({"timestamp": int(time.time() * 1000), "message": line or " "})
            if line.strip():
                self.tail.append(line)
        if self._listener:
            self._listener(line)

    def flush(self) -> None:
        with self._lock:
            events, self._events = self._events, []
        try:
            if events and not self._created:
                self._create()
            for start in range(0, len(events), MAX_EVENTS):
                self._client.put_log_events(
                    logGroupName=self._group, logStreamName=self._stream, logEvents=events[start : start + MAX_EVENTS]
                )
        except (BotoCoreError, ClientError) as error:  # a lost line must not cost the job
            log.warning("%s: %d lines of the log are lost: %s", self._stream, len(events), error)

    def _create(self) -> None:
        exists = self._client.exceptions.ResourceAlreadyExistsException
        with suppress(exists):
            self._client.create_log_group(logGroupName=self._group)
        with suppress(exists):
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        self._created = True
