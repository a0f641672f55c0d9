"""What Airflow's DAG page says of a pipeline: its YAML and its requests, whole, without their secrets."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpipelines.documentation import LONGEST, documentation, indented, masked
from mlpipelines.project import Project
from mlpipelines.render import Request
from tests.conftest import CASES

SECRETS = ("correct-horse", "staple-4711", "hunter22", "swordfish", "AKIAIOSFODNN7EXAMPLE")
BLOCK = re.compile(r"^(`{3,})(yaml|json)\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", ["iris-knn", "documented-secrets"])
def test_the_page_is_as_expected(name: str, project: Project, golden: Callable[[str, Path], None]) -> None:
    file = CASES / "valid" / f"{name}.yaml"
    golden(project.compile(file).documentation + "\n", file.with_suffix(".md"))


def test_no_secret_is_shown_wherever_it_stands(project: Project) -> None:
    compiled = project.compile(CASES / "valid" / "documented-secrets.yaml")
    sent = json.dumps([request.data for request in compiled.requests])
    assert all(secret in sent for secret in SECRETS)
    assert not any(secret in compiled.documentation for secret in SECRETS)
    assert "{{ var.value.db_token }}" in compiled.documentation, "a template is no secret"


@pytest.mark.parametrize("file", sorted((CASES / "valid").glob("step-*.yaml")), ids=lambda file: file.stem)
def test_every_request_stands_under_its_task_and_action(file: Path, project: Project) -> None:
    compiled = project.compile(file)
    text = compiled.documentation
    blocks = [(found[2], found[3]) for found in BLOCK.finditer(text)]
    assert yaml.safe_load(blocks[0][1])["name"] == compiled.pipeline.name
    shown = [json.loads(block) for language, block in blocks if language == "json"]
    assert shown == [masked(request.data) for request in compiled.requests]
    headings = re.findall(r"^### (\S+): \[(\w+)\]", text, re.MULTILINE)
    assert headings == [(request.task, request.action) for request in compiled.requests]


def test_a_text_with_fences_does_not_end_its_block(project: Project) -> None:
    compiled = project.compile(CASES / "valid" / "documented-secrets.yaml")
    assert [found[2] for found in BLOCK.finditer(compiled.documentation)] == ["yaml", "json", "json"]


def test_a_pipeline_without_requests_has_no_such_section(project: Project) -> None:
    compiled = project.compile(CASES / "valid" / "anchors.yaml")
    assert compiled.requests or "AWS requests" not in compiled.documentation


def test_what_is_too_long_for_a_page_is_named(project: Project) -> None:
    pipeline = project.compile(CASES / "valid" / "iris-knn.yaml").pipeline
    requests = [
        Request("small", "small", "CreateModel", {"ModelName": "a"}),
        Request("large", "large", "CreateTrainingJob", {"HyperParameters": {"a": "b" * LONGEST}}),
        Request("last", "last", "CreateModel", {"ModelName": "c"}),
    ]
    text = documentation(pipeline, requests)
    assert len(text) < 10_000
    assert '"ModelName": "a"' in text
    assert text.endswith(
        "Too long for this page: `large`, `last`. `mlpipelines render --requests` prints all requests."
    )


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"Environment": {"API_TOKEN": "abc"}}, {"Environment": {"API_TOKEN": "***"}}),
        ({"secret": {"password": 12345678, "on": True}}, {"secret": {"password": "***", "on": True}}),
        ({"Tags": [{"Key": "password", "Value": "x"}]}, {"Tags": [{"Key": "password", "Value": "***"}]}),
        ({"secrets": {"a": ["b"]}}, {"secrets": {"a": ["***"]}}),
        ({"Uri": "https://u:pw@h/x"}, {"Uri": "https://***@h/x"}),
        ({"Command": ["run", "known-secret"]}, {"Command": ["run", "***"]}),
        ({"Mode": "keys", "Many": "keystone"}, {"Mode": "***", "Many": "keystone"}),
        ({"token": "{{ params.token }}", "count": 3, "rate": 0.5, "on": False}, None),
    ],
)  # fmt: skip
def test_secrets_of_requests_are_masked(data: dict[str, Any], shown: dict[str, Any] | None) -> None:
    before = json.dumps(data)
    assert masked(data, {"known-secret", "keys"}) == (shown or data)
    assert json.dumps(data) == before, "the request itself is not changed"


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, 'é\n"x'], "b": {}, "c": [], "d": {"e": [{"f": 1}]}, "": "x"},
        [],
        {},
        "x",
        0,
        [[[]], [{}]],
        {"a": {"b": {"c": "d"}}},
    ],
)
def test_requests_are_json_as_everybody_indents_it(value: object) -> None:
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)


def test_many_secrets_take_no_time(project: Project) -> None:
    pipeline = project.compile(CASES / "valid" / "iris-knn.yaml").pipeline
    tokens = "".join(f"    - a-secret-number-{n}\n" for n in range(10_000))
    pipeline = replace(pipeline, source=f"vars:\n  tokens:\n{tokens}")
    data = {"HyperParameters": {f"h{n}": f"x a-secret-number-{n} y" for n in range(2_000)}}
    started = time.process_time()
    text = documentation(pipeline, [Request("a", "a", "CreateTrainingJob", data)])
    assert time.process_time() - started < 10
    assert "a-secret" not in text
    assert "x *** y" in text
