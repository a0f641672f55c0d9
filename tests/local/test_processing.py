"""Processing jobs: S3 in and out, literal /opt/ml paths, and every way in which they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlpipelines.local.jobs.opt_ml import OptMl, private_mounts
from tests.local.support import Server, poll, processing_input, processing_output, running_server, uri_of

COPY = """
import os, pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:3])
for file in sorted(source.rglob("*")):
    if file.is_file():
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text() + os.environ.get("SUFFIX", ""))
print("copied", flush=True)
"""
LITERAL = """
import json, os, pathlib, sys
ml = pathlib.Path("/opt/ml")
config = {file.name: json.loads(file.read_text()) for file in (ml / "config").iterdir()}
seen = {"config": config, "environment": dict(os.environ), "arguments": sys.argv[1:], "at": os.getcwd()}
(ml / "processing/out/seen.json").write_text(json.dumps(seen))
"""
SLEEP = """
import pathlib, sys, time
pathlib.Path(sys.argv[1], "half.csv").write_text("half")
print("sleeping", flush=True)
time.sleep(600)
"""
MESSAGE = "import os, pathlib; pathlib.Path(os.environ['SAGEMAKER_BASE_DIR'], 'output/message')"
needs_mounts = pytest.mark.skipif(not private_mounts(), reason="the kernel gives no private mounts here")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a machine that gives no private mounts."""
    with running_server(tmp_path_factory.mktemp("bare"), "--no-mounts") as running:
        yield running


def test_a_completed_job_is_described_as_by_aws(server: Server) -> None:
    uri = server.put("described/in/a.csv", "1")
    request = server.processing_request(
        "described",
        COPY,
        "/opt/ml/processing/in",
        "/opt/ml/processing/out",
        inputs={"in": uri},
        outputs={"out": "s3://lab/described/out"},
        Environment={"SUFFIX": "!"},
        Tags=[{"Key": "team", "Value": "ml"}],
    )
    arn = server.sagemaker.create_processing_job(**request)["ProcessingJobArn"]
    job = server.await_processing("described")
    assert job["ProcessingJobStatus"] == "Completed", job
    assert arn == job["ProcessingJobArn"] == "arn:aws:sagemaker:us-east-1:123456789012:processing-job/described"
    assert {name: job[name] for name in request if name != "Tags"} == {k: v for k, v in request.items() if k != "Tags"}
    assert "Tags" not in job
    assert server.sagemaker.list_tags(ResourceArn=arn)["Tags"] == request["Tags"]
    assert job["CreationTime"] <= job["ProcessingStartTime"] < job["ProcessingEndTime"] <= job["LastModifiedTime"]
    assert server.get("described/out/a.csv") == "1!"
    assert "copied" in server.log("Processing", "described")


