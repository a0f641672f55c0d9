"""Training jobs: their states, the container contract, and every way in which they end."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlpipelines.local.jobs.opt_ml import private_mounts
from tests.local.support import Server, channel, poll, training_request


def model_files(server: Server, job: dict[str, Any]) -> dict[str, str]:
    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://lab/")
    body = server.s3.get_object(Bucket="lab", Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        return {member.name: archive.extractfile(member).read().decode() for member in files}  # type: ignore[union-attr]


def seen_by_container(server: Server, name: str, **more: Any) -> dict[str, Any]:
    job = server.train(name, "team/inspect", **more)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    seen: dict[str, Any] = json.loads(model_files(server, job)["seen.json"])
    return seen


def running(server: Server, name: str, **values: str) -> None:
    server.sagemaker.create_training_job(**training_request(name, "sleeper", hyperparameters=values))
    server.await_training(name, lambda job: job["SecondaryStatus"] == "Training")
    poll(lambda: server.log("Training", name), lambda lines: "sleeping, progress=0.5" in lines)


def test_a_completed_job_is_described_as_by_aws(server: Server) -> None:
    request = training_request("states", "sleeper", hyperparameters={"seconds": "0"}, Environment={"COLOUR": "red"})
    arn = server.sagemaker.create_training_job(**request)["TrainingJobArn"]
    job = server.await_training("states")
    assert arn == job["TrainingJobArn"] == "arn:aws:sagemaker:us-east-1:123456789012:training-job/states"
    assert {name: job[name] for name in request} == request
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    steps = job["SecondaryStatusTransitions"]
    assert [step["Status"] for step in steps] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert len({step["StatusMessage"] for step in steps}) == len(steps)
    assert all(step["StartTime"] <= step["EndTime"] for step in steps)
    assert job["CreationTime"] <= job["TrainingStartTime"] < job["TrainingEndTime"] <= job["LastModifiedTime"]
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"] >= 1
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://lab/out/states/output/model.tar.gz"
    assert server.keys("out/states/") == ["out/states/output/model.tar.gz", "out/states/output/output.tar.gz"]


def test_the_container_finds_its_input_as_on_aws(server: Server) -> None:
    server.put("contract/train/a.csv", "1")
    server.put("contract/train/deep/b.csv", "2")
    uri = server.put("contract/test.csv", "3")
    seen = seen_by_container(
        server,
        "contract",
        hyperparameters={"rate": "0.10", "flag": "true"},
        channels={"train": "s3://lab/contract/train/", "test": uri},
        Environment={"COLOUR": "red"},
    )
    assert seen["arguments"] == ["train"]
    assert seen["files"] == {"train/a.csv": "1", "train/deep/b.csv": "2", "test/test.csv": "3"}
    assert seen["config"]["hyperparameters.json"] == {"rate": "0.10", "flag": "true"}
    assert seen["config"]["resourceconfig.json"]["hosts"] == ["algo-1"]
    assert seen["config"]["inputdataconfig.json"]["train"] == {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
        "ContentType": "text/csv",
    }
    environment = seen["environment"]
    assert environment["COLOUR"] == "red"
    assert environment["TRAINING_JOB_NAME"] == "contract"
    assert environment["SM_CHANNEL_TRAIN"].endswith("/input/data/train")
    assert environment["OWN"] == f"{environment['SAGEMAKER_BASE_DIR']}/own"
    assert environment["AWS_ENDPOINT_URL"] == server.endpoint_url
    assert environment["AWS_ACCESS_KEY_ID"] == "local"


@pytest.mark.parametrize(
    ("uri", "names"),
    [
        ("s3://lab/prefix/train", {"a.csv", "deep/b.csv", "train.bak"}),
        ("s3://lab/prefix/train/", {"a.csv", "deep/b.csv"}),
        ("s3://lab/prefix/train/a.csv", {"a.csv"}),
        ("s3://lab/prefix/train/d", {"deep/b.csv"}),
    ],
)
def test_a_prefix_names_every_key_that_starts_with_it(server: Server, uri: str, names: set[str]) -> None:
    for key in ("train/a.csv", "train/deep/b.csv", "train.bak", "other.csv"):
        server.put(f"prefix/{key}", key)
    name = f"prefix-{len(uri)}"
    seen = seen_by_container(server, name, channels={"train": uri})
    assert set(seen["files"]) == {f"train/{file}" for file in names}


def test_a_manifest_names_its_files(server: Server) -> None:
    server.put("manifest/a.csv", "1")
    server.put("manifest/b.csv", "2")
    uri = server.put("manifest.json", json.dumps([{"prefix": "s3://lab/manifest/"}, "b.csv"]))
    source = channel("train", uri)
    source["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"
    seen = seen_by_container(server, "manifest", InputDataConfig=[source])
    assert seen["files"] == {"train/b.csv": "2"}


@pytest.mark.parametrize(
    ("name", "more", "reason"),
    [
        ("no-bucket", {"channels": {"train": "s3://nowhere/x.csv"}}, "s3://nowhere/x.csv"),
        (
            "no-key",
            {"channels": {"train": "s3://lab/nothing/"}},
            'No S3 objects found under S3 URL "s3://lab/nothing/"',
        ),
    ],
)
def test_missing_input_fails_the_job(server: Server, name: str, more: dict[str, Any], reason: str) -> None:
    job = server.train(name, "sleeper", **more)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert reason in job["FailureReason"]
    assert "ModelArtifacts" not in job


def test_a_missing_output_bucket_fails_the_job_before_it_trains(server: Server) -> None:
    job = server.train("no-output", "sleeper", OutputDataConfig={"S3OutputPath": "s3://nowhere/out"})
    assert "'nowhere' of S3OutputPath s3://nowhere/out" in job["FailureReason"]
    assert "Training" not in [step["Status"] for step in job["SecondaryStatusTransitions"]]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"status": "1"}, "AlgorithmError: about to fail, exit code: 1"),
        ({"status": "2", "failure": "k is missing"}, "ClientError: k is missing, exit code: 2"),
        ({"status": "137", "failure": "out of memory"}, "AlgorithmError: out of memory, exit code: 137"),
    ],
)
def test_a_failing_algorithm_fails_the_job(server: Server, values: dict[str, str], reason: str) -> None:
    name = f"crash-{values['status']}"
    job = server.train(name, "crash", hyperparameters=values)
    assert job["FailureReason"] == reason
    assert server.keys(f"out/{name}/") == []
    assert "about to fail" in server.log("Training", name)


def test_a_command_that_does_not_exist_fails_the_job(server: Server) -> None:
    reason = server.train("missing-program", "missing-program")["FailureReason"]
    assert "cannot start '/nonexistent/program': No such file or directory" in reason


@pytest.mark.parametrize("values", [{}, {"stubborn": "yes"}])
def test_a_stopped_job_is_stopped_and_leaves_nothing(server: Server, values: dict[str, str]) -> None:
    name = "stubborn" if values else "obedient"
    running(server, name, **values)
    server.sagemaker.stop_training_job(TrainingJobName=name)
    assert server.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] in ("Stopping", "Stopped")
    job = server.await_training(name)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert "FailureReason" not in job
    assert server.keys(f"out/{name}/") == []


def test_a_job_that_has_ended_cannot_be_stopped(server: Server) -> None:
    server.train("ended", "sleeper", hyperparameters={"seconds": "0"})
    with pytest.raises(ClientError, match="the training job is in status Completed") as error:
        server.sagemaker.stop_training_job(TrainingJobName="ended")
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_a_job_out_of_time_is_stopped(server: Server) -> None:
    job = server.train("late", "sleeper", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert server.keys("out/late/") == []


def test_a_job_waits_for_a_free_worker_and_can_be_stopped_there(server: Server) -> None:
    names = [f"queue-{number}" for number in range(4)]
    for name in names[:3]:
        running(server, name)
    server.sagemaker.create_training_job(**training_request("queue-3", "sleeper"))
    assert server.sagemaker.describe_training_job(TrainingJobName="queue-3")["SecondaryStatus"] == "Starting"
    for name in reversed(names):
        server.sagemaker.stop_training_job(TrainingJobName=name)
    assert "TrainingStartTime" not in server.await_training("queue-3")
    for name in names:
        assert server.await_training(name)["TrainingJobStatus"] == "Stopped"


def test_metric_definitions_find_their_values(server: Server) -> None:
    algorithm = training_request("x", "sleeper")["AlgorithmSpecification"]
    algorithm["MetricDefinitions"] = [{"Name": "progress", "Regex": r"progress=([0-9.]+)"}]
    job = server.train("metrics", "sleeper", hyperparameters={"seconds": "0"}, AlgorithmSpecification=algorithm)
    assert [(item["MetricName"], item["Value"]) for item in job["FinalMetricDataList"]] == [("progress", 0.5)]


def test_what_is_simulated_is_said(server: Server) -> None:
    request = training_request("simulated", "sleeper", hyperparameters={"seconds": "0"}, EnableManagedSpotTraining=True)
    request["ResourceConfig"]["InstanceCount"] = 2
    request["StoppingCondition"]["MaxWaitTimeInSeconds"] = 600
    request["AlgorithmSpecification"]["TrainingInputMode"] = "FastFile"
    server.sagemaker.create_training_job(**request)
    first = server.await_training("simulated")["SecondaryStatusTransitions"][0]["StatusMessage"]
    for note in ("2 instances run as one local process", "FastFile mode is read as File mode", "spot"):
        assert note in first
        assert any(line.startswith("simulated: ") and note in line for line in server.log("Training", "simulated"))


def test_a_process_that_escapes_does_not_hold_the_job_up(server: Server) -> None:
    job = server.train("escape", "sleeper", hyperparameters={"seconds": "0", "escape": "5"})
    assert job["TrainingJobStatus"] == "Completed"


def test_tags_of_a_job_are_told_by_list_tags_only(server: Server) -> None:
    tags = [{"Key": "team", "Value": "ml"}]
    job = server.train("tagged", "sleeper", hyperparameters={"seconds": "0"}, Tags=tags)
    assert "Tags" not in job
    assert server.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == tags


def test_jobs_are_listed(server: Server) -> None:
    for name in ("listed-a", "listed-b"):
        server.train(name, "sleeper", hyperparameters={"seconds": "0"})
    pages = server.sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains="listed", SortBy="Name", SortOrder="Ascending", StatusEquals="Completed", MaxResults=1
    )
    names = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
    assert names == ["listed-a", "listed-b"]


def program(server: Server, name: str, text: str, *arguments: str) -> dict[str, Any]:
    """Members of a request that run `text` as the container's entry point."""
    source = channel("code", server.put(f"{name}/code/main.py", text))
    algorithm = {
        "TrainingImage": "team/any:1",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/main.py"],
        **({"ContainerArguments": list(arguments)} if arguments else {}),
    }
    return {"AlgorithmSpecification": algorithm, "InputDataConfig": [source]}


