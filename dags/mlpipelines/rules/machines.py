"""What AWS refuses in images and instance types."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_IMAGES = "sagemaker-core, image_uri_config"
_CONTAINER = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html"
_XGBOOST = "https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html"
_ALGORITHMS = "https://docs.aws.amazon.com/sagemaker/latest/dg/common-info-all-im-models.html"
_TYPES = "botocore's service model of SageMaker; the message of the API"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM801",
        "no-image",
        "error",
        "AWS provides no image of this algorithm, in this version or region.",
        "The image of a built-in algorithm is looked up for the region of the step, and there is none. Not every "
        "algorithm is in every region; take another region, or give an image of your own.",
        """
train:
  type: train
  region: ap-east-1  # <-
  algorithm: lda
  hyperparameters: {feature_dim: 100, num_topics: 5, mini_batch_size: 50}
  channels: {train: "s3://example-bucket/words/"}
""",
        """
train:
  type: train
  region: ap-south-1
  algorithm: lda
  hyperparameters: {feature_dim: 100, num_topics: 5, mini_batch_size: 50}
  channels: {train: "s3://example-bucket/words/"}
""",
        _IMAGES,
        "data",
        fixed=True,
    ),
    Rule(
        "SM802",
        "image-account",
        "warning",
        "An image of AWS's own is taken from an account that does not have it in this region.",
        "Each region has its own account for AWS's images, and from another one they cannot be pulled. `algorithm:` "
        "looks up the right one.",
        """
model:
  type: model
  image: 382416733822.dkr.ecr.us-east-2.amazonaws.com/knn:1  # <-
  artifact: s3://example-bucket/knn/model.tar.gz
""",
        """
model:
  type: model
  image: 404615174143.dkr.ecr.us-east-2.amazonaws.com/knn:1
  artifact: s3://example-bucket/knn/model.tar.gz
""",
        _IMAGES,
        "data",
    ),
    Rule(
        "SM803",
        "old-xgboost",
        "warning",
        "The version 1 of AWS's XGBoost is 0.72, from before it was the open-source one.",
        "`latest` still means it too. It knows neither the hyperparameters nor the model format of today's XGBoost, "
        "and its models cannot be used with other versions. Name one: 1.7-1, 3.0-5 or newer.",
        """
train:
  type: train
  algorithm: xgboost
  algorithm_version: latest  # <-
  hyperparameters: {num_round: 10}
  channels: {train: "s3://example-bucket/iris/"}
""",
        """
train:
  type: train
  algorithm: xgboost
  algorithm_version: 1.7-1
  hyperparameters: {num_round: 10}
  channels: {train: "s3://example-bucket/iris/"}
""",
        _XGBOOST,
        "guide",
    ),
    Rule(
        "SM804",
        "image-region",
        "error",
        "The image of a model is in another region than the model.",
        "SageMaker pulls images from its own region only, and refuses the model. Copy the image, or name the one of "
        "the step's region.",
        """
model:
  type: model
  image: 123456789012.dkr.ecr.us-west-2.amazonaws.com/own:1  # <-
  artifact: s3://example-bucket/own/model.tar.gz
""",
        """
model:
  type: model
  region: us-west-2
  image: 123456789012.dkr.ecr.us-west-2.amazonaws.com/own:1
  artifact: s3://example-bucket/own/model.tar.gz
""",
        _CONTAINER,
        "model",
    ),
    Rule(
        "SM805",
        "xgboost-without-gpu",
        "warning",
        "A version of XGBoost that trains on the CPU alone gets a machine with a GPU.",
        "Versions before 1.2-1 have no code for GPUs: the job leaves the expensive part of its machine idle.",
        """
train:
  type: train
  algorithm: xgboost
  algorithm_version: 1.0-1
  hyperparameters: {num_round: 10}
  channels: {train: "s3://example-bucket/iris/"}
  instance_type: ml.g4dn.xlarge  # <-
""",
        """
train:
  type: train
  algorithm: xgboost
  algorithm_version: 1.2-2
  hyperparameters: {num_round: 10}
  channels: {train: "s3://example-bucket/iris/"}
  instance_type: ml.g4dn.xlarge
