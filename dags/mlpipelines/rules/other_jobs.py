"""What AWS refuses in AutoML, the registry, notebooks and SageMaker pipelines."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM601",
        "automl-endpoint-name",
        "error",
        "The endpoint of an AutoML job is named and is to be given a name, or neither.",
        "AWS answers with an error 400: EndpointName goes with `AutoGenerateEndpointName: false`, and only with it.",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    ModelDeployConfig: {AutoGenerateEndpointName: true, EndpointName: flowers}  # <-
""",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    ModelDeployConfig: {AutoGenerateEndpointName: false, EndpointName: flowers}
""",
        f"{_API}ModelDeployConfig.html",
        "model",
    ),
    Rule(
        "SM602",
        "automl-algorithms-in-auto",
        "error",
        "Algorithms are chosen for an AutoML job that chooses its own.",
        "In mode AUTO Autopilot decides by the size of the data. Name a mode when you name algorithms.",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig:
      Mode: AUTO
      CandidateGenerationConfig:
        AlgorithmsConfig:
          - AutoMLAlgorithms: [xgboost]  # <-
""",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig:
      Mode: ENSEMBLING
      CandidateGenerationConfig:
        AlgorithmsConfig:
          - AutoMLAlgorithms: [xgboost]
""",
        f"{_API}AutoMLCandidateGenerationConfig.html",
        "model",
    ),
    Rule(
        "SM603",
        "automl-validation-share",
        "error",
        "The validation data of an AutoML job is all of the data, or none.",
        "ValidationFraction lies between 0 and 1, both excluded, and AWS refuses the job otherwise. 0.2 is the "
        "default.",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig: {DataSplitConfig: {ValidationFraction: 1}}  # <-
""",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig: {DataSplitConfig: {ValidationFraction: 0.1}}
""",
        f"{_API}AutoMLDataSplitConfig.html",
        "model",
    ),
    Rule(
        "SM604",
        "automl-algorithm-of-other-mode",
        "error",
        "An AutoML job names an algorithm that its mode does not have.",
        "Ensembles and hyperparameter tuning have algorithms of their own, and AWS refuses the job for one of the "
        "other mode.",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig:
      Mode: HYPERPARAMETER_TUNING
      CandidateGenerationConfig:
        AlgorithmsConfig:
          - AutoMLAlgorithms: [xgboost, lightgbm]  # <-
""",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig:
      Mode: ENSEMBLING
      CandidateGenerationConfig:
        AlgorithmsConfig:
          - AutoMLAlgorithms: [xgboost, lightgbm]
""",
        f"{_API}AutoMLAlgorithmConfig.html",
        "model",
    ),
    Rule(
        "SM605",
        "automl-sample-weights",
        "error",
        "Samples are weighed in an AutoML job whose mode does not weigh them.",
        "Only ensembles use a column of weights. Write `Mode: ENSEMBLING`.",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig: {Mode: HYPERPARAMETER_TUNING}
    InputDataConfig:
      - DataSource: {S3DataSource: {S3DataType: S3Prefix, S3Uri: "s3://example-bucket/flowers.csv"}}
        TargetAttributeName: species
        SampleWeightAttributeName: weight  # <-
""",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  request:
    AutoMLJobConfig: {Mode: ENSEMBLING}
    InputDataConfig:
      - DataSource: {S3DataSource: {S3DataType: S3Prefix, S3Uri: "s3://example-bucket/flowers.csv"}}
        TargetAttributeName: species
        SampleWeightAttributeName: weight
""",
        f"{_API}AutoMLChannel.html",
        "model",
    ),
    Rule(
        "SM606",
        "automl-name-too-long",
        "error",
        "The name of an AutoML job has more than 32 characters.",
        "Most names in SageMaker have up to 63 characters, those of AutoML and tuning jobs 32. Leave `name:` out, and "
        "a fitting one is made for each run.",
        """
search:
  type: automl
  name: flowers-of-all-kinds-and-colours-2  # <-
  input: s3://example-bucket/flowers.csv
  target: species
""",
        """
search:
  type: automl
  name: flowers-of-all-kinds-and-colours
  input: s3://example-bucket/flowers.csv
  target: species