#: What a program finds its /opt/ml by, where the machine gives it none of its own.
ML = "import json, os, pathlib, sys, time; ml = pathlib.Path(os.environ['SAGEMAKER_BASE_DIR'])\n"
PLAIN_FILES = {"S3OutputPath": "s3://lab/out", "CompressionType": "NONE"}


def test_an_entry_point_of_the_request_runs_with_its_arguments(server: Server) -> None:
    script = f"{ML}(ml / 'model/seen').write_text(' '.join(sys.argv[1:])); print('score=7')"
    more = program(server, "entry", script, "--to", "/opt/ml/model")
    more["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": "score=([0-9]+)"}]
    job = server.train("entry", "", **more)
    assert job["TrainingJobStatus"] == "Completed", job
    root = model_files(server, job)["seen"].removeprefix("--to ").removesuffix("/model")
    assert root == "/opt/ml" or not private_mounts()
    assert [item["Value"] for item in job["FinalMetricDataList"]] == [7.0]
    assert any("the image team/any:1 is not run" in line for line in server.log("Training", "entry"))


@pytest.mark.skipif(not private_mounts(), reason="the kernel gives no private mounts here")
def test_literal_paths_are_there_in_training(server: Server) -> None:
    script = "open('/opt/ml/model/copy', 'w').write(open('/opt/ml/input/config/hyperparameters.json').read())"
    more = program(server, "literal", script)
    job = server.train("literal", "", hyperparameters={"a": "1"}, **more)
    assert job["TrainingJobStatus"] == "Completed", job
    assert json.loads(model_files(server, job)["copy"]) == {"a": "1"}


