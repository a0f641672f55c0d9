"""With a state directory nothing that was confirmed is lost, also when the server is killed."""

from __future__ import annotations

import json
import signal
import threading
import urllib.request
from pathlib import Path
from typing import Any

from tests.local.support import (
    HERE,
    ROLE,
    Server,
    poll,
    refusal,
    running_server,
    start_server,
    training_request,
    uri_of,
)
from tests.local.test_tuning import ended as tuned
from tests.local.test_tuning import tuning_request

IMAGES = ("--images", str(HERE / "images.yaml"), "--stop-grace", "0.5")


def kept(folder: Path) -> tuple[str, ...]:
    return ("--state", str(folder / "state"), *IMAGES)


def kill(server: Server) -> None:
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(10)


def without(description: dict[str, Any], *members: str) -> dict[str, Any]:
    return {key: value for key, value in description.items() if key not in ("ResponseMetadata", *members)}


def test_everything_is_there_after_a_kill(tmp_path: Path) -> None:
    with running_server(tmp_path / "one", *kept(tmp_path)) as server:
        sagemaker, s3, iam = server.sagemaker, server.s3, server.client("iam")
        s3.create_bucket(Bucket="other")
        s3.create_bucket(Bucket="gone")
        s3.delete_bucket(Bucket="gone")
        iam.create_role(RoleName="mine", AssumeRolePolicyDocument="{}")
        s3.put_object(Bucket="other", Key="a b/ü+%.csv", Body=b"1,2\n", ContentType="text/csv", Metadata={"by": "me"})
        s3.put_object(Bucket="other", Key="deleted", Body=b"x")
        s3.put_object(Bucket="other", Key="deleted-too", Body=b"x")
        s3.delete_object(Bucket="other", Key="deleted")
        s3.delete_objects(Bucket="other", Delete={"Objects": [{"Key": "deleted-too"}]})
        s3.copy_object(Bucket="other", Key="copy", CopySource={"Bucket": "other", "Key": "a b/ü+%.csv"})
        large = s3.create_multipart_upload(Bucket="other", Key="large")["UploadId"]
        parts = [b"a" * 5_300_000, b"b" * 100]
        tags = [
            s3.upload_part(Bucket="other", Key="large", UploadId=large, PartNumber=number, Body=part)["ETag"]
            for number, part in enumerate(parts, 1)
        ]
        s3.complete_multipart_upload(
            Bucket="other",
            Key="large",
            UploadId=large,
            MultipartUpload={"Parts": [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]},
        )
        job = server.train("done", "sleeper", hyperparameters={"seconds": "0"})
        server.create_model("model", "sleeper", job["ModelArtifacts"]["S3ModelArtifacts"])
        model = sagemaker.describe_model(ModelName="model")
        sagemaker.create_model_package_group(ModelPackageGroupName="group")
        arn = sagemaker.create_model_package(ModelPackageGroupName="group", ClientToken="t")["ModelPackageArn"]
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        package = sagemaker.describe_model_package(ModelPackageName=arn)
        sagemaker.create_experiment(ExperimentName="growth")
        sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="setup")
        variant = {"VariantName": "a", "ModelName": "model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant])
        config = sagemaker.describe_endpoint_config(EndpointConfigName="config")
        sagemaker.add_tags(ResourceArn=job["TrainingJobArn"], Tags=[{"Key": "a", "Value": "b"}])
        sagemaker.create_training_job(**training_request("running", "sleeper", hyperparameters={"seconds": "300"}))
        server.await_training("running", lambda seen: seen["SecondaryStatus"] == "Training")
        kill(server)

    with running_server(tmp_path / "two", *kept(tmp_path)) as server:
        sagemaker, s3 = server.sagemaker, server.s3
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["lab", "other"]
        assert server.client("iam").get_role(RoleName="mine")
        listed = [item["Key"] for item in s3.list_objects_v2(Bucket="other")["Contents"]]
        assert listed == ["a b/ü+%.csv", "copy", "large"]
        for key in ("a b/ü+%.csv", "copy"):
            item = s3.get_object(Bucket="other", Key=key)
            assert (item["Body"].read(), item["ContentType"], item["Metadata"]) == (b"1,2\n", "text/csv", {"by": "me"})
        assert s3.get_object(Bucket="other", Key="large")["Body"].read() == b"".join(parts)
        assert "out/done/output/model.tar.gz" in server.keys("out/done")
        again = sagemaker.describe_training_job(TrainingJobName="done")
        assert without(again) == without(job)
        assert sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
        assert without(sagemaker.describe_model(ModelName="model")) == without(model)
        assert without(sagemaker.describe_model_package(ModelPackageName=arn)) == without(package)
        same = sagemaker.create_model_package(ModelPackageGroupName="group", ClientToken="t")["ModelPackageArn"]
        assert same == arn
        assert sagemaker.create_model_package(ModelPackageGroupName="group")["ModelPackageArn"].endswith("/2")
        assert sagemaker.describe_experiment(ExperimentName="growth")
        assert without(sagemaker.describe_endpoint_config(EndpointConfigName="config")) == without(config)
        assert sagemaker.describe_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="setup")
        lost = sagemaker.describe_training_job(TrainingJobName="running")
        assert (lost["TrainingJobStatus"], lost["SecondaryStatus"]) == ("Failed", "Failed")
        assert "The local SageMaker ended while this job was running." in lost["FailureReason"]
        assert lost["TrainingEndTime"] >= lost["TrainingStartTime"]
        assert refusal(lambda: sagemaker.stop_training_job(TrainingJobName="running"))[0] == "ValidationException"
        code, _ = refusal(lambda: sagemaker.create_training_job(**training_request("done", "sleeper")))
        assert code == "ResourceInUse"
        statuses = [row["TrainingJobStatus"] for row in sagemaker.list_training_jobs()["TrainingJobSummaries"]]
        assert sorted(statuses) == ["Completed", "Failed"]
        sagemaker.delete_model(ModelName="model")
        s3.delete_object(Bucket="other", Key="copy")

    with running_server(tmp_path / "three", *kept(tmp_path)) as server:  # the second was ended kindly
        assert refusal(lambda: server.sagemaker.describe_model(ModelName="model"))[0] == "ValidationException"
        assert len(server.s3.list_objects_v2(Bucket="other")["Contents"]) == 2
        assert without(server.sagemaker.describe_training_job(TrainingJobName="running")) == without(lost)


