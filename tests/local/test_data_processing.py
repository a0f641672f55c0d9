"""A transform's filters and its join, as SageMaker's documentation describes them, and payloads sent at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlpipelines.facts.json_path import InvalidPath, JsonPath
from tests.local.support import ROLE, Server, transform_request, uri_of

RECORD = {"id": 7, "features": [1, 2, 3], "deep": {"a": {"x": 1}, "b": {"x": 2}}}
SELECTED: list[tuple[str, Any, Any]] = [
    ("$", [1, 2], [1, 2]),
    ("$[1]", [1, 2, 3], 2),
    ("$[-1]", [1, 2, 3], 3),
    ("$[1:]", [1, 2, 3], [2, 3]),
    ("$[:-1]", [1, 2, 3], [1, 2]),
    ("$[0,-1]", [1, 2, 3], [1, 3]),
    ("$[0,5:]", [0, 1, 2, 3, 4, 5, 6], [0, 5, 6]),
    ("$[0:2, 3:]", [0, 1, 2, 3, 4], [0, 1, 3, 4]),
    ("$.features", RECORD, [1, 2, 3]),
    ("$.features[0]", RECORD, 1),
    ("$['id','features']", RECORD, {"id": 7, "features": [1, 2, 3]}),
    ("$.['id']", RECORD, 7),
    ('$["id"]', RECORD, 7),
    ("$.deep.*", RECORD, [{"x": 1}, {"x": 2}]),
    ("$.deep.*.x", RECORD, [1, 2]),
    ("$[*]", [1, 2], [1, 2]),
]


@pytest.mark.parametrize(("path", "value", "selected"), SELECTED)
def test_a_path_selects(path: str, value: Any, selected: Any) -> None:
    assert JsonPath(path).select(value) == selected


@pytest.mark.parametrize("path", ["", "id", "$id", "$[", "$[]", "$[a]", "$..id", "$[?(@.a)]", "$['a',1]", "$.id[0"])
def test_what_sagemaker_does_not_know_is_no_path(path: str) -> None:
    with pytest.raises(InvalidPath):
        JsonPath(path)


@pytest.mark.parametrize(
    ("path", "value"), [("$[5]", [1]), ("$[3:]", [1]), ("$.no", {"a": 1}), ("$.a", [1]), ("$[0]", 1)]
)
def test_data_without_the_part_is_an_error(path: str, value: Any) -> None:
    with pytest.raises(InvalidPath):
        JsonPath(path).select(value)


@pytest.fixture(scope="module")
def model(server: Server) -> str:
    """Answers a CSV row with the sum of its values, a JSON list with {"sum": ...}."""
    server.sagemaker.create_model(ModelName="adder", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": uri_of("adder")})
    return "adder"


CSV: dict[str, Any] = {"output": {"AssembleWith": "Line", "Accept": "text/csv"}}
LINES: dict[str, Any] = {
    "source": {"ContentType": "application/jsonlines"},
    "output": {"Accept": "application/jsonlines", "AssembleWith": "Line"},
}
DOCUMENT: dict[str, Any] = {
    "source": {"ContentType": "application/json", "SplitType": "None"},
    "output": {"Accept": "application/json"},
}
PROCESSED: list[tuple[str, str, dict[str, Any], dict[str, str], str]] = [
    ("csv-input", "9,1,2\n8,3,4\n", CSV, {"InputFilter": "$[1:]"}, "3\n7\n"),
    ("csv-join", "9,1,2\n8,3,4\n", CSV, {"JoinSource": "Input"}, "9,1,2,12\n8,3,4,15\n"),
    (
        "csv-id",
        "9,1,2\n8,3,4\n",
        CSV,
        {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
        "9,3\n8,7\n",
    ),
    (
        "csv-quoted",
        '"a, ""b""",1\n',
        CSV,
        {"InputFilter": "$[1]", "JoinSource": "Input"},
        '"a, ""b""",1,1\n',
    ),
    ("csv-output", "1,2\n", CSV, {"OutputFilter": "$[0]"}, "3\n"),
    (
        "lines-id",
        '{"id": 1, "features": [1, 2]}\n{"id": 2, "features": [3]}\n',
        LINES,
        {"InputFilter": "$.features", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"},
        '{"id":1,"SageMakerOutput":{"sum":3}}\n{"id":2,"SageMakerOutput":{"sum":3}}\n',
    ),
    (
        "lines-list",
        "[1,2]\n",
        LINES,
        {"JoinSource": "Input"},
        '{"SageMakerInput":[1,2],"SageMakerOutput":{"sum":3}}\n',
    ),
    (
        "lines-whole",
        '{"f": [1]}\n{"f": [2]}\n',
        {
            "source": {"ContentType": "application/jsonlines", "SplitType": "None"},
            "output": {"Accept": "application/jsonlines", "AssembleWith": "None"},
        },
        {"InputFilter": "$.f", "JoinSource": "Input"},
        '{"f":[1],"SageMakerOutput":{"sum":1}}\n{"f":[2],"SageMakerOutput":{"sum":2}}\n',
    ),
    (
        "document",
        '{"key": 1, "f": [4, 5]}',
        DOCUMENT,
        {"InputFilter": "$.f", "JoinSource": "Input", "OutputFilter": "$['key','SageMakerOutput']"},
        '{"key":1,"SageMakerOutput":{"sum":9}}',
    ),
]


