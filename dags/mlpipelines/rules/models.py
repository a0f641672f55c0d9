"""What AWS refuses in models."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_CONTAINER = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html"
_LINES = "https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html"
_MULTI = "https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM501",
        "one-container-and-several",
        "error",
        "A model has a container of its own, and a line of containers as well.",
        "AWS wants one or the other, and refuses the model. Write all containers below `containers:`.",
        """
serve:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
  request:
    Containers:
      - Image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1  # <-
      - Image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
""",
        """
serve:
  type: model
  containers:
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {algorithm: knn, artifact: "s3://example-bucket/model.tar.gz"}
""",
        _LINES,
        "guide",
    ),
    Rule(
        "SM502",
        "too-many-containers",
        "error",
        "A model has more than 15 containers.",
        "AWS refuses the model. A line is usually two or three containers long: one that cleans, one that predicts.",
        """
serve:
  type: model
  containers: [&own {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"},  # <-
    *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own]
""",
        """
serve:
  type: model
  containers: [&own {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"},
    *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own, *own]
""",
        _LINES,
        "model",
    ),
    Rule(
        "SM503",
        "hostname-on-some",
        "error",
        "Some containers of a model have names, and others have none.",
        "AWS wants names for all containers or for none; containers that are called directly need one each.",
        """
serve:
  type: model
  containers:
    - {name: clean, image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"}  # <-
""",
        """
serve:
  type: model
  containers:
    - {name: clean, image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {name: predict, image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"}
""",
        _CONTAINER,
        "model",
    ),
    Rule(
        "SM504",
        "model-not-packed",
        "error",
        "A model's artifact is no .tar.gz.",
        "SageMaker unpacks the artifact into the container, and takes a gzipped tar archive only. The endpoint or the "
        "transform fails minutes later, when its machines are there. A folder of several models is `multi_model: "
        "true`.",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.pkl  # <-
""",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/models/
  multi_model: true
""",
        _CONTAINER,
        "model",
    ),
    Rule(
        "SM505",
        "built-in-without-artifact",
        "error",
        "A built-in algorithm is served without a trained model.",
        "Images of your own may bring their model along; those of built-in algorithms hold none. AWS refuses the "
        "model. Write `artifact:`, such as `${train_model.artifact}`.",
        """
serve:
  type: model
  containers:
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {algorithm: xgboost}  # <-
""",
        """
serve:
  type: model
  containers:
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {algorithm: xgboost, artifact: "s3://example-bucket/model.tar.gz"}
""",
        _CONTAINER,
        "model",
    ),
    Rule(
        "SM506",
        "environment-too-large",
        "error",
        "The environment variables of a model have more than 32 KB together.",
        "The limit is for all containers of a model together, names and values, and AWS refuses the model. Put large "
        "values into a file beside the model.",
        source=_CONTAINER,
        verified="model",
    ),
    Rule(
        "SM508",
        "login-without-vpc",
        "error",
        "Credentials are given for a registry that SageMaker does not log in to.",
        "SageMaker logs in to private registries in your VPC; ECR needs a policy, not a password. Write "
        "`RepositoryAccessMode: Vpc`, or leave RepositoryAuthConfig out.",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ImageConfig:
        RepositoryAccessMode: Platform
        RepositoryAuthConfig:
          RepositoryCredentialsProviderArn: arn:aws:lambda:us-east-2:123456789012:function:login  # <-
""",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ImageConfig:
        RepositoryAccessMode: Vpc
        RepositoryAuthConfig:
          RepositoryCredentialsProviderArn: arn:aws:lambda:us-east-2:123456789012:function:login
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ImageConfig.html",
        "model",
    ),
    Rule(
        "SM509",
        "licence-not-accepted",
        "warning",
        "A model with a licence is asked for without accepting it.",
        "AWS gives such a model only to who accepts its licence: read it, then write `AcceptEula: true`. For a model "
        "without a licence leave ModelAccessConfig out.",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ModelDataUrl: null
      ModelDataSource:
        S3DataSource:
          S3Uri: s3://example-bucket/model/
          S3DataType: S3Prefix
          CompressionType: None
          ModelAccessConfig: {AcceptEula: false}  # <-
""",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ModelDataUrl: null
      ModelDataSource:
        S3DataSource:
          S3Uri: s3://example-bucket/model/
          S3DataType: S3Prefix
          CompressionType: None
          ModelAccessConfig: {AcceptEula: true}
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelAccessConfig.html",
        "model",
    ),
    Rule(
        "SM522",
        "several-multi-model-containers",
        "error",
        "More than one container of a line serves several models.",
        "AWS refuses the model: a call names one model, and only one container can look for it.",
        """
serve:
  type: model
  containers:
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"}
  request:
    Containers:
      - {Image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/a:1", Mode: MultiModel, ModelDataUrl: "s3://example-bucket/a/"}
      - Image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/b:1
        Mode: MultiModel  # <-
        ModelDataUrl: s3://example-bucket/b/
""",
        """
serve:
  type: model
  containers:
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"}
  request:
    Containers:
      - {Image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/a:1", Mode: SingleModel, ModelDataUrl: "s3://example-bucket/a.tar.gz"}
      - {Image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/b:1", Mode: MultiModel, ModelDataUrl: "s3://example-bucket/b/"}
""",
        _MULTI,
        "run",
    ),
    Rule(
        "SM526",
        "hostname-twice",
        "error",
        "Two containers of a model have the same name.",
        "The name is what a container is called by, in calls and in metrics, so AWS wants each to have its own.",
        """
serve:
  type: model
  containers:
    - {name: clean, image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1"}
    - {name: clean, image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"}  # <-
""",
        """
serve:
  type: model
  containers:
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"}
    - {image: "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1"}
""",
        _CONTAINER,
        "model",
    ),
    Rule(
        "SM527",
        "several-models-in-one-file",
        "error",
        "A container that serves several models is given one model.",
        "Such a container finds its models below a prefix, each a .tar.gz that a call names. Nothing lies below a "
        "file, so every call would fail.",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/models/a.tar.gz  # <-
  multi_model: true
""",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/models/
  multi_model: true
""",
        _MULTI,
        "guide",
    ),
    Rule(
        "SM528",
        "model-data-twice",
        "warning",
        "A container's model is given as ModelDataUrl and as ModelDataSource.",
        "Both say where the model lies, and only one of them can be right. `artifact` is ModelDataUrl: take it away "
        "with `ModelDataUrl: null` in the same piece of `request:`.",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ModelDataSource:
        S3DataSource: {S3Uri: "s3://example-bucket/model/", S3DataType: S3Prefix, CompressionType: None}  # <-
""",
        """
serve:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ModelDataUrl: null
      ModelDataSource:
        S3DataSource: {S3Uri: "s3://example-bucket/model/", S3DataType: S3Prefix, CompressionType: None}
""",
        _CONTAINER,
        "inferred",
    ),
)

LEFT_OUT: dict[str, str] = {
    "SM507": "The region of an image is SM804, for every step that names one; a bucket's name does not say its region.",
}