def test_an_endpoint_serves_again_after_a_kill(tmp_path: Path) -> None:
    def in_service(server: Server) -> Any:
        look = lambda: server.sagemaker.describe_endpoint(EndpointName="live")  # noqa: E731
        return poll(look, lambda seen: seen["EndpointStatus"] == "InService", seconds=60)

    def ask(server: Server) -> bytes:
        runtime = server.client("sagemaker-runtime")
        return runtime.invoke_endpoint(EndpointName="live", ContentType="text/csv", Body=b"1,1")["Body"].read()

    with running_server(tmp_path / "one", *kept(tmp_path)) as server:
        uri = server.put("iris.csv", "".join(f"{n % 2},{n % 2},{n % 2}\n" for n in range(40)))
        values = {"predictor_type": "classifier", "feature_dim": "2", "k": "3", "sample_size": "40"}
        job = server.train("knn", "knn", hyperparameters=values, channels={"train": uri})
        server.create_model("model", "knn", job["ModelArtifacts"]["S3ModelArtifacts"])
        variant = {"VariantName": "a", "ModelName": "model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        for name in ("first", "second"):
            server.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        server.sagemaker.create_endpoint(EndpointName="live", EndpointConfigName="first")
        in_service(server)
        server.sagemaker.update_endpoint(EndpointName="live", EndpointConfigName="second")
        in_service(server)
        server.sagemaker.delete_endpoint_config(EndpointConfigName="first")
        answer = ask(server)
        kill(server)
    with running_server(tmp_path / "two", *kept(tmp_path)) as server:
        assert in_service(server)["EndpointConfigName"] == "second"
        assert ask(server) == answer
        server.sagemaker.delete_endpoint(EndpointName="live")
        poll(lambda: server.sagemaker.list_endpoints()["Endpoints"], lambda rows: not rows)
    with running_server(tmp_path / "three", *kept(tmp_path)) as server:
        assert server.sagemaker.list_endpoints()["Endpoints"] == []


def test_every_key_comes_back_as_it_was(tmp_path: Path) -> None:
    keys = ["a//b", "folder/", "../up", "?q=1&r", "#h", "per%25cent", "sp ace+plus", "ü/日", "'quoted\"", "~x.y-z_*"]
    with running_server(tmp_path / "one", *kept(tmp_path)) as server:
        for key in keys:
            server.s3.put_object(Bucket="lab", Key=key, Body=key.encode())
        listed = server.keys("")
        server.s3.put_object(Bucket="lab", Key="gone ?#", Body=b"")
        server.s3.delete_objects(Bucket="lab", Delete={"Objects": [{"Key": "gone ?#"}]})
        url = server.s3.generate_presigned_url("put_object", Params={"Bucket": "lab", "Key": "presigned"})
        with urllib.request.urlopen(urllib.request.Request(url, b"p", method="PUT")) as answer:
            assert answer.status == 200
        kill(server)
    with running_server(tmp_path / "two", *kept(tmp_path)) as server:
        assert server.keys("") == sorted([*listed, "presigned"])
        assert [server.get(key) for key in keys] == keys


def test_ended_jobs_of_every_kind_are_described_as_before(tmp_path: Path) -> None:
    def described(server: Server) -> list[dict[str, Any]]:
        sagemaker = server.sagemaker
        tuning = {"HyperParameterTuningJobName": "tune"}
        return [
            without(sagemaker.describe_transform_job(TransformJobName="transform")),
            without(sagemaker.describe_hyper_parameter_tuning_job(**tuning)),
            without(sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(**tuning)),
            without(sagemaker.list_training_jobs(SortBy="Name")),
        ]

    with running_server(tmp_path / "one", *kept(tmp_path)) as server:
        uri = server.put("iris.csv", "".join(f"{n % 2},{n % 2},{n % 2}\n" for n in range(40)))
        values = {"predictor_type": "classifier", "feature_dim": "2", "k": "3", "sample_size": "40"}
        job = server.train("knn", "knn", hyperparameters=values, channels={"train": uri})
        server.create_model("model", "knn", job["ModelArtifacts"]["S3ModelArtifacts"])
        server.transform("transform", "model", server.put("features.csv", "1,1\n"))
        server.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("tune", jobs=2))
        tuned(server, "tune")
        before, log = described(server), server.log("Training", "knn")
        server.client("logs").create_log_group(logGroupName="empty")
        assert log
        kill(server)
    with running_server(tmp_path / "two", *kept(tmp_path)) as server:
        assert described(server) == before
        assert server.log("Training", "knn") == log
        server.client("logs").delete_log_group(logGroupName="/aws/sagemaker/TrainingJobs")
        code, text = refusal(
            lambda: server.sagemaker.create_hyper_parameter_tuning_job(
                **tuning_request(
                    "again",
                    WarmStartConfig={
                        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "tune"}],
                        "WarmStartType": "IdenticalDataAndAlgorithm",
                    },
                )
            )
        )
        assert (code, "a warm start from tune" in text) == ("ValidationException", True)
        kill(server)
    with running_server(tmp_path / "three", *kept(tmp_path)) as server:
        assert server.log("Training", "knn") == []
        assert server.log("Transform", "transform")


