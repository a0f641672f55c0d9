"""Services and actions that nobody here knows are refused at once, in words that every client can read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local.support import Server, refusal, running_server

NOTEBOOK_RUN = {"domainIdentifier": "dzd_1", "owningProjectIdentifier": "p", "notebookIdentifier": "n"}
UNKNOWN: list[tuple[str, str, dict[str, Any], str]] = [
    ("datazone", "start_notebook_run", NOTEBOOK_RUN, "datazone StartNotebookRun"),
    ("datazone", "get_domain", {"identifier": "dzd_1"}, "datazone GetDomain"),
    ("iam", "generate_service_last_accessed_details", {"Arn": "arn:aws:iam::123456789012:role/x"}, "iam Generate"),
    ("bedrock-agent", "list_prompts", {}, "Not simulated by the local SageMaker"),
    ("frauddetector", "get_models", {}, "frauddetector GetModels"),
]


@pytest.mark.parametrize(("service", "action", "request_", "words"), UNKNOWN, ids=[case[1] for case in UNKNOWN])
def test_what_nobody_knows_is_refused_at_once(
    server: Server, service: str, action: str, request_: dict[str, Any], words: str
) -> None:
    client = server.client(service)
    started = time.monotonic()
    code, text = refusal(lambda: getattr(client, action)(**request_))
    assert code == "ValidationException"
    assert words in text
    assert time.monotonic() - started < 5


def test_a_refused_call_to_another_service_is_in_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "requests.jsonl"
    with running_server(tmp_path / "tmp", "--journal", str(journal)) as server:
        refusal(lambda: server.client("datazone").start_notebook_run(**NOTEBOOK_RUN))
    [entry] = [json.loads(line) for line in journal.read_text().splitlines()]
    assert (entry["service"], entry["action"]) == ("datazone", "StartNotebookRun")
    assert {name: entry["request"][name] for name in NOTEBOOK_RUN} == NOTEBOOK_RUN
    assert entry["refused"].startswith("Not simulated by the local SageMaker")