""",
        _XGBOOST,
        "guide",
    ),
    Rule(
        "SM806",
        "job-image-region",
        "warning",
        "The image of a job is in another region than the job.",
        "AWS says of models that their image must be in their region, and jobs pull theirs in the same way. Copy the "
        "image, or name the one of the step's region.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-west-2.amazonaws.com/own:1  # <-
""",
        """
clean:
  type: process
  region: us-west-2
  image: 123456789012.dkr.ecr.us-west-2.amazonaws.com/own:1
""",
        _CONTAINER,
        "inferred",
    ),
    Rule(
        "SM807",
        "unknown-region",
        "warning",
        "A region is not one that AWS is known to have.",
        "Nothing answers in a region that does not exist, and the task fails when it looks for it. The region may be "
        "newer than the facts of this program.",
        """
clean:
  type: process
  region: us-esat-2  # <-
  image: 123456789012.dkr.ecr.us-esat-2.amazonaws.com/clean:1
""",
        """
clean:
  type: process
  region: us-east-2
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
""",
        _IMAGES,
        "data",
    ),
    Rule(
        "SM808",
        "serving-image-for-training",
        "warning",
        "A training job has an image that serves models.",
        "AWS's images come in pairs, such as pytorch-training and pytorch-inference. The one that serves finds nothing "
        "to train with: the job fails when its container starts.",
        """
train:
  type: train
  image: 763104351884.dkr.ecr.us-east-2.amazonaws.com/pytorch-inference:2.6-cpu-py312  # <-
  channels: {train: "s3://example-bucket/iris/"}
""",
        """
train:
  type: train
  image: 763104351884.dkr.ecr.us-east-2.amazonaws.com/pytorch-training:2.6-cpu-py312
  channels: {train: "s3://example-bucket/iris/"}
""",
        "https://github.com/aws/deep-learning-containers/blob/master/available_images.md",
        "inferred",
    ),
    Rule(
        "SM811",
        "not-an-instance-type",
        "error",
        "AWS has no such instance type for this use.",
        "Which types there are differs by use: training, processing, batch transform, endpoints and notebooks. AWS "
        "refuses the request with the whole list of them.",
        """
score:
  type: transform
  model: own
  input: s3://example-bucket/new/
  instance_type: ml.t3.medium  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  instance_type: ml.t3.medium
""",
        _TYPES,
        "model",
    ),
    Rule(
        "SM812",
        "new-instance-type",
        "warning",
        "An instance type is well formed, and unknown.",
        "AWS adds some sixty a year, so it may be newer than the facts of this program (`mlpipelines --version` tells "
        "their age). If it is not, AWS refuses the request.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  instance_type: ml.m99.large  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  instance_type: ml.m5.large
""",
        _TYPES,
        "data",
    ),
    Rule(
        "SM814",
        "retired-instance-type",
        "warning",
        "An instance type is one that no region sells any more.",
        "The API still knows its name, but no machine is left: the job waits in vain, or fails for lack of capacity.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  instance_type: ml.p3.2xlarge  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  instance_type: ml.g5.2xlarge
""",
        "AWS's price lists of SageMaker, as cfn-lint 1.58.0 has them",
        "data",
    ),
    Rule(
        "SM815",
        "machine-for-algorithm",
        "error",
        "A built-in algorithm gets machines that it cannot train on.",
        "Some algorithms train on machines with a GPU only, some on those without, some on a single one. The job "
        "fails after its machines have started.",
        """
train:
  type: train
  algorithm: image-classification
  hyperparameters: {num_classes: 10, num_training_samples: 5000}
  channels:
    train: {uri: "s3://example-bucket/train/", content_type: application/x-recordio}
    validation: {uri: "s3://example-bucket/validation/", content_type: application/x-recordio}
  instance_type: ml.m5.xlarge  # <-
""",
        """
train:
  type: train
  algorithm: image-classification
  hyperparameters: {num_classes: 10, num_training_samples: 5000}
  channels:
    train: {uri: "s3://example-bucket/train/", content_type: application/x-recordio}
    validation: {uri: "s3://example-bucket/validation/", content_type: application/x-recordio}
  instance_type: ml.g5.xlarge
  instance_count: 2
""",
        _ALGORITHMS,
        "guide",
    ),
    Rule(
        "SM816",
        "idle-gpu",
        "warning",
        "A built-in algorithm gets a GPU that it makes no use of.",
        "Random Cut Forest computes on the CPU alone. The job succeeds, and costs several times as much as it need.",
        """
train:
  type: train
  algorithm: randomcutforest
  hyperparameters: {feature_dim: 4}
  channels:
    train: {uri: "s3://example-bucket/train/", content_type: "text/csv;label_size=0", distribution: ShardedByS3Key}
  instance_type: ml.g5.xlarge  # <-
""",
        """
train:
  type: train
  algorithm: randomcutforest
  hyperparameters: {feature_dim: 4}
  channels:
    train: {uri: "s3://example-bucket/train/", content_type: "text/csv;label_size=0", distribution: ShardedByS3Key}
  instance_type: ml.c5.xlarge
""",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/randomcutforest.html",
        "guide",
    ),
)

LEFT_OUT: dict[str, str] = {
    "SM813": "which region sells an instance type is in AWS's price lists only, and those tell nothing of training",
}