@pytest.mark.parametrize(
    ("name", "text", "formats", "processing", "written"), PROCESSED, ids=[case[0] for case in PROCESSED]
)
def test_records_are_filtered_and_joined(
    server: Server,
    model: str,
    name: str,
    text: str,
    formats: dict[str, Any],
    processing: dict[str, str],
    written: str,
) -> None:
    more = {key: dict(value) for key, value in formats.items()}
    job = server.transform(name, model, server.put(f"processed/{name}/in", text), DataProcessing=processing, **more)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert server.get(f"{name}/in.out") == written


FAILED: list[tuple[str, str, dict[str, Any], dict[str, str], str]] = [
    ("columns", "1,2\n", CSV, {"InputFilter": "$[5]"}, "the filter $[5] asks for 5 of a record of 2 values"),
    ("member", '{"a": [1]}\n', LINES, {"InputFilter": "$.b"}, "the filter $.b asks for 'b'"),
    ("text", "no json\n", LINES, {"InputFilter": "$.b"}, "Failed to parse input as JSON"),
    ("count", "1\nskip\n", CSV, {"JoinSource": "Input"}, "the model answered 2 records with 1"),
]


@pytest.mark.parametrize(("name", "text", "formats", "processing", "reason"), FAILED, ids=[case[0] for case in FAILED])
def test_records_that_do_not_fit_fail_the_job(
    server: Server,
    model: str,
    name: str,
    text: str,
    formats: dict[str, Any],
    processing: dict[str, str],
    reason: str,
) -> None:
    more = {key: dict(value) for key, value in formats.items()}
    uri = server.put(f"unfit/{name}/in", text)
    job = server.transform(f"unfit-{name}", model, uri, DataProcessing=processing, **more)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert reason in job["FailureReason"]


REFUSED: list[tuple[dict[str, Any], dict[str, str], str]] = [
    (CSV, {"InputFilter": "$.name"}, "the columns of text/csv have positions only"),
    (CSV, {"InputFilter": "id"}, "must start with $"),
    ({}, {"JoinSource": "Input"}, "needs a TransformOutput.AssembleWith of Line"),
    ({"source": {"SplitType": "None"}}, {"InputFilter": "$[1:]"}, "needs a TransformInput.SplitType of Line"),
    ({"source": {"ContentType": "text/plain"}}, {"InputFilter": "$[1:]"}, "needs a TransformInput.ContentType"),
    (
        {"output": {"AssembleWith": "Line", "Accept": "application/json"}},
        {"JoinSource": "Input"},
        "needs a TransformOutput.Accept of text/csv",
    ),
]


@pytest.mark.parametrize(("formats", "processing", "message"), REFUSED)
def test_what_sagemaker_does_not_process_is_refused(
    server: Server, model: str, formats: dict[str, Any], processing: dict[str, str], message: str
) -> None:
    more = {key: dict(value) for key, value in formats.items()}
    request = transform_request("refused", model, "s3://lab/x", DataProcessing=processing, **more)
    with pytest.raises(ClientError) as error:
        server.sagemaker.create_transform_job(**request)
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert message in error.value.response["Error"]["Message"]


def test_payloads_are_sent_at_the_same_time_and_written_in_their_order(server: Server) -> None:
    container = {"Image": uri_of("adder"), "Environment": {"TOGETHER": "4"}}
    server.sagemaker.create_model(ModelName="together", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    uri = server.put("together/in.csv", "".join(f"{number}\n" for number in range(16)))
    output = {"AssembleWith": "Line"}
    job = server.transform(
        "together", "together", uri, output=output, BatchStrategy="SingleRecord", MaxConcurrentTransforms=4
    )
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert server.get("together/in.csv.out") == "".join(f"{number}\n" for number in range(16))


def test_what_a_request_leaves_open_is_the_containers_to_say(server: Server) -> None:
    parameters = {"MaxConcurrentTransforms": 4, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 1}
    container = {"Image": uri_of("adder"), "Environment": {"PARAMETERS": json.dumps(parameters)}}
    server.sagemaker.create_model(ModelName="outspoken", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    uri = server.put("outspoken/in.csv", "1\n2\n")
    server.transform("open", "outspoken", uri)
    assert "MaxConcurrentTransforms=4, MaxPayloadInMB=1, BatchStrategy=SINGLE_RECORD" in server.log("Transform", "open")
    server.transform("fixed", "outspoken", uri, MaxConcurrentTransforms=2, BatchStrategy="MultiRecord")
    assert "MaxConcurrentTransforms=2, MaxPayloadInMB=1, BatchStrategy=MULTI_RECORD" in server.log("Transform", "fixed")
