"""AWS is asked again when it throttles, fails or hangs up; the settings of a connection come first."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mlpipelines.errors import StepError
from mlpipelines.runtime.retries import ATTEMPTS
from mlpipelines.runtime.storage import Storage

pytestmark = pytest.mark.airflow
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
CUT_OFF = None


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, bytes] | None) -> Iterator[list[str]]:
    """An S3 that gives these answers in turn (CUT_OFF: half a body), then the body `whole`; yields the requests."""
    left, seen = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            answer = left.pop(0) if left else (200, b"whole")
            status, body = answer or (200, b"who")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if answer else 5))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = answer is None

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        yield seen
        server.shutdown()


def storage() -> Storage:
    return Storage(None, "us-east-1")


@pytest.mark.parametrize("answer", [(503, SLOW_DOWN), (500, b"<Error><Code>InternalError</Code></Error>"), CUT_OFF])
def test_an_object_is_read_again_until_it_is_whole(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes] | None
) -> None:
    with answering(monkeypatch, *[answer] * (ATTEMPTS - 1)) as seen:
        assert storage().read("s3://bucket/key") == b"whole"
    assert len(seen) == ATTEMPTS


def test_a_lasting_outage_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, *[(503, SLOW_DOWN)] * 99) as seen, pytest.raises(StepError, match="SlowDown"):
        storage().read("s3://bucket/key")
    assert len(seen) == ATTEMPTS


def test_the_connections_own_settings_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 2}, "read_timeout": 7}}
    monkeypatch.setenv("AIRFLOW_CONN_MINE", json.dumps({"conn_type": "aws", "extra": extra}))
    config = Storage("mine", "us-east-1").client.meta.config
    assert (config.retries["total_max_attempts"], config.read_timeout, config.connect_timeout) == (2, 7, 10)
