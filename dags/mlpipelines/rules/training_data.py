"""What AWS refuses in the channels of training jobs and in the network that their data and image come over."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_OWN = """
train:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  channels:
    train: """
_MANIFEST = 'uri: "s3://example-bucket/all.manifest", data_type: AugmentedManifestFile, attributes: [source-ref, class]'
_REQUEST = """
train:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    InputDataConfig:"""
_S3 = "{S3DataSource: {S3DataType: S3Prefix, S3Uri: s3://example-bucket/train/}}"
_DISK = (
    "FileSystemDataSource: {FileSystemId: fs-0123456789abcdef0, FileSystemAccessMode: ro, FileSystemType: EFS, "
    "DirectoryPath: /train}"
)
_VPC = "vpc: {subnets: [subnet-0a1b2c3d], security_groups: [sg-0a1b2c3d]}"
_REGISTRY = """
train:
  type: train
  image: registry.example.com/team/own:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    AlgorithmSpecification: {TrainingImageConfig: {TrainingRepositoryAccessMode: """

RULES: tuple[Rule, ...] = (
    Rule(
        "SM120",
        "gzip-without-pipe",
        "error",
        "Gzip is to be unpacked in another mode than Pipe.",
        "SageMaker unpacks data only while it streams it. In the modes File and FastFile it gives the files as they "
        "are: write `input_mode: Pipe`, or unpack them in the training code.",
        f'{_OWN}{{uri: "s3://example-bucket/train/", compression: Gzip, input_mode: FastFile}}  # <-\n',
        f'{_OWN}{{uri: "s3://example-bucket/train/", compression: Gzip, input_mode: Pipe}}\n',
        f"{_API}Channel.html",
        "model",
    ),
    Rule(
        "SM121",
        "manifest-without-pipe",
        "error",
        "An augmented manifest is to be read in another mode than Pipe.",
        "SageMaker reads augmented manifests only while it streams the data. The mode is File unless the channel or "
        "the job says `input_mode: Pipe`.",
        f"{_OWN}{{{_MANIFEST}}}  # <-\n",
        f"{_OWN}{{{_MANIFEST}, input_mode: Pipe}}\n",
        f"{_API}S3DataSource.html",
        "model",
    ),
    Rule(
        "SM122",
        "manifest-without-attributes",
        "error",
        "An augmented manifest lacks the attributes to read.",
        "Each line of such a manifest has several values by name. Nothing is read unless `attributes` lists their "
        "names, in the order that the algorithm wants them in.",
        f'{_OWN}{{uri: "s3://example-bucket/all.json", data_type: AugmentedManifestFile, input_mode: Pipe}}  # <-\n',
        f'{_OWN}{{uri: "s3://example-bucket/all.json", data_type: ManifestFile, input_mode: Pipe}}\n',
        f"{_GUIDE}augmented-manifest.html",
        "guide",
    ),
    Rule(
        "SM123",
        "channel-twice",
        "warning",
        "Two channels have the same name.",
        "A channel is a folder of the container, /opt/ml/input/data/<name>: the two would be one.",
        f"{_REQUEST}\n      - {{ChannelName: train, DataSource: {_S3}}}\n"
        f"      - {{ChannelName: train, DataSource: {_S3}}}  # <-\n",
        f"{_REQUEST}\n      - {{ChannelName: train, DataSource: {_S3}}}\n"
        f"      - {{ChannelName: train_too, DataSource: {_S3}}}\n",
        f"{_API}Channel.html",
        "inferred",
    ),
    Rule(
        "SM124",
        "channel-of-two-sources",
        "warning",
        "A channel has several sources, or none.",
        "A channel is one folder with the data of one place. Make a channel of each.",
        f"{_REQUEST}\n      - ChannelName: train\n        DataSource:\n"
        "          S3DataSource: {S3DataType: S3Prefix, S3Uri: s3://example-bucket/train/}\n"
        f"          {_DISK}  # <-\n    VpcConfig: {{Subnets: [subnet-0a1b2c3d], SecurityGroupIds: [sg-0a1b2c3d]}}\n",
        f"{_REQUEST}\n      - {{ChannelName: train, DataSource: {_S3}}}\n"
        f"      - ChannelName: more\n        DataSource:\n          {_DISK}\n"
        "    VpcConfig: {Subnets: [subnet-0a1b2c3d], SecurityGroupIds: [sg-0a1b2c3d]}\n",
        f"{_API}DataSource.html",
        "inferred",
    ),
    Rule(
        "SM125",
        "file-system-without-vpc",
        "error",
        "Data lies on a file system, and the job has no network to reach it.",
        "EFS and FSx are reached over a VPC. AWS refuses the job without one: give the subnets and security groups of "
        "the file system in `vpc`.",
        f"{_REQUEST}\n      - ChannelName: train\n        DataSource:\n          {_DISK}  # <-\n",
        f"{_REQUEST}\n      - ChannelName: train\n        DataSource:\n          {_DISK}\n  {_VPC}\n",
        f"{_GUIDE}model-access-training-data.html",
        "guide",
    ),
    Rule(
        "SM126",
        "shared-out-to-one",
        "info",
        "Data is shared out among one machine.",
        "With ShardedByS3Key each machine gets its share of the files; one machine gets all of them, as it would "
        "without. Leave `distribution` out, or take more machines.",
        f'{_OWN}{{uri: "s3://example-bucket/train/", distribution: ShardedByS3Key}}  # <-\n',
        f'{_OWN}{{uri: "s3://example-bucket/train/", distribution: ShardedByS3Key}}\n  instance_count: 2\n',
        f"{_API}S3DataSource.html",
        "model",
    ),
    Rule(
        "SM127",
        "registry-without-vpc",
        "error",
        "The image lies in a private registry, and the job has no network to reach it.",
        "SageMaker fetches images of registries other than ECR over the VPC of the job. Give it in `vpc`, or bring the "
        "image to ECR (Platform).",
        f"{_REGISTRY}Vpc}}}}  # <-\n",
        f"{_REGISTRY}Vpc}}}}\n  {_VPC}\n",
        f"{_GUIDE}docker-containers-adapt-your-own-private-registry.html",
        "guide",
    ),
    Rule(
        "SM132",
        "records-without-pipe",
        "error",
        "Objects are to be wrapped into records in another mode than Pipe.",
        "SageMaker wraps files into RecordIO only while it streams them. Write `input_mode: Pipe`, or leave "
        "`record_wrapper` out when the data is RecordIO already.",
        f'{_OWN}{{uri: "s3://example-bucket/train/", record_wrapper: RecordIO}}  # <-\n',
        f'{_OWN}{{uri: "s3://example-bucket/train/", record_wrapper: RecordIO, input_mode: Pipe}}\n',
        f"{_API}Channel.html",
        "model",
    ),
    Rule(
        "SM133",
        "unknown-instance-group",
        "error",
        "A channel is for an instance group that the job does not have.",
        "`instance_groups` of a channel names those groups of the job that get its data. AWS refuses a name that no "
        "group has.",
        f'{_OWN}{{uri: "s3://example-bucket/train/", instance_groups: [bigg]}}  # <-\n  instance_type: null\n'
        "  instance_groups: [{name: big, instance_type: ml.m5.4xlarge}]\n",
        f'{_OWN}{{uri: "s3://example-bucket/train/", instance_groups: [big]}}\n  instance_type: null\n'
        "  instance_groups: [{name: big, instance_type: ml.m5.4xlarge}]\n",
        f"{_GUIDE}train-heterogeneous-cluster.html",
        "guide",
    ),
    Rule(
        "SM134",
        "attributes-without-manifest",
        "error",
        "Attributes are named for data that is no augmented manifest.",
        "Only the lines of an augmented manifest have attributes. Write `data_type: AugmentedManifestFile`, or leave "
        "`attributes` out.",
        f'{_OWN}{{uri: "s3://example-bucket/all.manifest", data_type: ManifestFile, attributes: [class]}}  # <-\n',
        f"{_OWN}{{{_MANIFEST}, input_mode: Pipe}}\n",
        f"{_GUIDE}augmented-manifest.html",
        "guide",
    ),
    Rule(
        "SM135",
        "instance-group-twice",
        "warning",
        "Two instance groups have the same name.",
        "Channels name the groups that get their data, so a name can mean one group only: AWS refuses the job, or "
        "gives the data to the wrong machines.",
        f'{_OWN}"s3://example-bucket/train/"\n  instance_type: null\n'
        "  instance_groups:\n    - {name: big, instance_type: ml.m5.4xlarge}\n"
        "    - {name: big, instance_type: ml.m5.large}  # <-\n",
        f'{_OWN}"s3://example-bucket/train/"\n  instance_type: null\n'
        "  instance_groups:\n    - {name: big, instance_type: ml.m5.4xlarge}\n"
        "    - {name: small, instance_type: ml.m5.large}\n",
        f"{_GUIDE}train-heterogeneous-cluster.html",
        "inferred",
    ),
)
