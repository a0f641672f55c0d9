"""Scripts of the user's in the images of frameworks: trained and served as AWS's framework containers do it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.local.jobs.opt_ml import private_mounts
from mlpipelines.local.script_mode.variables import Setting, variables
from tests.local.support import Server, csv_text, poll

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
#: As AWS's examples write them: argparse, SM_* as defaults, joblib.
TRAIN = """
import argparse, os
import joblib, pandas
from sklearn.neighbors import KNeighborsClassifier
from helper import columns

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-neighbors", type=int)
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    args = parser.parse_args()
    table = pandas.read_csv(os.path.join(args.train, "train.csv"), header=None)
    model = KNeighborsClassifier(n_neighbors=args.n_neighbors).fit(table[columns].to_numpy(), table[0])
    print("train accuracy:", model.score(table[columns].to_numpy(), table[0]))
    joblib.dump(model, os.path.join(args.model_dir, "model.joblib"))
"""
INFERENCE = """
import joblib, os

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
"""
SEEN = """
import json, os, sys
seen = {"arguments": sys.argv[1:], "environment": dict(os.environ), "at": os.getcwd()}
with open(os.path.join(os.environ["SM_MODEL_DIR"], "seen.json"), "w") as file:
    json.dump(seen, file)
"""
PLAIN_FILES = {"S3OutputPath": "s3://lab/out", "CompressionType": "NONE"}


def script_values(source: str, program: str = "train.py", /, **values: Any) -> dict[str, str]:
    """Hyperparameters as the SDK sends them: every value as JSON."""
    given = {"sagemaker_program": program, "sagemaker_submit_directory": source, "sagemaker_container_log_level": 20}
    return {name: json.dumps(value) for name, value in {**given, **values}.items()}


@pytest.fixture(scope="module")
def iris_model(server: Server, iris_uri: dict[str, str]) -> str:
    """The artifact of a real script that was trained in script mode."""
    code = {"train.py": TRAIN, "helper.py": "columns = [1, 2, 3, 4]", "requirements.txt": "nothing"}
    source = server.put_archive("iris/code/sourcedir.tar.gz", code)
    metrics = [{"Name": "accuracy", "Regex": "train accuracy: ([0-9.]+)"}]
    algorithm = {"TrainingImage": SKLEARN, "TrainingInputMode": "File", "MetricDefinitions": metrics}
    values = script_values(source, "train.py", **{"n-neighbors": 3})
    channels = {"train": iris_uri["train"]}
    job = server.train("script", SKLEARN, hyperparameters=values, channels=channels, AlgorithmSpecification=algorithm)
    assert job["TrainingJobStatus"] == "Completed", job
    (metric,) = job["FinalMetricDataList"]
    assert metric["MetricName"] == "accuracy"
    assert metric["Value"] > 0.9
    assert job["TrainingStartTime"] <= metric["Timestamp"] <= job["TrainingEndTime"]
    log = server.log("Training", "script")
    for note in (f"the image {SKLEARN} is not run", "requirements.txt is not installed"):
        assert any(line.startswith("simulated: ") and note in line for line in log), log
    artifact: str = job["ModelArtifacts"]["S3ModelArtifacts"]
    return artifact


def test_a_framework_script_is_trained_and_served(
    server: Server, iris_model: str, iris_uri: dict[str, str], iris: tuple[list[list[float]], list[list[float]]]
) -> None:
    source = server.put_archive("served/code.tar.gz", {"serve.py": INFERENCE})
    server.create_model("script", SKLEARN, iris_model, SAGEMAKER_PROGRAM="serve.py", SAGEMAKER_SUBMIT_DIRECTORY=source)
    job = server.transform("script", "script", iris_uri["features"], output={"Accept": "text/csv"})
    assert job["TransformJobStatus"] == "Completed", job
    predicted = [float(line) for line in server.get("script/test.csv.out").split()]
    truth = [row[0] for row in iris[1]]
    assert sum(a == b for a, b in zip(predicted, truth, strict=True)) / len(truth) > 0.9


def test_a_script_gets_arguments_and_variables_as_on_aws(server: Server) -> None:
    source = server.put_archive("variables/sourcedir.tar.gz", {"train.py": SEEN})
    own: dict[str, Any] = {"rate": 0.10, "flag": True, "name": "a b", "k": 3, "z": [1, 2]}
    job = server.train(
        "variables",
        SKLEARN,
        hyperparameters=script_values(source, "train.py", _tuning_objective_metric="loss", **own),
        channels={"train": server.put("variables/a.csv", "1")},
        OutputDataConfig=PLAIN_FILES,
        Environment={"A": "1"},
    )
    assert job["TrainingJobStatus"] == "Completed", job
    seen = json.loads(server.get("out/variables/output/model/seen.json"))
    assert seen["arguments"] == ["--flag", "True", "-k", "3", "--name", "a b", "--rate", "0.1", "-z", "[1, 2]"]
    environment = seen["environment"]
    root = environment["SAGEMAKER_BASE_DIR"]
    assert seen["at"] == f"{root}/code"
    expected = {
        "SM_HP_RATE": "0.1",
        "SM_HP_FLAG": "true",
        "SM_HP_NAME": "a b",
        "SM_CHANNEL_TRAIN": f"{root}/input/data/train",
        "SM_CHANNELS": '["train"]',
        "SM_MODEL_DIR": f"{root}/model",
        "SM_OUTPUT_DATA_DIR": f"{root}/output/data",
        "SM_USER_ENTRY_POINT": "train.py",
        "SM_CURRENT_HOST": "algo-1",
        "SM_HOSTS": '["algo-1"]',
        "SM_CURRENT_INSTANCE_TYPE": "ml.m5.large",
        "A": "1",
    }
    assert {name: environment.get(name) for name in expected} == expected
    assert json.loads(environment["SM_USER_ARGS"]) == seen["arguments"]
    assert json.loads(environment["SM_HPS"]) == own
    assert "sagemaker_program" in json.loads(environment["SM_FRAMEWORK_PARAMS"])
    assert int(environment["SM_NUM_CPUS"]) > 0
    assert environment["SM_NUM_GPUS"].isdigit()


def test_values_that_are_no_json_are_texts(server: Server) -> None:
    source = server.put_archive("plain/sourcedir.tar.gz", {"train.py": SEEN})
    values = {"sagemaker_program": "train.py", "sagemaker_submit_directory": source, "mode": "fast"}
    job = server.train("plain", SKLEARN, hyperparameters=values, OutputDataConfig=PLAIN_FILES)
    assert job["TrainingJobStatus"] == "Completed", job
    assert json.loads(server.get("out/plain/output/model/seen.json"))["arguments"] == ["--mode", "fast"]


@pytest.mark.parametrize("image", ["pytorch-training:2.1", "xgboost:1.7-1", "team/anything:1"])
def test_every_image_runs_a_script(server: Server, image: str) -> None:
    name = f"image-{image.partition(':')[0].replace('/', '-')}"
    source = server.put_archive(f"{name}/sourcedir.tar.gz", {"run.sh": 'echo "shell $1 $2"\n'})
    job = server.train(name, image, hyperparameters=script_values(source, "run.sh", alpha=1))
    assert job["TrainingJobStatus"] == "Completed", job
    assert "shell --alpha 1" in server.log("Training", name)


@pytest.mark.parametrize(
    ("name", "files", "reason"),
    [
        (
            "raises",
            {"train.py": "raise ValueError('k is too large')"},
            'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: k is too large"\nCommand "',
        ),
        ("exits", {"train.py": "raise SystemExit(2)"}, "AlgorithmError: ExecuteUserScriptError:\nExitCode 2"),
        ("no-file", {"other.py": ""}, "ClientError: there is no train.py in the code (s3://lab/no-file/"),
    ],
)
def test_a_failing_script_fails_the_job(server: Server, name: str, files: dict[str, str], reason: str) -> None:
    source = server.put_archive(f"{name}/sourcedir.tar.gz", files)
    job = server.train(name, SKLEARN, hyperparameters=script_values(source))
    assert job["FailureReason"].startswith(reason)


def test_code_that_is_not_there_fails_the_job(server: Server) -> None:
    job = server.train("no-code", SKLEARN, hyperparameters=script_values("s3://lab/no/code.tar.gz"))
    assert job["FailureReason"].startswith("ClientError: cannot download the code from s3://lab/no/code.tar.gz")


def test_code_below_opt_ml_needs_no_download(server: Server) -> None:
    """As newer versions of the SDK send it: the code is a channel."""
    server.put("channel/code/train.py", "print('from a channel')")
    values = script_values("/opt/ml/input/data/code")
    job = server.train("channel", SKLEARN, hyperparameters=values, channels={"code": "s3://lab/channel/code/"})
    assert job["TrainingJobStatus"] == "Completed", job
    assert "from a channel" in server.log("Training", "channel")


def test_code_comes_as_an_archive_in_a_channel_when_there_is_no_network(server: Server) -> None:
    server.put_archive("isolated/sourcedir.tar.gz", {"train.py": "print('from an archive')"})
    values = script_values("/opt/ml/input/data/code/sourcedir.tar.gz")
    archive = "s3://lab/isolated/sourcedir.tar.gz"
    job = server.train("isolated", SKLEARN, hyperparameters=values, channels={"code": archive})
    assert job["TrainingJobStatus"] == "Completed", job
    assert "from an archive" in server.log("Training", "isolated")


FUNCTIONS = """
import json