def test_an_uncompressed_model_is_its_files(server: Server) -> None:
    write = "(ml / 'model/deep').mkdir(); (ml / 'model/deep/a').write_text('1'); (ml / 'output/data/b').write_text('2')"
    script = f"{ML}{write}"
    job = server.train("plain", "", OutputDataConfig=PLAIN_FILES, **program(server, "plain", script))
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://lab/out/plain/output/model/"
    assert server.keys("out/plain/") == ["out/plain/output/data/b", "out/plain/output/model/deep/a"]


#: Counts on from the last checkpoint; is stopped when there is `wait`.
RESUME = f"""{ML}
file = ml / "checkpoints/count"
count = int(file.read_text()) + 1 if file.exists() else 1
file.write_text(str(count))
print("count", count, flush=True)
if "wait" in sys.argv:
    time.sleep(600)
"""


def test_a_stopped_job_leaves_its_checkpoints_and_the_next_one_resumes(server: Server) -> None:
    request = training_request(
        "spot-1",
        "",
        **program(server, "spot", RESUME, "wait"),
        CheckpointConfig={"S3Uri": "s3://lab/checkpoints/spot"},
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 300, "MaxWaitTimeInSeconds": 600},
    )
    server.sagemaker.create_training_job(**request)
    poll(lambda: server.log("Training", "spot-1"), lambda lines: "count 1" in lines)
    server.sagemaker.stop_training_job(TrainingJobName="spot-1")
    assert server.await_training("spot-1")["TrainingJobStatus"] == "Stopped"
    assert server.keys("checkpoints/") == ["checkpoints/spot/count"]
    del request["AlgorithmSpecification"]["ContainerArguments"]
    server.sagemaker.create_training_job(**request | {"TrainingJobName": "spot-2"})
    job = server.await_training("spot-2")
    assert job["TrainingJobStatus"] == "Completed", job
    assert job["BillableTimeInSeconds"] >= 1
    assert "count 2" in server.log("Training", "spot-2")
    assert server.get("checkpoints/spot/count") == "2"