def test_what_was_confirmed_before_a_kill_is_there(tmp_path: Path) -> None:
    """Killed in the middle of many writes: what was answered is there, whole; the rest is there whole or not at all."""
    confirmed: list[str] = []
    body = b"x" * 50_000

    def write(server: Server, which: int) -> None:
        s3, number = server.clients[f"s3-{which}"], 0
        while True:
            number += 1
            key = f"{which}/{number}"
            try:
                s3.put_object(Bucket="lab", Key=key, Body=body)
                server.sagemaker.create_experiment(ExperimentName=f"e-{which}-{number}")
            except Exception:
                return
            confirmed.append(key)

    with running_server(tmp_path / "one", *kept(tmp_path)) as server:
        server.client("sagemaker")
        for which in range(3):
            server.clients.pop("s3", None)
            server.clients[f"s3-{which}"] = server.client("s3")
        threads = [threading.Thread(target=write, args=(server, which)) for which in range(3)]
        for thread in threads:
            thread.start()
        poll(lambda: len(confirmed), lambda count: count > 60)
        kill(server)
        for thread in threads:
            thread.join()
    with running_server(tmp_path / "two", *kept(tmp_path)) as server:
        pages = server.s3.get_paginator("list_objects_v2").paginate(Bucket="lab")
        sizes = {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", ())}
        names = {
            row["ExperimentName"]
            for page in server.sagemaker.get_paginator("list_experiments").paginate()
            for row in page["ExperimentSummaries"]
        }
        assert {*confirmed} <= sizes.keys()
        assert {*sizes.values()} == {len(body)}
        assert {f"e-{key.replace('/', '-')}" for key in confirmed} <= names


def test_damage_is_left_out_and_told(tmp_path: Path) -> None:
    with running_server(tmp_path / "one", *kept(tmp_path)) as server:
        server.sagemaker.create_experiment(ExperimentName="good")
        server.put("good", "x")
        kill(server)
    state = tmp_path / "state"
    (state / "records" / "experiment-0.json").write_text('{"kind": "Exp')
    (state / "s3" / "lab" / ".half.1").write_bytes(b'{"key"')
    with (state / "requests.jsonl").open("a") as file:
        file.write('{"service": "iam", "act')
    (state / "logs" / "0.jsonl").write_text('{"region": "us-east-1", "group": "g", "stream": "s"}\n[{"time')
    with running_server(tmp_path / "two", *kept(tmp_path)) as server:
        assert [row["ExperimentName"] for row in server.sagemaker.list_experiments()["ExperimentSummaries"]] == ["good"]
        assert server.keys("") == ["good"]
        server.s3.create_bucket(Bucket="later")
        kill(server)
    assert [json.loads(line) for line in (state / "requests.jsonl").read_text().splitlines()]
    with running_server(tmp_path / "three", *kept(tmp_path)) as server:
        assert server.s3.head_bucket(Bucket="later")


def test_a_directory_serves_one_server_at_a_time(tmp_path: Path) -> None:
    with running_server(tmp_path / "one", *kept(tmp_path)):
        process = start_server(tmp_path / "one", *kept(tmp_path), stderr=-1)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "is used by another local SageMaker; stop it first" in err


def test_without_a_directory_nothing_is_kept(tmp_path: Path) -> None:
    with running_server(tmp_path / "one", *IMAGES) as server:
        server.create_model("model", "sleeper", server.put("model.tar.gz", "x"))
        role = server.client("iam").get_role(RoleName="mlpipelines-local")["Role"]
    assert role["Arn"] == ROLE
    assert uri_of("knn")
    assert not list(tmp_path.glob("**/records"))
