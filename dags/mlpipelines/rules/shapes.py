"""What the shapes of AWS's requests do not allow."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM001",
        "unknown-member",
        "error",
        "AWS's API has no member of that name there.",
        "boto3 refuses the request before it is sent, when the task runs. Members are written as AWS writes them, with"
        " capitals; the hint names the nearest one.",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    ResourceConfig: {VolumeSize: 50}  # <-
""",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    ResourceConfig: {VolumeSizeInGB: 50}
""",
        f"{_API}API_ResourceConfig.html",
        "model",
    ),
    Rule(
        "SM002",
        "missing-member",
        "error",
        "A member is missing that AWS needs beside the others.",
        "boto3 refuses the request before it is sent, when the task runs. Add the member.",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  vpc: {subnets: [subnet-0123456789abcdef0]}  # <-
""",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  vpc: {subnets: [subnet-0123456789abcdef0], security_groups: [sg-0123456789abcdef0]}
""",
        f"{_API}API_VpcConfig.html",
        "model",
    ),
    Rule(
        "SM003",
        "member-type",
        "error",
        "A member is of the wrong kind: a text for a number, one value for a list.",
        "boto3 refuses the request before it is sent, when the task runs. Below `request:` a number is a number and a"
        " list a list, as AWS has them.",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    RetryStrategy: {MaximumRetryAttempts: twice}  # <-
""",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    RetryStrategy: {MaximumRetryAttempts: 2}
""",
        f"{_API}API_RetryStrategy.html",
        "model",
    ),
    Rule(
        "SM004",
        "member-value",
        "error",
        "A member takes one of a few values, and this is none of them.",
        "boto3 sends the request all the same, and AWS answers with a ValidationException when the task runs. Capitals"
        " count: write the value as the hint has it.",
        """
find_out:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  problem_type: MulticlassClassification
  objective: accuracy  # <-
""",
        """
find_out:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  problem_type: MulticlassClassification
  objective: Accuracy
""",
        f"{_API}API_AutoMLJobObjective.html",
        "model",
    ),
    Rule(
        "SM005",
        "member-pattern",
        "error",
        "A text does not have the form that AWS wants of it.",
        "boto3 sends the request all the same, and AWS answers with a ValidationException when the task runs. Names"
        " have letters, digits and hyphens, and no underscores.",
        """
train_model:
  type: train
  name: my_training  # <-
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
""",
        """
train_model:
  type: train
  name: my-training
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
""",
        f"{_API}API_CreateTrainingJob.html",
        "model",
    ),
    Rule(
        "SM006",
        "member-length",
        "error",
        "A text or a list is too long or too short for AWS.",
        "boto3 sends the request all the same, and AWS answers with a ValidationException when the task runs. Keep"
        " to the limit that the message names.",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  vpc:
    subnets: [subnet-0123456789abcdef0]
    security_groups: [sg-11111111, sg-22222222, sg-33333333, sg-44444444, sg-55555555, sg-66666666]  # <-
""",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  vpc:
    subnets: [subnet-0123456789abcdef0]
    security_groups: [sg-11111111, sg-22222222, sg-33333333, sg-44444444, sg-55555555]
""",
        f"{_API}API_VpcConfig.html",
        "model",
    ),
    Rule(
        "SM007",
        "member-range",
        "error",
        "A number is smaller or larger than AWS allows.",
        "boto3 refuses what is too small, and AWS what is too large, when the task runs. Stay within the limit that the"
        " message names.",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    RetryStrategy: {MaximumRetryAttempts: 31}  # <-
""",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  request:
    RetryStrategy: {MaximumRetryAttempts: 30}
""",
        f"{_API}API_RetryStrategy.html",
        "model",
    ),
    Rule(
        "SM008",
        "member-union",
        "error",
        "Exactly one of several members is wanted, and none or several are given.",
        "boto3 refuses the request before it is sent, when the task runs. Give one of the members that the message"
        " names.",
        source=f"{_API}API_AutoMLProblemTypeConfig.html",
        verified="model",
    ),
)