""",
        f"{_API}CreateAutoMLJob.html",
        "model",
    ),
    Rule(
        "SM607",
        "automl-too-many-candidates",
        "error",
        "An AutoML job is to try more than 750 models.",
        "AWS refuses the job when it is created. The time usually ends before the candidates do: `max_runtime` is the "
        "better limit.",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  max_candidates: 751  # <-
""",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  max_candidates: 750
""",
        f"{_API}AutoMLJobCompletionCriteria.html",
        "model",
    ),
    Rule(
        "SM608",
        "version-with-a-name",
        "error",
        "A model in the registry is a version of a group and has a name of its own, or neither.",
        "ModelPackageGroupName makes a version, ModelPackageName a package without versions, and AWS refuses both "
        "together. `group:` is what you want in nearly all cases.",
        """
register:
  type: register
  group: flowers
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
  request:
    ModelPackage: {ModelPackageName: flowers-v1}  # <-
""",
        """
register:
  type: register
  group: flowers
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
  approval: null
  request:
    ModelPackage: {ModelPackageName: flowers-v1, ModelPackageGroupName: null}
""",
        f"{_API}CreateModelPackage.html",
        "model",
    ),
    Rule(
        "SM609",
        "approval-without-version",
        "error",
        "A model without versions is to be approved.",
        "Approval belongs to versions of a group; AWS refuses it for a package with a name of its own.",
        """
register:
  type: register
  group: flowers
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
  approval: Approved  # <-
  request:
    ModelPackage: {ModelPackageName: flowers-v1, ModelPackageGroupName: null}
""",
        """
register:
  type: register
  group: flowers
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
  approval: Approved
""",
        f"{_API}CreateModelPackage.html",
        "model",
    ),
    Rule(
        "SM610",
        "notebook-without-network",
        "error",
        "A notebook has neither a subnet nor the internet.",
        "Without a subnet of yours the only way out of a notebook is the internet access that AWS gives it, so AWS "
        "refuses to take that away.",
        """
explore:
  type: notebook
  action: create
  name: flowers
  instance_type: ml.t3.medium
  internet_access: false  # <-
""",
        """
explore:
  type: notebook
  action: create
  name: flowers
  instance_type: ml.t3.medium
  internet_access: false
  subnet: subnet-0123456789abcdef0
""",
        f"{_API}CreateNotebookInstance.html",
        "model",
    ),
    Rule(
        "SM612",
        "automl-objective",
        "error",
        "The kind of problem and its metric do not go together.",
        "An AutoML job has both or neither, and each kind of problem has metrics of its own. AWS refuses the job "
        "otherwise.",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  problem_type: Regression
  objective: F1  # <-
""",
        """
search:
  type: automl
  input: s3://example-bucket/flowers.csv
  target: species
  problem_type: BinaryClassification
  objective: F1
""",
        f"{_API}AutoMLJobObjective.html",
        "model",
    ),
    Rule(
        "SM613",
        "security-groups-alone",
        "error",
        "A notebook has security groups and no subnet.",
        "Security groups belong to the VPC of a subnet; without one there is nothing that they could guard, and AWS "
        "refuses the notebook.",
        """
explore:
  type: notebook
  action: create
  name: flowers
  instance_type: ml.t3.medium
  security_groups: [sg-0123456789abcdef0]  # <-
""",
        """
explore:
  type: notebook
  action: create
  name: flowers
  instance_type: ml.t3.medium
  security_groups: [sg-0123456789abcdef0]
  subnet: subnet-0123456789abcdef0
""",
        f"{_API}CreateNotebookInstance.html",
        "model",
    ),
    Rule(
        "SM614",
        "tags-on-a-version",
        "error",
        "A version in the registry is given tags of its own.",
        "A version has the tags of its group, and AWS refuses others. `tags:` of the step go to the group, when it is "
        "made.",
        """
register:
  type: register
  group: flowers
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
  request:
    ModelPackage:
      Tags: [{Key: team, Value: flowers}]  # <-
""",
        """
register:
  type: register
  group: flowers
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
  tags: {team: flowers}
""",
        f"{_API}CreateModelPackage.html",
        "model",
    ),
)

LEFT_OUT: dict[str, str] = {
    "SM611": "The API that this version knows has no PipelineVersionAlias: it is SM001.",
}