def model_fn(model_dir, context):
    return 10

def input_fn(body, content_type):
    assert isinstance(body, str) and content_type == "text/csv"
    return [float(line) for line in body.split()]

def predict_fn(data, model):
    if data[0] < 0:
        raise ValueError("negative")
    return [value * model for value in data]

def output_fn(prediction, accept):
    return json.dumps({"all": prediction}), "application/json"
"""
TRANSFORM = """
def model_fn(model_dir):
    return 3

def transform_fn(model, body, content_type, accept):
    return f"{model}:{body.strip()}:{accept}"
"""


@pytest.mark.parametrize(
    ("name", "script", "rows", "answer"),
    [
        ("functions", FUNCTIONS, [[1], [2]], '{"all": [10.0, 20.0]}'),
        ("transform-fn", TRANSFORM, [[5]], "3:5:application/json"),
    ],
)
def test_the_code_of_a_model_is_served(
    server: Server, name: str, script: str, rows: list[list[float]], answer: str
) -> None:
    artifact = server.put_archive(f"{name}/model.tar.gz", {"code/inference.py": script})
    server.create_model(name, "huggingface-pytorch-inference:2", artifact)
    job = server.transform(name, name, server.put(f"{name}/in/a.csv", csv_text(rows)))
    assert job["TransformJobStatus"] == "Completed", job
    assert server.get(f"{name}/a.csv.out") == answer


@pytest.mark.skipif(not private_mounts(), reason="the kernel gives no private mounts here")
def test_a_served_script_finds_literal_paths(server: Server) -> None:
    script = TRANSFORM.replace("return 3", "return open('/opt/ml/model/value').read()")
    artifact = server.put_archive("literal/model.tar.gz", {"code/inference.py": script, "value": "four"})
    server.create_model("literal", SKLEARN, artifact)
    job = server.transform("literal", "literal", server.put("literal/in/a.csv", "1"))
    assert job["TransformJobStatus"] == "Completed", job
    assert server.get("literal/a.csv.out") == "four:1:application/json"


def test_the_code_of_a_model_answers_at_an_endpoint(server: Server) -> None:
    sagemaker = server.sagemaker
    artifact = server.put_archive("endpoint/model.tar.gz", {"code/inference.py": TRANSFORM})
    server.create_model("endpoint", SKLEARN, artifact)
    variant = {"VariantName": "all", "ModelName": "endpoint", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName="endpoint", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="endpoint")
    found = poll(
        lambda: sagemaker.describe_endpoint(EndpointName="endpoint"), lambda it: it["EndpointStatus"] != "Creating"
    )
    assert found["EndpointStatus"] == "InService", found
    runtime = server.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName="endpoint", ContentType="text/csv", Accept="text/plain", Body=b"7\n")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"3:7:text/plain", "text/plain")
    sagemaker.delete_endpoint(EndpointName="endpoint")


@pytest.mark.parametrize(
    ("name", "files", "reason"),
    [
        ("no-inference", {"model.bin": ""}, "ClientError: there is no inference.py to serve the model with"),
        ("no-model-fn", {"code/inference.py": ""}, "ClientError: inference.py has no function model_fn(model_dir)"),
        ("bad-import", {"code/inference.py": "import nowhere"}, "AlgorithmError: ModuleNotFoundError"),
        (
            "bad-row",
            {"code/inference.py": FUNCTIONS},
            "AlgorithmError: Bad HTTP status received from algorithm: 500: ValueError: negative",
        ),
    ],
)
def test_code_that_cannot_be_served_fails_the_job(
    server: Server, name: str, files: dict[str, str], reason: str
) -> None:
    server.create_model(name, SKLEARN, server.put_archive(f"{name}/model.tar.gz", files))
    job = server.transform(name, name, server.put(f"{name}/in/a.csv", "-1\n"))
    assert job["FailureReason"].startswith(reason)


def test_variables_of_groups_tell_their_names() -> None:
    groups = [
        {"instance_group_name": "a", "instance_type": "ml.m5.large", "hosts": ["algo-1"]},
        {"instance_group_name": "b", "instance_type": "ml.m5.xlarge", "hosts": []},
    ]
    resources = {
        "current_host": "algo-1",
        "hosts": ["algo-1"],
        "current_instance_type": "ml.m5.large",
        "current_group_name": "a",
        "instance_groups": groups,
        "network_interface_name": "lo",
    }
    values = {"m": {"b": 2, "a": 1}, "none": None}
    found = variables(Setting(Path("/opt/ml"), "pkg.py", "", values, {}, {}, resources))
    assert found["SM_INSTANCE_GROUPS"] == '["a","b"]'
    assert found["SM_IS_HETERO"] == "true"
    assert found["SM_HP_M"] == '{"a":1,"b":2}'
    assert found["SM_USER_ARGS"] == '["-m","a=1,b=2","--none",""]'
    assert found["SM_HP_NONE"] == ""
    assert found["SM_MODULE_NAME"] == "pkg"
