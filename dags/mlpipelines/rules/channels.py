"""What built-in algorithms refuse in their data."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_COMMON = "https://docs.aws.amazon.com/sagemaker/latest/dg/common-info-all-im-models.html"
_XGBOOST = "https://github.com/aws/sagemaker-xgboost-container: algorithm_mode/channel_validation.py, data_utils.py"
_BOOST = """
train_model:
  type: train
  algorithm: xgboost
  hyperparameters: {num_round: 100}
  channels:
"""
_FOREST = """
train_model:
  type: train
  algorithm: randomcutforest
  hyperparameters: {feature_dim: 4}
  channels:
    train: {uri: "s3://example-bucket/train/", distribution: ShardedByS3Key}
"""
_TOPICS = """
train_model:
  type: train
  algorithm: lda
  hyperparameters: {num_topics: 10, feature_dim: 1000, mini_batch_size: 500}
  channels:
    train:
      uri: s3://example-bucket/train/
"""
_SERIES = """
train_model:
  type: train
  algorithm: forecasting-deepar
  hyperparameters: {time_freq: D, context_length: 7, prediction_length: 7, epochs: 20}
  channels:
    train:
      uri: s3://example-bucket/train/
      content_type: json
"""
_IMAGES = """
train_model:
  type: train
  algorithm: image-classification
  instance_type: ml.g5.2xlarge
  hyperparameters: {num_classes: 2, num_training_samples: 1000, resize: 256}
  channels:
"""

RULES: tuple[Rule, ...] = (
    Rule(
        "HP910",
        "wrong-channel",
        "error",
        "A built-in algorithm lacks a channel that it needs, or is given one that it does not know.",
        "Channels have the names that the algorithm expects, such as train, validation and test. It looks at them "
        "before it trains, and the job fails after some minutes.",
        _BOOST + "    train: s3://example-bucket/train/\n    test: s3://example-bucket/test/  # <-\n",
        _BOOST + "    train: s3://example-bucket/train/\n    validation: s3://example-bucket/test/\n",
        _COMMON,
        "guide",
    ),
    Rule(
        "HP911",
        "content-type-not-read",
        "error",
        "The data of a channel is of a content type that the built-in algorithm does not read.",
        "Without `content_type` a channel is text/csv, which not every algorithm reads. The job fails after some "
        "minutes, when the algorithm looks at its data.",
        """
train_model:
  type: train
  algorithm: factorization-machines
  hyperparameters: {feature_dim: 100, num_factors: 8, predictor_type: regressor}
  channels:
    train:
      uri: s3://example-bucket/train/
      content_type: text/csv  # <-
""",
        """
train_model:
  type: train
  algorithm: factorization-machines
  hyperparameters: {feature_dim: 100, num_factors: 8, predictor_type: regressor}
  channels:
    train:
      uri: s3://example-bucket/train/
      content_type: application/x-recordio-protobuf
""",
        _COMMON,
        "guide",
    ),
    Rule(
        "HP912",
        "xgboost-without-content-type",
        "warning",
        "XGBoost is not told the content type of its data.",
        "It takes the data for text/libsvm then. CSV files are misread or refused.",
        _BOOST + '    train: {uri: "s3://example-bucket/train/", content_type: null}  # <-\n',
        _BOOST + '    train: {uri: "s3://example-bucket/train/", content_type: text/libsvm}\n',
        _XGBOOST,
        "code",
    ),
    Rule(
        "HP913",
        "xgboost-label-size",
        "error",
        "XGBoost is told of several label columns, or of none.",
        "It takes the first column as label, and refuses any other `label_size`. The job fails.",
        _BOOST + '    train: {uri: "s3://example-bucket/train/", content_type: text/csv;label_size=0}  # <-\n',
        _BOOST + '    train: {uri: "s3://example-bucket/train/", content_type: text/csv;label_size=1}\n',
        _XGBOOST,
        "code",
    ),
    Rule(
        "HP914",
        "randomcutforest-data",
        "error",
        "Random Cut Forest is given its data in a way that it refuses.",
        "Its training data is shared out (ShardedByS3Key), its test data is not, and CSV test data has its labels in "
        "the first column: text/csv;label_size=1. The job fails after some minutes.",
        _FOREST + '    test: {uri: "s3://example-bucket/test/", content_type: text/csv}  # <-\n',
        _FOREST + '    test: {uri: "s3://example-bucket/test/", content_type: text/csv;label_size=1}\n',
        "https://docs.aws.amazon.com/sagemaker/latest/dg/randomcutforest.html",
        "guide",
    ),
    Rule(
        "HP915",
        "lda-streams-csv",
        "error",
        "LDA is to read CSV in Pipe mode.",
        "In Pipe mode it reads recordIO-protobuf only; CSV needs File mode. The job fails after some minutes.",
        _TOPICS + "      input_mode: Pipe  # <-\n",
        _TOPICS + "      input_mode: Pipe\n      content_type: application/x-recordio-protobuf\n",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/lda.html",
        "guide",
    ),
    Rule(
        "HP916",
        "input-mode-not-supported",
        "error",
        "A built-in algorithm is to read its data in Pipe mode, which it cannot.",
        "Some algorithms read files only, and some stream only some content types. The job fails after some minutes.",
        _SERIES + "      input_mode: Pipe  # <-\n",
        _SERIES + "      input_mode: File\n",
        _COMMON,
        "guide",
    ),
    Rule(
        "HP917",
        "images-without-list",
        "error",
        "An image algorithm is given single images without the channels that say what they show.",
        "Image Classification needs train_lst and validation_lst, Object Detection train_annotation and "
        "validation_annotation. RecordIO files and augmented manifests bring this themselves. The job fails after some "
        "minutes.",
        _IMAGES
        + """    train: {uri: "s3://example-bucket/train/", content_type: application/x-image}  # <-
    validation: {uri: "s3://example-bucket/validation/", content_type: application/x-image}
    train_lst: {uri: "s3://example-bucket/train_lst/", content_type: application/x-image}
""",
        _IMAGES
        + """    train: {uri: "s3://example-bucket/train/", content_type: application/x-image}
    validation: {uri: "s3://example-bucket/validation/", content_type: application/x-image}
    train_lst: {uri: "s3://example-bucket/train_lst/", content_type: application/x-image}
    validation_lst: {uri: "s3://example-bucket/validation_lst/", content_type: application/x-image}
""",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/image-classification.html",
        "guide",
    ),
    Rule(
        "HP920",
        "data-documented-otherwise",
        "warning",
        "A built-in algorithm's channel is not as it is documented, and whether AWS refuses it could not be confirmed.",
        "The documentation names channels and content types without saying whether others are refused, or only in "
        "passing. Look at the algorithm's page before you run it.",
        """
train_model:
  type: train
  algorithm: blazingtext
  hyperparameters: {mode: supervised}
  channels:
    train: {uri: "s3://example-bucket/train/", content_type: text/csv}  # <-
""",
        """
train_model:
  type: train
  algorithm: blazingtext
  hyperparameters: {mode: supervised}
  channels:
    train: {uri: "s3://example-bucket/train/", content_type: text/plain}
""",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext.html",
        "inferred",
    ),
)