def test_a_missing_bucket_of_checkpoints_fails_the_job(server: Server) -> None:
    more = program(server, "no-checkpoints", "")
    job = server.train("no-checkpoints", "", CheckpointConfig={"S3Uri": "s3://nowhere/c"}, **more)
    assert "'nowhere' of CheckpointConfig.S3Uri" in job["FailureReason"]


READ_PIPE = f"""{ML}
config = json.loads((ml / "input/config/inputdataconfig.json").read_text())
seen = {{"mode": config["train"]["TrainingInputMode"], "epochs": []}}
for epoch in range(int(sys.argv[1])):
    with open(ml / f"input/data/train_{{epoch}}", "rb") as pipe:
        seen["epochs"].append(pipe.read().decode("latin1"))
(ml / "model/seen.json").write_text(json.dumps(seen))
"""


def pipe_job(server: Server, name: str, epochs: int, **more: Any) -> dict[str, Any]:
    request = program(server, name, READ_PIPE, str(epochs))
    train = channel("train", f"s3://lab/{name}/data/")
    request["InputDataConfig"].append({**train, "InputMode": "Pipe", **more})
    return server.train(name, "", OutputDataConfig=PLAIN_FILES, **request)


def test_pipe_mode_is_a_named_pipe_for_every_pass_over_the_data(server: Server) -> None:
    for key, text in (("a", "1\n"), ("b", "2\n" * 100_000)):
        server.put(f"pipe/data/{key}.csv", text)
    job = pipe_job(server, "pipe", 3)
    assert job["TrainingJobStatus"] == "Completed", job
    seen = json.loads(server.get("out/pipe/output/model/seen.json"))
    assert seen == {"mode": "Pipe", "epochs": ["1\n" + "2\n" * 100_000] * 3}


