"""What AWS refuses in names of places, roles, keys and tags."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_BUCKETS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"

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
    Rule("SM705", "role-form", "error", "A role is neither a name nor an ARN."),
    Rule(
        "SM709",
        "old-bucket-name",
        "warning",
        "An S3 URI names a bucket as only very old ones are called.",
        "Until 2018 buckets of us-east-1 could have capitals, underscores and up to 255 characters. No new one can: "
        "most often the name is misspelt, and the job does not find its data.",
        """
steps:
  train:
    type: train
    region: us-east-1
    algorithm: knn
    hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
    channels: {train: "s3://Example_Bucket/iris/"}  # <-
""",
        """
steps:
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
)
