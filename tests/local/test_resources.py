"""Models, configurations, the registry, notebooks, sensors and decisions: each test fails against the bare operator, or
shows what the provider has no operator for."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlpipelines.errors import StepError
from tests.airflow.jobs import Store
from tests.local.support import ECR, ROLE, Server, poll, training_request

pytestmark = pytest.mark.airflow
TI = SimpleNamespace(dag_id="flowers", task_id="step", run_id="manual__1", map_index=-1, max_tries=0, try_number=1)


def run(operator: Callable[..., Any], store: Store | None = None, **options: Any) -> Any:
    """Run a task to its end in this process. Tries of one task have a store in common."""
    task = operator(task_id="step", aws_conn_id=None, region_name="us-east-1", **options)
    return task.execute({"ti": TI, "task_state_store": store} if store else {"ti": TI})


def model(name: str, **more: Any) -> dict[str, Any]:
    return {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": f"{ECR}/own:1", **more}}


# Models and endpoint configurations


def test_a_model_that_is_there_and_the_same_is_used_again(aws: Server) -> None:
    from airflow.providers.amazon.aws.operators.sagemaker import SageMakerModelOperator

    from mlpipelines.runtime.resources import ModelOperator

    for _ in range(2):
        assert run(ModelOperator, config=model("same"))["Model"]["ModelName"] == "same"
    with pytest.raises(Exception, match="already existing"):
        run(SageMakerModelOperator, config=model("same"))


def test_a_model_of_a_name_that_something_else_has_gets_a_name_beside_it(aws: Server) -> None:
    from mlpipelines.runtime.resources import ModelOperator

    first = run(ModelOperator, config=model("taken"))["Model"]["ModelName"]
    others = {run(ModelOperator, config=model("taken", Environment={"A": "1"}))["Model"]["ModelName"] for _ in "ab"}
    assert first == "taken"
    assert len(others) == 1
    assert others != {"taken"}


def test_a_retry_makes_no_second_model_or_configuration_under_the_name_of_its_try(aws: Server) -> None:
    from mlpipelines.runtime.resources import EndpointConfigOperator, ModelOperator

    models, configurations = Store(), Store()
    variant = {"VariantName": "v", "ModelName": "tried-1", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    for attempt in ("1", "2"):
        made = run(ModelOperator, models, config=model(f"tried-{attempt}"))
        assert made["Model"]["ModelName"] == "tried-1"
        config = {"EndpointConfigName": f"tried-{attempt}", "ProductionVariants": [variant]}
        made = run(EndpointConfigOperator, configurations, config=config)
        assert made["EndpointConfig"]["EndpointConfigName"] == "tried-1"
    aws.sagemaker.delete_endpoint_config(EndpointConfigName="tried-1")


def test_what_aws_would_refuse_never_reaches_it(aws: Server) -> None:
    from mlpipelines.runtime.resources import ModelOperator

    config = {"ModelName": "no_name", "PrimaryContainer": {"Imag": "x"}, "EnableNetworkIsolation": "perhaps"}
    with pytest.raises(StepError) as raised:
        run(ModelOperator, config=config)
    assert str(raised.value).splitlines() == [
        "AWS would refuse this request:",
        "    'no_name' does not have the form that AWS wants (CreateModel: ModelName); "
        "AWS allows letters, digits and hyphens, no hyphen first or last",
        "    AWS has no member 'Imag' here (CreateModel: PrimaryContainer.Imag); did you mean 'Image'?",
        "    expected true or false, not 'perhaps' (CreateModel: EnableNetworkIsolation)",
    ]


def test_what_its_author_lets_pass_is_for_aws_to_refuse(aws: Server) -> None:
    from mlpipelines.runtime.resources import ModelOperator

    config = {"ModelName": "no_name", "PrimaryContainer": {"Image": "x"}}
    with pytest.raises(StepError, match="no_name"):
        run(ModelOperator, config=config)
    with pytest.raises(ClientError, match="ValidationException"):
        run(ModelOperator, config=config, ignored_rules=["SM005"])


def test_roles_may_be_names_and_a_model_may_exist_already(aws: Server) -> None:
    from mlpipelines.runtime.resources import ModelOperator

    made = run(ModelOperator, config=model("by-role-name") | {"ExecutionRoleArn": "mlpipelines-local"})["Model"]
    assert made["ExecutionRoleArn"] == ROLE
    assert run(ModelOperator, existing="by-role-name")["Model"]["ModelArn"] == made["ModelArn"]
    with pytest.raises(Exception, match="nobody"):
        run(ModelOperator, existing="nobody")


def test_a_configuration_is_made_once_and_goes_with_its_endpoint_or_alone(aws: Server) -> None:
    from mlpipelines.runtime.resources import DeleteEndpointOperator, EndpointConfigOperator, ModelOperator

    run(ModelOperator, config=model("configured"))
    variant = {"VariantName": "a", "ModelName": "configured", "InstanceType": "ml.m5.large"}
    request = {"EndpointConfigName": "config", "ProductionVariants": [{**variant, "InitialInstanceCount": "1"}]}
    for _ in range(2):
        made = run(EndpointConfigOperator, config=request)["EndpointConfig"]
        assert made["ProductionVariants"][0]["InitialInstanceCount"] == 1
    for _ in range(2):  # the second finds nothing, and has nothing to do
        run(DeleteEndpointOperator, config_name="config")
    assert "config" not in str(aws.sagemaker.list_endpoint_configs())


def test_what_is_deleted_may_be_gone_already(aws: Server) -> None:
    from airflow.providers.amazon.aws.operators.sagemaker import SageMakerDeleteModelOperator

    from mlpipelines.runtime.resources import DeleteEndpointOperator, DeleteModelOperator, ModelOperator

    run(ModelOperator, config=model("short-lived"))
    for _ in range(2):
        run(DeleteModelOperator, config={"ModelName": "short-lived"})
    run(DeleteEndpointOperator, endpoint="never-made")
    with pytest.raises(Exception, match="DeleteModel"):
        run(SageMakerDeleteModelOperator, config={"ModelName": "short-lived"})


def test_the_configuration_of_an_endpoint_that_an_earlier_try_has_deleted_goes_too(aws: Server) -> None:
    from mlpipelines.runtime.resources import DeleteEndpointOperator, ModelOperator

    store = Store()
    store.set("sagemaker_job", {"wanted": "orphan", "clears": "0-0"})
    variant = {"VariantName": "v", "ModelName": "served", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    run(ModelOperator, config=model("served"))
    aws.sagemaker.create_endpoint_config(EndpointConfigName="orphan", ProductionVariants=[variant])
    run(DeleteEndpointOperator, store, endpoint="gone-already", check_interval=0.05)
    assert not aws.sagemaker.list_endpoint_configs(NameContains="orphan")["EndpointConfigs"]


def test_an_experiment_and_its_trial_may_be_there_already(aws: Server) -> None:
    from mlpipelines.runtime.resources import ExperimentOperator

    config = {"Experiment": {"ExperimentName": "flowers"}, "Trial": {"TrialName": "t1", "ExperimentName": "flowers"}}
    for _ in range(2):
        result = run(ExperimentOperator, config=config)
        assert result["Experiment"]["ExperimentName"] == "flowers"
        assert result["Trial"]["TrialName"] == "t1"


# The registry


def package(uri: str, status: str) -> dict[str, Any]:
    return {
        "ModelPackageGroupName": "flowers",
        "ModelApprovalStatus": status,
        "InferenceSpecification": {
            "Containers": [{"Image": f"{ECR}/own:1", "ModelDataUrl": uri}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    }


def test_versions_are_registered_once_found_approved_and_deleted(aws: Server) -> None:
    from mlpipelines.runtime import registry

    uri = aws.put("registry/model.tar.gz", "archive")
    group = {"ModelPackageGroupName": "flowers", "ModelPackageGroupDescription": "by leaves"}
    first = run(registry.RegisterOperator, group=group, config=package(uri, "Approved"))["ModelPackage"]
    again = run(registry.RegisterOperator, group=group, config=package(uri, "Approved"))["ModelPackage"]
    assert (first["ModelPackageVersion"], again["ModelPackageArn"]) == (1, first["ModelPackageArn"]), "a retry"
    described = aws.sagemaker.describe_model_package_group(ModelPackageGroupName="flowers")
    assert described["ModelPackageGroupDescription"] == "by leaves"

    TI.run_id = "manual__2"
    second = run(registry.RegisterOperator, group=group, config=package(uri, "PendingManualApproval"))["ModelPackage"]
    assert second["ModelPackageVersion"] == 2

    def newest(status: str | None) -> int:
        found = run(registry.LatestModelOperator, group="flowers", approval=status)["ModelPackage"]
        return int(found["ModelPackageVersion"])

    assert (newest("Approved"), newest(None)) == (1, 2)
    arn = second["ModelPackageArn"]
    approved = run(registry.ApproveOperator, config={"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"})[
        "ModelPackage"
    ]
    assert (approved["ModelApprovalStatus"], newest("Approved")) == ("Approved", 2)
    with pytest.raises(Exception, match="has no Rejected version"):
        newest("Rejected")

    with pytest.raises(Exception, match="DeleteModelPackageGroup"):
        run(registry.DeletePackageGroupOperator, group="flowers")
    for _ in range(2):
        run(registry.DeletePackageGroupOperator, group="flowers", versions=True)


def test_the_bare_operator_takes_no_approval_as_text(aws: Server) -> None:
    from airflow.providers.amazon.aws.operators.sagemaker import SageMakerRegisterModelVersionOperator

    with pytest.raises(AttributeError, match="value"):
        run(
            SageMakerRegisterModelVersionOperator,
            image_uri=f"{ECR}/own:1",
            model_url="s3://lab/model.tar.gz",
            package_group_name="bare",
            model_approval="Approved",
        )


# Notebooks


def test_a_notebook_instance_lives_and_every_step_may_be_repeated(aws: Server) -> None:
    from mlpipelines.runtime.notebooks import NotebookOperator

    config = {
        "NotebookInstanceName": "book",
        "InstanceType": "ml.t3.medium",
        "RoleArn": "mlpipelines-local",
        "VolumeSizeInGB": "5",
        "Tags": [{"Key": "project", "Value": "flowers"}],
    }
    steps = [("create", "InService"), ("stop", "Stopped"), ("start", "InService"), ("stop", "Stopped")]
    for action, status in [*steps, ("delete", "Deleted")]:
        options: dict[str, Any] = {"config": config} if action == "create" else {"instance_name": "book"}
        for _ in range(2):
            result = run(NotebookOperator, action=action, check_interval=0.05, max_attempts=200, **options)
            assert result["NotebookInstance"]["NotebookInstanceStatus"] == status, action


def test_a_notebook_instance_of_other_properties_is_not_taken_for_the_wanted_one(aws: Server) -> None:
    from mlpipelines.runtime.notebooks import NotebookOperator

    config = {"NotebookInstanceName": "other", "InstanceType": "ml.t3.medium", "RoleArn": ROLE}
    run(NotebookOperator, action="create", config=config, check_interval=0.05)
    with pytest.raises(Exception, match=r"is there already, with InstanceType ml\.t3\.medium; delete it first"):
        run(NotebookOperator, action="create", config={**config, "InstanceType": "ml.t3.large"}, check_interval=0.05)


def test_a_notebook_instance_that_changes_is_waited_for_before_it_is_changed_again(aws: Server) -> None:
    from mlpipelines.runtime.notebooks import NotebookOperator

    config = {"NotebookInstanceName": "busy", "InstanceType": "ml.t3.medium", "RoleArn": ROLE}
    later: dict[str, Any] = {"check_interval": 0.05, "wait_for_completion": False}
    run(NotebookOperator, action="create", config=config, **later)
    run(NotebookOperator, action="stop", instance_name="busy", **later)
    result = run(NotebookOperator, action="create", config=config, check_interval=0.05)
    assert result["NotebookInstance"]["NotebookInstanceStatus"] == "InService"
    run(NotebookOperator, action="stop", instance_name="busy", **later)
    result = run(NotebookOperator, action="delete", instance_name="busy", check_interval=0.05)
    assert result["NotebookInstance"]["NotebookInstanceStatus"] == "Deleted"


def test_the_bare_operator_cannot_send_tags_in_its_own_words(aws: Server) -> None:
    from airflow.providers.amazon.aws.operators.sagemaker import SageMakerCreateNotebookOperator

    with pytest.raises(Exception, match='Unknown parameter in input: "tags"'):
        run(
            SageMakerCreateNotebookOperator,
            instance_name="tagged",
            instance_type="ml.t3.medium",
            role_arn=ROLE,
            create_instance_kwargs={"tags": {"project": "flowers"}},
        )


# Sensors


def sense(aws: Server, kind: str, job: str) -> Any:
    from mlpipelines.runtime.sensors import JobSensor

    sensor = JobSensor(task_id="wait", kind=kind, job=job, aws_conn_id=None, region_name="us-east-1")
    return poll(lambda: sensor.poke({}), lambda answer: answer.is_done).xcom_value


def test_waiting_for_a_training_job_gives_what_training_gives(aws: Server, iris_uri: dict[str, str]) -> None:
    from mlpipelines.runtime.names import artifact_uri

    channel = {"S3DataType": "S3Prefix", "S3Uri": iris_uri["train"]}
    request = training_request("sensed", "sleeper", hyperparameters={"seconds": "0"})
    request["InputDataConfig"] = [{"ChannelName": "train", "DataSource": {"S3DataSource": channel}}]
    aws.sagemaker.create_training_job(**request)
    result = sense(aws, "training", "sensed")
    assert result["name"] == "sensed"
    assert result["Training"]["TrainingJobStatus"] == "Completed"
    assert artifact_uri(result) == result["Training"]["ModelArtifacts"]["S3ModelArtifacts"]
    assert isinstance(result["Training"]["Metrics"], dict)


def test_waiting_for_a_job_that_was_stopped_fails(aws: Server) -> None:
    from airflow.providers.amazon.aws.sensors.sagemaker import SageMakerTransformSensor

    request = training_request("stopped", "sleeper", hyperparameters={"seconds": "60"})
    aws.sagemaker.create_training_job(**request)
    aws.sagemaker.stop_training_job(TrainingJobName="stopped")
    with pytest.raises(Exception, match="stopped was stopped"):
        sense(aws, "training", "stopped")
    assert "Stopped" not in SageMakerTransformSensor(task_id="bare", job_name="x").failed_states() | (
        SageMakerTransformSensor(task_id="bare2", job_name="x").non_terminal_states()
    ), "the provider's takes it for a success"


def test_waiting_for_a_job_that_failed_says_why(aws: Server) -> None:
    aws.train("crashed", "crash", hyperparameters={"status": "2", "failure": "k is missing"})
    with pytest.raises(Exception, match="crashed failed: ClientError: k is missing"):
        sense(aws, "training", "crashed")


def test_waiting_for_a_job_that_nobody_has_started_fails(aws: Server) -> None:
    with pytest.raises(Exception, match="There is no training job nobody"):
        sense(aws, "training", "nobody")


# Decisions


@pytest.mark.parametrize(("flower", "branch"), [("setosa", "yes"), ("virginica", "no"), ("se", "no")])
def test_in_looks_among_the_members_of_a_list_that_was_rendered(flower: str, branch: str) -> None:
    from airflow.providers.amazon.aws.operators.sagemaker import SageMakerConditionOperator

    from mlpipelines.runtime.branching import ConditionOperator

    conditions = [{"type": "Or", "conditions": [{"type": "In", "value": flower, "in_values": "['setosa', 'x']"}]}]
    options: dict[str, Any] = {"task_id": "gate", "if_task_ids": "yes", "else_task_ids": "no", "conditions": conditions}
    assert ConditionOperator(**options).choose_branch({}) == [branch]
    assert SageMakerConditionOperator(**options).choose_branch({}) == ["no"], "whatever the flower"


@pytest.mark.parametrize(
    ("left", "comparison", "right", "outcome"),
    [
        ("0.97", "GreaterThan", 0.9, "yes"),
        ("1e-3", "LessThan", "0.01", "yes"),
        ("True", "Equals", True, "yes"),
        ("1_000", "Equals", 1000, "Cannot compare str"),
        ("nan", "GreaterThan", 0.9, "Cannot compare str"),
        ("inf", "LessThan", 0.9, "Cannot compare str"),
        ("None", "LessThan", 0.9, "received None"),
        ("1_0", "Equals", "ten", "no"),
    ],
)
def test_a_text_is_a_number_when_it_looks_like_one(left: str, comparison: str, right: Any, outcome: str) -> None:
    from mlpipelines.runtime.branching import ConditionOperator

    conditions = [{"type": comparison, "left_value": left, "right_value": right}]
    operator = ConditionOperator(task_id="c", conditions=conditions, if_task_ids=["yes"], else_task_ids=["no"])
    if " " in outcome:
        with pytest.raises(TypeError, match=outcome):
            operator.choose_branch({})
    else:
        assert operator.choose_branch({}) == [outcome]


def test_in_says_what_it_cannot_read() -> None:
    from mlpipelines.runtime.branching import ConditionOperator

    conditions = [{"type": "In", "value": "a", "in_values": "a or b"}]
    with pytest.raises(ValueError, match="`in` needs a list"):
        ConditionOperator(task_id="gate", if_task_ids="yes", conditions=conditions).choose_branch({})


# Code


def test_code_is_uploaded_as_a_file_or_as_the_same_archive_every_time(tmp_path: Path) -> None:
    from mlpipelines.runtime.uploads import archive

    (tmp_path / "source/package/__pycache__").mkdir(parents=True)
    for name in ("train.py", "package/__init__.py", "package/__pycache__/x.pyc", ".hidden"):
        (tmp_path / "source" / name).write_text("print()")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/tools.py").write_text("print()")
    (tmp_path / "source/linked").symlink_to(tmp_path / "shared")
    (tmp_path / "shared/around").symlink_to(tmp_path / "source")
    first = archive(tmp_path / "source", tmp_path / "a.tar.gz").read_bytes()
    (tmp_path / "source/train.py").touch()
    assert archive(tmp_path / "source", tmp_path / "b.tar.gz").read_bytes() == first
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        assert tar.getnames() == ["linked/tools.py", "package/__init__.py", "train.py"]
    with tarfile.open(archive(tmp_path / "source/train.py", tmp_path / "c.tar.gz")) as tar:
        assert tar.getnames() == ["train.py"]


@pytest.mark.parametrize("key", [None, "alias/code"])
def test_code_is_encrypted_as_the_step_says(aws: Server, tmp_path: Path, key: str | None) -> None:
    from mlpipelines.runtime.hook import JobHook
    from mlpipelines.runtime.uploads import put

    (tmp_path / "train.py").write_text("print()")
    hook = JobHook(aws_conn_id=None, region_name="us-east-1")
    put(hook.s3_hook, tmp_path, {"path": "train.py", "uri": "s3://lab/code/train.py", "kms_key": key})
    assert aws.s3.head_object(Bucket="lab", Key="code/train.py").get("SSEKMSKeyId") == key


def test_a_file_that_an_earlier_try_has_uploaded_is_uploaded_again(aws: Server, tmp_path: Path) -> None:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook

    from mlpipelines.runtime.hook import JobHook

    (tmp_path / "data.csv").write_text("1,2")
    upload = {"Path": str(tmp_path / "data.csv"), "Bucket": "lab", "Key": "operations/data.csv", "Tar": False}
    operations = {"S3Upload": [upload]}
    hook = JobHook(aws_conn_id=None, region_name="us-east-1")
    for _ in range(2):
        hook.configure_s3_resources({"S3Operations": dict(operations)})
    bare = SageMakerHook(aws_conn_id=None, region_name="us-east-1")
    bare.s3_hook = S3Hook(aws_conn_id=None, region_name="us-east-1")
    with pytest.raises(ValueError, match="already exists"):
        bare.configure_s3_resources({"S3Operations": dict(operations)})


def test_code_that_is_not_deployed_is_said_to_be_missing(tmp_path: Path) -> None:
    from mlpipelines.runtime.uploads import MissingCode, put

    with pytest.raises(MissingCode, match="is it deployed with the pipelines"):
        put(None, tmp_path, {"path": "train.py", "uri": "s3://lab/train.py"})