def test_pipe_mode_wraps_records_and_shuffles_objects(server: Server) -> None:
    for number in range(8):
        server.put(f"records/data/{number}", str(number))
    job = pipe_job(server, "records", 2, RecordWrapperType="RecordIO", ShuffleConfig={"Seed": 5})
    assert job["TrainingJobStatus"] == "Completed", job
    first, second = json.loads(server.get("out/records/output/model/seen.json"))["epochs"]
    assert first.startswith("\n#\xd7\xce\x01\x00\x00\x00")
    assert len(first) == 8 * 12
    assert first != second
    assert sorted(first[8::12]) == sorted(second[8::12]) == list("01234567")


def test_a_pipe_unpacks_gzip(server: Server) -> None:
    server.s3.put_object(Bucket="lab", Key="packed/data/a", Body=gzip.compress(b"unpacked"))
    assert pipe_job(server, "packed", 1, CompressionType="Gzip")["TrainingJobStatus"] == "Completed"
    assert json.loads(server.get("out/packed/output/model/seen.json"))["epochs"] == ["unpacked"]


def test_a_pipe_that_is_not_read_holds_nothing_up(server: Server) -> None:
    server.put("unread/data/a", "1" * 1_000_000)
    assert pipe_job(server, "unread", 0)["TrainingJobStatus"] == "Completed"


def test_a_pipe_that_breaks_fails_the_job(server: Server) -> None:
    server.put("broken/data/a", "not gzip")
    job = pipe_job(server, "broken", 1, CompressionType="Gzip")
    assert job["FailureReason"].startswith("ClientError: Data download failed: s3://lab/broken/data/a: Not a gzipped")


def test_instance_groups_are_told_to_the_container(server: Server) -> None:
    groups = [
        {"InstanceGroupName": "big", "InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        {"InstanceGroupName": "small", "InstanceType": "ml.m5.large", "InstanceCount": 3},
    ]
    seen = seen_by_container(server, "groups", ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 1})
    config = seen["config"]["resourceconfig.json"]
    assert (config["current_group_name"], config["current_instance_type"]) == ("big", "ml.m5.xlarge")
    assert [group["instance_group_name"] for group in config["instance_groups"]] == ["big", "small"]
    assert config["hosts"] == ["algo-1"]


def test_a_warm_pool_is_described_and_keeps_nothing(server: Server) -> None:
    resources = {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 1,
        "KeepAlivePeriodInSeconds": 600,
    }
    job = server.train("warm", "sleeper", hyperparameters={"seconds": "0"}, ResourceConfig=resources)
    assert any("no warm pool" in line for line in server.log("Training", "warm"))
    assert job["WarmPoolStatus"] == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 0}


def test_a_built_in_algorithm_reads_files_in_pipe_mode_and_says_so(server: Server, iris_uri: dict[str, str]) -> None:
    values = {"predictor_type": "classifier", "feature_dim": "4", "k": "3", "sample_size": "100"}
    request = training_request("built-in-pipe", "knn", hyperparameters=values, channels={"train": iris_uri["train"]})
    request["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    server.sagemaker.create_training_job(**request)
    job = server.await_training("built-in-pipe")
    assert job["TrainingJobStatus"] == "Completed", job
    assert any("Pipe mode is read as File mode" in line for line in server.log("Training", "built-in-pipe"))
