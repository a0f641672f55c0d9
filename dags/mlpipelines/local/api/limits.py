"""What of a request the local SageMaker cannot do (refused) and what it does differently (said aloud)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlpipelines.local.faults import InvalidRequest
from mlpipelines.local.images import Program
from mlpipelines.local.serving.containers import is_direct

Request = Mapping[str, Any]


def refuse(reasons: Iterable[str]) -> None:
    """Raises InvalidRequest when there is a reason."""
    found = list(reasons)
    if found:
        raise InvalidRequest(f"Not simulated by the local SageMaker: {'; '.join(found)}.")


def training_refusals(request: Request) -> Iterator[str]:
    """Members of a CreateTrainingJob request without which the result would be another one."""
    algorithm = request["AlgorithmSpecification"]
    if algorithm.get("AlgorithmName"):
        yield "AlgorithmSpecification.AlgorithmName"
    for member in ("ServerlessJobConfig", "ModelPackageConfig", "MlflowConfig", "SessionChainingConfig"):
        if request.get(member):
            yield member
    for channel in request.get("InputDataConfig") or ():
        mode = channel.get("InputMode") or algorithm["TrainingInputMode"]
        yield from (f"channel {channel['ChannelName']}: {what}" for what in _channel_refusals(channel, mode))
    path = (request.get("CheckpointConfig") or {}).get("LocalPath", "/opt/ml/checkpoints")
    if not path.startswith("/opt/ml/"):
        yield f"CheckpointConfig.LocalPath {path} (here it must be below /opt/ml)"


def training_notes(request: Request, program: Program) -> Iterator[str]:
    """What is done, but not as AWS would do it."""
    if program.directory is None or program.arguments is not None:
        yield _image_note(request["AlgorithmSpecification"].get("TrainingImage"))
    algorithm, resources = request["AlgorithmSpecification"], request["ResourceConfig"]
    count = resources.get("InstanceCount", 1)
    if count > 1 or resources.get("InstanceGroups"):
        yield f"{count if count > 1 else 'several'} instances run as one local process"
    channels = request.get("InputDataConfig") or ()
    modes = {algorithm["TrainingInputMode"], *(channel.get("InputMode") for channel in channels)}
    for mode in sorted({"FastFile", "Pipe"} & modes if program.built_in else {"FastFile"} & modes):
        yield f"{mode} mode is read as File mode"
    sources = [channel["DataSource"].get("S3DataSource") or {} for channel in channels]
    if any(source.get("S3DataDistributionType") == "ShardedByS3Key" for source in sources):
        yield "ShardedByS3Key: the one process gets all objects"
    if request.get("EnableManagedSpotTraining"):
        yield "a spot instance is never interrupted"
    if request.get("CheckpointConfig"):
        yield "checkpoints go to S3 when the job ends, not while it runs"
    if resources.get("KeepAlivePeriodInSeconds"):
        yield "there is no warm pool: KeepAlivePeriodInSeconds keeps nothing"
    if algorithm.get("TrainingImageConfig"):
        yield "TrainingImageConfig has no effect: no image is pulled"
    if request.get("EnableNetworkIsolation"):
        yield "the network is not isolated"
    if request["OutputDataConfig"].get("KmsKeyId") or resources.get("VolumeKmsKeyId"):
        yield "nothing is encrypted by a KMS key"
    for member in (
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "TensorBoardOutputConfig",
        "ProfilerConfig",
        "ProfilerRuleConfigurations",
        "ExperimentConfig",
        "RetryStrategy",
        "RemoteDebugConfig",
        "VpcConfig",
    ):
        if request.get(member):
            yield f"{member} has no effect"


def transform_refusals(request: Request, model: Request) -> Iterator[str]:
    """The same for CreateTransformJob and the model that it names."""
    source, output = request["TransformInput"], request["TransformOutput"]
    split = source.get("SplitType", "None")
    if split not in ("None", "Line"):
        yield f"TransformInput.SplitType {split}"
    kind = source["DataSource"]["S3DataSource"]["S3DataType"]
    if kind not in ("S3Prefix", "ManifestFile"):
        yield f"TransformInput S3DataType {kind}"
    if output.get("AssembleWith", "None") not in ("None", "Line"):
        yield f"TransformOutput.AssembleWith {output['AssembleWith']}"
    if is_direct(model):
        yield "a model in Direct mode (a batch transform has no TargetContainerHostname)"
    for container in model.get("Containers") or [model.get("PrimaryContainer") or {}]:
        if container.get("Mode", "SingleModel") != "SingleModel":
            yield "a model in Mode MultiModel (a batch transform has no TargetModel)"
        if container.get("ModelDataSource"):
            yield "a model with ModelDataSource (SageMaker does not support it in batch transforms either)"


def model_notes(model: Request) -> Iterator[str]:
    """Of a CreateModel request."""
    if model.get("EnableNetworkIsolation"):
        yield "the network is not isolated"
    if model.get("VpcConfig"):
        yield "VpcConfig of the model has no effect"
    for container in model.get("Containers") or [model.get("PrimaryContainer") or {}]:
        if container.get("Mode") == "MultiModel":
            yield "every model of a multi-model container has a process of its own, which stays"


def transform_notes(request: Request) -> Iterator[str]:
    count = request["TransformResources"]["InstanceCount"]
    if count > 1:
        yield f"{count} instances run as one local process"
    if request["TransformOutput"].get("KmsKeyId") or request["TransformResources"].get("VolumeKmsKeyId"):
        yield "nothing is encrypted by a KMS key"
    for member in ("DataCaptureConfig", "ExperimentConfig"):
        if request.get(member):
            yield f"{member} has no effect"


def _channel_refusals(channel: Request, mode: str) -> Iterator[str]:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        yield "a data source other than S3"
    elif source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        yield f"S3DataType {source['S3DataType']}"
    if channel.get("RecordWrapperType", "None") != "None" and mode != "Pipe":
        yield f"RecordWrapperType {channel['RecordWrapperType']} in {mode} mode"


def processing_refusals(request: Request) -> Iterator[str]:
    """The same for CreateProcessingJob."""
    for item in request.get("ProcessingInputs") or ():
        definition = item.get("DatasetDefinition") or {}
        for member in ("AthenaDatasetDefinition", "RedshiftDatasetDefinition"):
            if definition.get(member):
                yield f"input {item['InputName']}: {member} (no Athena and no Redshift run here)"
        if (item.get("S3Input") or {}).get("S3InputMode") == "Pipe":
            yield f"input {item['InputName']}: S3InputMode Pipe"
    for item in (request.get("ProcessingOutputConfig") or {}).get("Outputs") or ():
        if item.get("FeatureStoreOutput"):
            yield f"output {item['OutputName']}: FeatureStoreOutput (no Feature Store runs here)"


def processing_notes(request: Request) -> Iterator[str]:
    application, cluster = request["AppSpecification"], request["ProcessingResources"]["ClusterConfig"]
    yield _image_note(application["ImageUri"])
    count = cluster.get("InstanceCount", 1)
    if count > 1:
        yield f"{count} instances run as one local process"
    inputs = [item.get("S3Input") or {} for item in request.get("ProcessingInputs") or ()]
    if count > 1 and any(item.get("S3DataDistributionType") == "ShardedByS3Key" for item in inputs):
        yield "ShardedByS3Key: the one process gets all objects"
    outputs = request.get("ProcessingOutputConfig") or {}
    if any((item.get("S3Output") or {}).get("S3UploadMode") == "Continuous" for item in outputs.get("Outputs") or ()):
        yield "S3UploadMode Continuous: the output is uploaded at the end of the job"
    if outputs.get("KmsKeyId") or cluster.get("VolumeKmsKeyId"):
        yield "nothing is encrypted by a KMS key"
    network = request.get("NetworkConfig") or {}
    if network.get("EnableNetworkIsolation"):
        yield "the network is not isolated"
    if network.get("VpcConfig"):
        yield "VpcConfig has no effect"
    if request.get("ExperimentConfig"):
        yield "ExperimentConfig has no effect"


def _image_note(image: str | None) -> str:
    return (
        f"the image {image or '(none)'} is not run: the job's command runs on this machine, with the Python and the "
        "packages of the local SageMaker"
    )
