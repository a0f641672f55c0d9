"""What AWS refuses in training jobs."""

from __future__ import annotations

from mlpipelines.rules import training_data, training_machines
from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_SPOT = f"{_GUIDE}model-managed-spot-training.html"
_WARM = f"{_GUIDE}train-warm-pools.html"
_KNN = """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/train.csv"}"""
_OWN = """
train:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  channels: {train: "s3://example-bucket/train/"}"""
_RULE_IMAGE = "RuleEvaluatorImage: 503895931360.dkr.ecr.us-east-2.amazonaws.com/sagemaker-debugger-rules:latest"

_TIME: tuple[Rule, ...] = (
    Rule(
        "SM101",
        "spot-wait-too-short",
        "error",
        "A spot job may wait and train for less time than it may train.",
        "AWS counts the training into the waiting time, and refuses a job whose `max_wait` is shorter than its "
        "`max_runtime`. Make it longer by as much as you are ready to wait for cheap machines.",
        f"{_OWN}\n  checkpoints: s3://example-bucket/state/\n  max_runtime: 2h\n  max_wait: 1h  # <-\n  spot: true\n",
        f"{_OWN}\n  checkpoints: s3://example-bucket/state/\n  max_runtime: 2h\n  max_wait: 2h\n  spot: true\n",
        f"{_API}StoppingCondition.html",
        "model",
    ),
    Rule(
        "SM102",
        "spot-without-wait",
        "error",
        "A spot job lacks the longest time that it may wait and train.",
        "AWS refuses a spot job without MaxWaitTimeInSeconds. `spot: true` gives it; EnableManagedSpotTraining in "
        "`request:` alone does not.",
        f"{_OWN}\n  max_runtime: 1h\n  request: {{EnableManagedSpotTraining: true}}  # <-\n",
        f"{_OWN}\n  max_runtime: 1h\n  max_wait: 1h\n  request: {{EnableManagedSpotTraining: true}}\n",
        _SPOT,
        "guide",
    ),
    Rule(
        "SM103",
        "wait-without-spot",
        "error",
        "A job waits for machines without being a spot job.",
        "AWS refuses MaxWaitTimeInSeconds in a job that does not run on spot machines. Write `spot: true`, or leave "
        "`max_wait` out.",
        f"{_OWN}\n  max_runtime: 1h\n  max_wait: 2h  # <-\n",
        f"{_OWN}\n  max_runtime: 1h\n  max_wait: 2h\n  spot: true\n",
        "https://github.com/aws/amazon-sagemaker-examples/issues/869",
    ),
    Rule(
        "SM104",
        "spot-without-own-checkpoints",
        "warning",
        "A built-in algorithm that saves no checkpoints may wait and train on spot machines for more than an hour.",
        "AWS limits such jobs to one hour, waiting included, because an interrupted one starts from nothing. Image "
        "classification, object detection, semantic segmentation and XGBoost (all but version 1) do save checkpoints.",
        f"{_KNN}\n  max_runtime: 1h\n  max_wait: 2h  # <-\n  spot: true\n",
        f"{_KNN}\n  max_runtime: 30m\n  max_wait: 1h\n  spot: true\n",
        f"{_SPOT} and {_GUIDE}model-checkpoints.html",
        "guide",
    ),
    Rule(
        "SM105",
        "spot-without-checkpoints",
        "info",
        "A spot job of more than an hour has nowhere to save its state.",
        "When AWS takes the machine away, the job starts again from nothing on the next one, and what was trained is "
        "paid for all the same. Give `checkpoints`, and have the code save and read its state in /opt/ml/checkpoints.",
        f"{_OWN}\n  max_runtime: 2h\n  max_wait: 4h\n  spot: true  # <-\n",
        f"{_OWN}\n  max_runtime: 2h\n  max_wait: 4h\n  spot: true\n  checkpoints: s3://example-bucket/state/\n",
        _SPOT,
        "guide",
    ),
    Rule(
        "SM106",
        "warm-pool-with-spot",
        "error",
        "Spot machines are to be kept for the next job.",
        "AWS keeps no spot machines. Drop `keep_alive`, or pay the full price with `spot: false`.",
        f"{_OWN}\n  max_runtime: 1h\n  spot: true\n  keep_alive: 10m  # <-\n",
        f"{_OWN}\n  max_runtime: 1h\n  spot: false\n  keep_alive: 10m\n",
        _WARM,
        "guide",
    ),
    Rule(
        "SM107",
        "warm-pool-with-groups",
        "error",
        "Groups of different machines are to be kept for the next job.",
        "AWS keeps machines of one kind only. Drop `keep_alive`, or write one `instance_type`.",
        f"{_OWN}\n  instance_type: null\n  instance_groups: [{{name: big, instance_type: ml.m5.4xlarge}}]\n"
        "  keep_alive: 10m  # <-\n",
        f"{_OWN}\n  instance_type: ml.m5.4xlarge\n  keep_alive: 10m\n",
        _WARM,
        "guide",
    ),
    Rule(
        "SM108",
        "long-warm-pool",
        "info",
        "Machines are to be kept for more than an hour.",
        "The API takes six hours by now, the developer guide still says one: some accounts refuse it. What is kept "
        "is paid for.",
        f"{_OWN}\n  keep_alive: 2h  # <-\n",
        f"{_OWN}\n  keep_alive: 1h\n",
        _WARM,
        "guide",
    ),
    Rule(
        "SM118",
        "runs-too-long",
        "error",
        "A job may run longer than AWS lets any job run.",
        "AWS trains for 28 days at most; 30 days are the end of everything, uploads included. Save checkpoints, and "
        "go on in another job.",
        f"{_OWN}\n  max_runtime: 29d  # <-\n",
        f"{_OWN}\n  max_runtime: 28d\n",
        f"{_API}StoppingCondition.html",
        "model",
    ),
    Rule(
        "SM128",
        "ntm-stopped-early",
        "warning",
        "The neural topic model may be stopped before it has saved anything.",
        "Other built-in algorithms save what they have when their time is up; NTM does not, so a job that is stopped "
        "is lost. Give it much more time than you expect it to need.",
        """
topics:
  type: train
  algorithm: ntm
  hyperparameters: {feature_dim: 1000, num_topics: 20}
  channels: {train: {uri: "s3://example-bucket/words/", content_type: application/x-recordio-protobuf}}
  max_runtime: 10m  # <-
""",
        """
topics:
  type: train
  algorithm: ntm
  hyperparameters: {feature_dim: 1000, num_topics: 20}
  channels: {train: {uri: "s3://example-bucket/words/", content_type: application/x-recordio-protobuf}}
  max_runtime: 15m
""",
        f"{_API}StoppingCondition.html",
        "model",
    ),
)
_ALGORITHM: tuple[Rule, ...] = (
    Rule(
        "SM109",
        "two-algorithms",
        "error",
        "The algorithm is given as an image and by name, or not at all.",
        "AlgorithmName is for algorithm resources that you have made or bought, TrainingImage for images. AWS wants "
        "exactly one of them, and says that a job with both may break. Take the other away with null.",
        f"{_OWN}\n  request: {{AlgorithmSpecification: {{AlgorithmName: bought-algorithm}}}}  # <-\n",
        f"{_OWN}\n  request: {{AlgorithmSpecification: {{AlgorithmName: bought-algorithm, TrainingImage: null}}}}\n",
        f"{_API}AlgorithmSpecification.html",
        "model",
    ),
    Rule(
        "SM110",
        "metrics-of-built-in",
        "error",
        "Metrics are defined for a built-in algorithm.",
        "AWS refuses the job: the images of its algorithms have metrics of their own, in script mode too. Leave "
        "`metrics` out, and write to the log what you want to read there.",
        f'{_KNN}\n  metrics: {{"test:f1": "f1=([0-9.]+)"}}  # <-\n',
        f'{_OWN}\n  metrics: {{"test:f1": "f1=([0-9.]+)"}}\n',
        "what AWS answers: You can't override the metric definitions for Amazon SageMaker algorithms",
    ),
    Rule(
        "SM111",
        "incomplete-training-job",
        "warning",
        "A training job lacks its algorithm, its machines or its time.",
        "AWS's API no longer marks them as needed because serverless jobs (ServerlessJobConfig) do without; all "
        "others do not start.",
        f"{_OWN}\n  request:\n    ResourceConfig: null  # <-\n",
        f"{_OWN}\n  request:\n    ResourceConfig: {{VolumeSizeInGB: 50}}\n",
        f"{_API}CreateTrainingJob.html, against its older versions",
        "inferred",
    ),
    Rule(
        "SM129",
        "debugger-name-twice",
        "error",
        "Two rules or collections of the debugger have the same name.",
        "AWS tells them apart by their names, and refuses a job where two are alike.",
        f"{_OWN}\n  request:\n    DebugRuleConfigurations:\n"
        f"      - {{RuleConfigurationName: Overfit, {_RULE_IMAGE}}}\n"
        f"      - {{RuleConfigurationName: Overfit, {_RULE_IMAGE}}}  # <-\n",
        f"{_OWN}\n  request:\n    DebugRuleConfigurations:\n"
        f"      - {{RuleConfigurationName: Overfit, {_RULE_IMAGE}}}\n"
        f"      - {{RuleConfigurationName: Overtraining, {_RULE_IMAGE}}}\n",
        f"{_API}DebugRuleConfiguration.html",
        "model",
    ),
    Rule(
        "SM130",
        "secret-in-plain-sight",
        "warning",
        "A hyperparameter, a variable of the environment, a tag or an argument looks like a secret.",
        "Whoever may look at the job can read it, in the console, in logs and in the repository; AWS says that it "
        "may refuse such jobs. Have the code read it from AWS Secrets Manager, and change it, for it is known now.",
        f"{_OWN}\n  environment: {{WANDB_API_KEY: 8f3b0c51d7e2496a}}  # <-\n",
        f'{_OWN}\n  environment: {{WANDB_SECRET_ARN: "arn:aws:secretsmanager:us-east-2:123456789012:secret:wandb", '
        "MAX_TOKENS: 4096, TOKENIZER: bert-base}\n",
        f"{_API}CreateTrainingJob.html",
        "model",
    ),
    Rule(
        "SM131",
        "metric-reads-nothing",
        "warning",
        "The regular expression of a metric is none, or has no group.",
        "The value of a metric is what the first group of its expression matches in a line of the log. Without one "
        "the metric stays empty, and a search that goes by it finds no best job.",
        f'{_OWN}\n  metrics: {{loss: "loss=[0-9.]+"}}  # <-\n',
        f'{_OWN}\n  metrics: {{loss: "(?:val_)?loss=(?<value>[0-9.]+)"}}\n',
        f"{_API}MetricDefinition.html",
        "inferred",
    ),
)
RULES: tuple[Rule, ...] = (*_TIME, *_ALGORITHM, *training_machines.RULES, *training_data.RULES)
LEFT_OUT: dict[str, str] = {}