@pytest.mark.parametrize("which", ["server", "bare"])
def test_arguments_and_environment_lead_to_the_data_with_and_without_a_mount(
    which: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(which)
    server.put("paths/in/deep/a.csv", "1")
    server.put("paths/in/b.csv", "2")
    job = server.run_processing(
        "paths",
        COPY,
        "/opt/ml/processing/in",
        "/opt/ml/processing/out",
        inputs={"in": "s3://lab/paths/in/"},
        outputs={"out": "s3://lab/paths/out/"},
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert server.keys("paths/out/") == ["paths/out/b.csv", "paths/out/deep/a.csv"]
    said = [line for line in server.log("Processing", "paths") if "no /opt/ml of its own" in line]
    assert len(said) == (which == "bare" or not private_mounts())


@needs_mounts
def test_a_script_finds_literal_paths_and_its_configuration(server: Server) -> None:
    job = server.run_processing(
        "literal",
        LITERAL,
        "--path",
        "/opt/ml/processing/out",
        outputs={"out": "s3://lab/literal"},
        Environment={"A": "1"},
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    seen = json.loads(server.get("literal/seen.json"))
    config = seen["config"]["processingjobconfig.json"]
    assert config["ProcessingJobArn"] == job["ProcessingJobArn"]
    assert config["ProcessingInputs"] == job["ProcessingInputs"]
    assert seen["config"]["resourceconfig.json"]["hosts"] == ["algo-1"]
    assert seen["arguments"] == ["--path", "/opt/ml/processing/out"]
    assert seen["at"] == "/opt/ml"
    environment = seen["environment"]
    assert (environment["A"], environment["PROCESSING_JOB_NAME"]) == ("1", "literal")
    assert environment["AWS_ENDPOINT_URL"] == server.endpoint_url


def test_literal_paths_fail_without_a_mount_and_the_log_says_why(bare: Server) -> None:
    job = bare.run_processing("literal", LITERAL, outputs={"out": "s3://lab/literal"})
    assert job["ProcessingJobStatus"] == "Failed"
    assert "FileNotFoundError" in job["FailureReason"]
    assert any("literal /opt/ml paths" in line for line in bare.log("Processing", "literal"))


@pytest.mark.parametrize(
    ("script", "reason", "message"),
    [
        ("print('no luck'); raise SystemExit(3)", "AlgorithmError: no luck, exit code: 3", None),
        (
            f"{MESSAGE}.write_text('bad row 7'); raise SystemExit(2)",
            "AlgorithmError: bad row 7, exit code: 2",
            "bad row 7",
        ),
        (
            f"{MESSAGE}.write_bytes(b'a\\xff')",
            "ClientError: /opt/ml/output/message is not UTF-8 text",
            None,
        ),
    ],
)
def test_a_failing_script_fails_the_job_and_leaves_nothing(
    server: Server, script: str, reason: str, message: str | None
) -> None:
    name = f"fail-{len(script)}"
    write = "import os; open(os.environ['SAGEMAKER_BASE_DIR'] + '/processing/out/half.csv', 'w').close()\n"
    job = server.run_processing(name, write + script, outputs={"out": f"s3://lab/{name}/out"})
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == reason
    assert job.get("ExitMessage") == message
    assert server.keys(f"{name}/out") == []


def test_a_message_of_a_completed_job_is_told_up_to_its_limit(server: Server) -> None:
    script = f"{MESSAGE}.write_text('x' + chr(233) * 900, encoding='utf-8')"
    job = server.run_processing("message", script)
    assert job["ProcessingJobStatus"] == "Completed", job
    assert job["ExitMessage"] == "x" + "\u00e9" * 511


@pytest.mark.parametrize(
    ("name", "more", "reason"),
    [
        ("no-key", {"inputs": {"in": "s3://lab/nothing/"}}, "No S3 objects found under S3 URL"),
        ("no-output", {"outputs": {"out": "s3://nowhere/out"}}, "'nowhere' of the output's S3Uri s3://nowhere/out"),
    ],
)
def test_missing_places_fail_the_job_before_the_script_starts(
    server: Server, name: str, more: dict[str, Any], reason: str
) -> None:
    job = server.run_processing(name, "print('started')", **more)
    assert job["FailureReason"].startswith("ClientError: ")
    assert reason in job["FailureReason"]
    assert "started" not in server.log("Processing", name)


def test_a_stopped_job_is_stopped_and_leaves_nothing(server: Server) -> None:
    request = server.processing_request(
        "stopped", SLEEP, "/opt/ml/processing/out", outputs={"out": "s3://lab/stopped/out"}
    )
    server.sagemaker.create_processing_job(**request)
    poll(lambda: server.log("Processing", "stopped"), lambda lines: "sleeping" in lines)
    server.sagemaker.stop_processing_job(ProcessingJobName="stopped")
    job = server.await_processing("stopped")
    assert job["ProcessingJobStatus"] == "Stopped"
    assert "FailureReason" not in job
    assert server.keys("stopped/out") == []
    with pytest.raises(ClientError, match="the processing job is in status Stopped"):
        server.sagemaker.stop_processing_job(ProcessingJobName="stopped")


def test_a_job_out_of_time_is_stopped(server: Server) -> None:
    job = server.run_processing(
        "late",
        SLEEP,
        "/opt/ml/processing/out",
        outputs={"out": "s3://lab/late/out"},
        StoppingCondition={"MaxRuntimeInSeconds": 1},
    )
    assert job["ProcessingJobStatus"] == "Stopped"
    assert server.keys("late/out") == []


def test_a_manifest_and_a_single_object_are_inputs(server: Server) -> None:
    server.put("sources/a.csv", "1")
    server.put("sources/b.csv", "2")
    manifest = server.put("sources.json", json.dumps([{"prefix": "s3://lab/sources/"}, "b.csv"]))
    inputs = [
        processing_input("code", server.put("sources/code/main.py", COPY)),
        processing_input("one", "s3://lab/sources/a.csv", LocalPath="/opt/ml/processing/in/one"),
        processing_input("list", manifest, LocalPath="/opt/ml/processing/in/list", S3DataType="ManifestFile"),
    ]
    job = server.run_processing(
        "sources",
        COPY,
        "/opt/ml/processing/in",
        "/opt/ml/processing/out",
        outputs={"out": "s3://lab/sources/out"},
        ProcessingInputs=inputs,
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert server.keys("sources/out") == ["sources/out/list/b.csv", "sources/out/one/a.csv"]


def test_links_are_not_uploaded(server: Server) -> None:
    script = (
        "import os, pathlib; out = pathlib.Path(os.environ['SAGEMAKER_BASE_DIR'], 'processing/out');"
        "(out / 'a').write_text('1'); (out / 'b').symlink_to('a')"
    )
    server.run_processing("links", script, outputs={"out": "s3://lab/links/out"})
    assert server.keys("links/out") == ["links/out/a"]


def test_what_the_application_manages_is_left_to_it(server: Server) -> None:
    output = {**processing_output("own", "s3://lab/managed/out"), "AppManaged": True}
    given = {"InputName": "own", "AppManaged": True, "S3Input": {"S3Uri": "s3://lab/none", "S3DataType": "S3Prefix"}}
    code = processing_input("code", "s3://lab/managed/code/main.py")
    job = server.run_processing(
        "managed", "", ProcessingInputs=[code, given], ProcessingOutputConfig={"Outputs": [output]}
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert server.keys("managed/out") == []


def test_an_image_without_entry_point_runs_its_mapped_command_with_the_arguments(server: Server) -> None:
    application = {"ImageUri": uri_of("team/echo:3"), "ContainerArguments": ["--rows", "5"]}
    job = server.run_processing("mapped", "", AppSpecification=application)
    assert job["ProcessingJobStatus"] == "Completed", job
    assert "echo ['--rows', '5']" in server.log("Processing", "mapped")


def test_an_entry_point_finds_the_files_of_a_mapped_image(server: Server) -> None:
    application = {"ImageUri": uri_of("team/echo:3"), "ContainerEntrypoint": ["python", "programs/echo.py", "x"]}
    job = server.run_processing("inside", "", AppSpecification=application)
    assert job["ProcessingJobStatus"] == "Completed", job
    assert "echo ['x']" in server.log("Processing", "inside")


def test_what_is_simulated_is_said(server: Server) -> None:
    request = server.processing_request("simulated", "", outputs={"out": "s3://lab/simulated/out"})
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    request["ProcessingInputs"][0]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"
    request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3UploadMode"] = "Continuous"
    request["NetworkConfig"] = {"EnableNetworkIsolation": True}
    server.sagemaker.create_processing_job(**request)
    server.await_processing("simulated")
    said = [line for line in server.log("Processing", "simulated") if line.startswith("simulated: ")]
    for note in ("is not run", "2 instances run as one", "ShardedByS3Key", "at the end of the job", "not isolated"):
        assert any(note in line for line in said), note


def test_jobs_are_listed_and_names_are_unique(server: Server) -> None:
    for name in ("listed-a", "listed-b"):
        server.run_processing(name, "")
    found = server.sagemaker.list_processing_jobs(NameContains="listed", SortBy="Name", SortOrder="Ascending")
    assert [job["ProcessingJobName"] for job in found["ProcessingJobSummaries"]] == ["listed-a", "listed-b"]
    with pytest.raises(ClientError) as error:
        server.run_processing("listed-a", "")
    assert error.value.response["Error"]["Code"] == "ResourceInUse"


def without_local_path(request: dict[str, Any]) -> None:
    del request["ProcessingInputs"][0]["S3Input"]["LocalPath"]


def twice(request: dict[str, Any]) -> None:
    request["ProcessingInputs"] *= 2


def gzip_as_files(request: dict[str, Any]) -> None:
    request["ProcessingInputs"][0]["S3Input"]["S3CompressionType"] = "Gzip"


def pipe(request: dict[str, Any]) -> None:
    request["ProcessingInputs"][0]["S3Input"]["S3InputMode"] = "Pipe"


def elsewhere(request: dict[str, Any]) -> None:
    request["ProcessingInputs"][0]["S3Input"]["LocalPath"] = "/data"


def two_sources(request: dict[str, Any]) -> None:
    request["ProcessingInputs"][0] = {"InputName": "code"}


def athena(request: dict[str, Any]) -> None:
    query = {
        "Catalog": "c",
        "Database": "d",
        "QueryString": "q",
        "OutputS3Uri": "s3://lab/x",
        "OutputFormat": "PARQUET",
    }
    definition = {"LocalPath": "/opt/ml/processing/x", "AthenaDatasetDefinition": query}
    request["ProcessingInputs"][0] = {"InputName": "sql", "DatasetDefinition": definition}


def feature_store(request: dict[str, Any]) -> None:
    output = {"OutputName": "x", "AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": "g"}}
    request["ProcessingOutputConfig"] = {"Outputs": [output]}


def no_such_type(request: dict[str, Any]) -> None:
    request["ProcessingResources"]["ClusterConfig"]["InstanceType"] = "ml.huge"


def built_in(request: dict[str, Any]) -> None:
    request["AppSpecification"] = {"ImageUri": uri_of("knn:1")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_local_path, 'missing one or more required fields for SageMaker-managed S3Input: "LocalPath"'),
        (twice, "InputName must be unique, but 'code' is given more than once"),
        (gzip_as_files, "Gzip is unpacked in Pipe mode only"),
        (elsewhere, "'/data' does not lie below /opt/ml/processing/"),
        (two_sources, "an input is read in one way"),
        (no_such_type, "at 'processingResources.clusterConfig.instanceType' failed to satisfy constraint"),
        (pipe, "Not simulated by the local SageMaker: input code: S3InputMode Pipe"),
        (athena, "Not simulated by the local SageMaker: input sql: AthenaDatasetDefinition"),
        (feature_store, "Not simulated by the local SageMaker: output x: FeatureStoreOutput"),
        (built_in, "a processing job needs AppSpecification.ContainerEntrypoint"),
    ],
)
def test_an_invalid_processing_request_is_refused(server: Server, change: Any, message: str) -> None:
    request = server.processing_request("invalid", "")
    change(request)
    with pytest.raises(ClientError) as error:
        server.sagemaker.create_processing_job(**request)
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert message in error.value.response["Error"]["Message"]


def test_paths_are_spelled_as_the_process_finds_them() -> None:
    private, shared = OptMl(Path("/tmp/job"), True), OptMl(Path("/tmp/job"), False)
    assert private.spelled("--out=/tmp/job/model:/opt/ml/code") == "--out=/opt/ml/model:/opt/ml/code"
    assert shared.spelled("--out=/opt/ml/model:/opt/mlflow:/opt/ml") == "--out=/tmp/job/model:/opt/mlflow:/tmp/job"
    assert private.host("/opt/ml/processing/x") == shared.host("/opt/ml/processing/x") == Path("/tmp/job/processing/x")
