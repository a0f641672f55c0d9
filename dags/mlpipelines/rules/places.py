"""What AWS refuses in names of places, roles, keys and tags."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_BUCKETS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
_TRAINING = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"
_OUTPUT = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html"
_VPC = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html"
_TAG = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html"
_TAGGING = "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"
_REPOSITORY = "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM701",
        "bucket-name",
        "error",
        "An S3 URI names a bucket that cannot exist.",
        "S3 gives no bucket such a name, so the job fails as soon as it looks for its data, or when it has finished "
        "and cannot write. Names of buckets have 3 to 63 small letters, digits, dots and hyphens. Aliases of access "
        "points and directory buckets may stand in their place.",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://Example_Bucket/iris/"}  # <-
""",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example.bucket-2/Iris_Data/"}
""",
        _BUCKETS,
        "guide",
    ),
    Rule(
        "SM702",
        "web-address-for-s3",
        "info",
        "An https:// address stands where an S3 URI is expected.",
        "AWS's API takes it, but built-in algorithms and Airflow's own checks look for s3://. Write the same place as "
        "s3://bucket/key.",
        """
model:
  type: model
  algorithm: knn
  artifact: https://example-bucket.s3.us-east-2.amazonaws.com/knn/model.tar.gz  # <-
""",
        """
model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/knn/model.tar.gz
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html",
        "code",
    ),
    Rule(
        "SM703",
        "tag-twice",
        "error",
        "A tag is given twice.",
        "Every resource has each tag once, and AWS refuses the request. This happens in lists of AWS's form only, such "
        "as the one in `request:`.",
        """
model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/knn/model.tar.gz
  request:
    Tags:
      - {Key: team, Value: data}
      - {Key: team, Value: science}  # <-
""",
        """
model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/knn/model.tar.gz
  request:
    Tags:
      - {Key: team, Value: data}
      - {Key: Team, Value: science}
""",
        _TAG,
        "model",
    ),
    Rule(
        "SM704",
        "reserved-tag",
        "warning",
        "A tag begins with aws:, which AWS keeps for its own.",
        "AWS refuses to set such tags for anybody, in capitals too. Choose another prefix.",
        """
model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/knn/model.tar.gz
  tags: {"aws:team": data}  # <-
""",
        """
model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/knn/model.tar.gz
  tags: {"aws-team": data}
""",
        _TAGGING,
        "inferred",
    ),
    Rule(
        "SM705",
        "role-form",
        "error",
        "A role is neither the name nor the ARN of one.",
        "AWS refuses the request. The tasks look up the ARN for the plain name of a role, but not for a name with its "
        "path, nor where a request has other roles than that of the job. Write arn:aws:iam::<12 digits>:role/<name>.",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/"}
  role: arn:aws:iam::12345678901:role/sagemaker  # <-
""",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/"}
  role: AmazonSageMaker-ExecutionRole
""",
        _TRAINING,
        "model",
    ),
    Rule(
        "SM706",
        "kms-key-form",
        "warning",
        "A KMS key is named by something that is neither a key's id, an alias nor an ARN.",
        "AWS's API lets it pass, and the job fails when it encrypts. Aliases are written with alias/ before them.",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/"}
  kms_key: models  # <-
""",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/"}
  kms_key: alias/models
""",
        _OUTPUT,
        "model",
    ),
    Rule(
        "SM707",
        "image-form",
        "error",
        "The URI of an image in ECR is malformed.",
        "No registry of ECR is called so, or no repository or tag can be: AWS finds no image, and the job fails. The "
        "form is <12 digits>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>, with small letters in the repository.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/Clean:1  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/data/clean:V_1.0
""",
        _REPOSITORY,
        "model",
    ),
    Rule(
        "SM708",
        "network-id-form",
        "warning",
        "The id of a subnet or a security group does not begin as such ids do.",
        "AWS's API takes any word here, and the job fails when its network is made. Ids of subnets begin with subnet-, "
        "those of security groups with sg-.",
        """
model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/knn/model.tar.gz
  vpc:
    subnets: [sg-0a1b2c3d]  # <-
    security_groups: [sg-0a1b2c3d]
""",
        """
model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/knn/model.tar.gz
  vpc:
    subnets: [subnet-0a1b2c3d]
    security_groups: [sg-0a1b2c3d]
""",
        _VPC,
        "inferred",
    ),
    Rule(
        "SM709",
        "old-bucket-name",
        "warning",
        "An S3 URI names a bucket as only very old ones are called.",
        "Until 2018 buckets of us-east-1 could have capitals, underscores and up to 255 characters. No new one can: "
        "most often the name is misspelt, and the job does not find its data.",
        """
train:
  type: train
  region: us-east-1
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://Example_Bucket/iris/"}  # <-
""",
        """
train:
  type: train
  region: us-east-1
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/"}
""",
        _BUCKETS,
        "guide",
    ),
    Rule(
        "SM710",
        "key-elsewhere",
        "warning",
        "A KMS key is in another region than the step, or a role in another partition.",
        "Keys work in their own region only, and roles in their own partition (aws, aws-cn, aws-us-gov): AWS refuses "
        "the job, or fails it when it is to write.",
        """
train:
  type: train
  region: us-east-2
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/"}
  kms_key: arn:aws:kms:us-east-1:123456789012:alias/models  # <-
""",
        """
train:
  type: train
  region: us-east-2
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/"}
  kms_key: arn:aws:kms:us-east-2:123456789012:alias/models
""",
        "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html",
        "inferred",
    ),
    Rule(
        "SM711",
        "wildcard",
        "warning",
        "An S3 URI has a wildcard.",
        "SageMaker reads all keys that begin with the text, and to it `*` is a letter like any other: the job finds no "
        "data, and fails.",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/part-*.csv"}  # <-
""",
        """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/iris/part-"}
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html",
        "guide",
    ),
)
