"""What AWS refuses in tuning jobs."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning"
_RANGES = f"{_GUIDE}-define-ranges.html"
_LIMITS = f"{_GUIDE}-limits.html"
_STRATEGIES = f"{_GUIDE}-how-it-works.html"
#: An image of one's own takes whatever hyperparameters there are.
_OWN = """
search:
  type: tune
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  minimize: loss
  metrics: {loss: "loss=([0-9.]+)"}
  channels: {train: "s3://example-bucket/train/"}"""
_ONE = f"{_OWN}\n  ranges: {{rate: {{continuous: [0.1, 0.3]}}}}"
_DEFINITION = """{
        AlgorithmSpecification: {
          TrainingImage: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1, TrainingInputMode: File,
          MetricDefinitions: [{Name: loss, Regex: "loss=([0-9.]+)"}]},
        TuningObjective: {Type: Minimize, MetricName: loss},
        HyperParameterRanges: {ContinuousParameterRanges: [{Name: rate, MinValue: "0.1", MaxValue: "0.3"}]},
        RoleArn: arn:aws:iam::123456789012:role/sagemaker,
        OutputDataConfig: {S3OutputPath: s3://example-bucket/out},
        ResourceConfig: {InstanceType: ml.m5.xlarge, InstanceCount: 1, VolumeSizeInGB: 30},
        StoppingCondition: {MaxRuntimeInSeconds: 3600}}"""
_MARKED = _DEFINITION.replace("{", "{  # <-", 1)
_MACHINES = f"""{_ONE}
  max_jobs: 5
  request:
    TrainingJobDefinition:
      ResourceConfig: null
      HyperParameterTuningResourceConfig:
        InstanceConfigs: [{{InstanceType: ml.m5.xlarge, InstanceCount: 1, VolumeSizeInGB: 30}}]"""


def _many(count: int) -> str:
    """That many hyperparameters to search."""
    return "{" + ", ".join(f"p{n}: {{continuous: [0, 1]}}" for n in range(count)) + "}"


def _given(count: int) -> str:
    return "{" + ", ".join(f"p{n}: {n}" for n in range(count)) + "}"


_LIMIT_RULES: tuple[Rule, ...] = (
    Rule(
        "SM201",
        "tuning-name-too-long",
        "error",
        "The name of a tuning job has more than 32 characters.",
        "Names of other jobs may have 63; that of a tuning job begins the names of its trials. Without `name` one "
        "is made that is short enough.",
        f"{_ONE}\n  max_jobs: 5\n  name: flowers-search-for-the-best-rates  # <-\n",
        f"{_ONE}\n  max_jobs: 5\n  name: flowers-search-for-the-best-rate\n",
        f"{_API}CreateHyperParameterTuningJob.html",
        "model",
    ),
    Rule(
        "SM205",
        "too-many-ranges",
        "error",
        "More than 30 hyperparameters are searched.",
        "AWS searches 30 hyperparameters of a job at most, of all kinds together. Give those that matter least in "
        "`hyperparameters`.",
        f"{_OWN}\n  max_jobs: 5\n  ranges: {_many(31)}  # <-\n",
        f"{_OWN}\n  max_jobs: 5\n  ranges: {_many(30)}\n",
        f"{_API}ParameterRanges.html",
        "model",
    ),
    Rule(
        "SM209",
        "too-many-values",
        "error",
        "More than 30 values of a hyperparameter are to be tried.",
        "AWS takes 30 values in a list at most. Leave some out, or search numbers as `integer` or `continuous`.",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    depth: {{categorical: {list(range(31))}}}  # <-\n",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    depth: {{categorical: {list(range(30))}}}\n",
        _LIMITS,
        "model",
    ),
    Rule(
        "SM210",
        "many-trials-at-once",
        "warning",
        "More than 10 trials are to run at once.",
        "That is the quota of an account; on request AWS allows up to 100. More trials at once also make a Bayesian "
        "search less clever, for each learns from those that have ended.",
        f"{_ONE}\n  max_jobs: 50\n  max_parallel_jobs: 11  # <-\n",
        f"{_ONE}\n  max_jobs: 50\n  max_parallel_jobs: 10\n",
        _LIMITS,
        "guide",
    ),
    Rule(
        "SM211",
        "too-many-trials",
        "warning",
        "More than 750 training jobs are to be tried.",
        "That is the quota of an account. For random searches AWS raises it on request, up to 10,000; for others it "
        "does not.",
        f"{_ONE}\n  max_jobs: 751  # <-\n",
        f"{_ONE}\n  max_jobs: 750\n",
        _LIMITS,
        "guide",
    ),
    Rule(
        "SM217",
        "long-search",
        "warning",
        "A search may take more than 30 days.",
        "The developer guide says that AWS ends it then, though the API takes half a year. Give fewer jobs, or more "
        "of them at once.",
        f"{_ONE}\n  max_jobs: 5\n  max_tuning_runtime: 31d  # <-\n",
        f"{_ONE}\n  max_jobs: 5\n  max_tuning_runtime: 30d\n",
        _LIMITS,
        "guide",
    ),
    Rule(
        "SM218",
        "too-many-hyperparameters",
        "warning",
        "The hyperparameters given and searched leave no room for AWS's own.",
        "A training job has 100 hyperparameters at most, and a tuning job adds one, _tuning_objective_metric: its "
        "trials do not start.",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {_given(99)}  # <-\n",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {_given(98)}\n",
        _RANGES,
        "guide",
    ),
    Rule(
        "SM221",
        "parallel-over-total",
        "warning",
        "More jobs are to run at once than there are.",
        "The numbers contradict each other: `max_jobs` is how many there are in all, `max_parallel_jobs` how many of "
        "them run at once.",
        f"{_ONE}\n  max_jobs: 2\n  max_parallel_jobs: 3  # <-\n",
        f"{_ONE}\n  max_jobs: 3\n  max_parallel_jobs: 3\n",
        f"{_API}ResourceLimits.html",
        "inferred",
    ),
    Rule(
        "SM223",
        "more-trials-than-combinations",
        "error",
        "More jobs are wanted than there are combinations to try.",
        "AWS refuses a search whose ranges allow fewer different trials than `max_jobs`; one continuous range allows "
        "any number. Write fewer jobs, or wider ranges.",
        f"{_OWN}\n  ranges: {{depth: {{integer: [1, 3]}}, kind: {{categorical: [a, b]}}}}\n  max_jobs: 7  # <-\n",
        f"{_OWN}\n  ranges: {{depth: {{integer: [1, 3]}}, kind: {{categorical: [a, b]}}}}\n  max_jobs: 6\n",
        "https://github.com/aws/amazon-sagemaker-operator-for-k8s/issues/123",
    ),
)
_STRATEGY_RULES: tuple[Rule, ...] = (
    Rule(
        "SM203",
        "hyperband-early-stopping",
        "error",
        "Early stopping is given with Hyperband, which stops trials itself.",
        "AWS refuses the job. Leave `early_stopping` out, or choose another strategy.",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {{epochs: 20}}\n  strategy: Hyperband\n"
        "  early_stopping: true  # <-\n",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {{epochs: 20}}\n  strategy: Hyperband\n  early_stopping: false\n",
        f"{_API}HyperParameterTuningJobConfig.html",
        "model",
    ),
    Rule(
        "SM204",
        "strategy-config-of-hyperband",
        "error",
        "Settings of Hyperband are given for another strategy.",
        "AWS takes StrategyConfig with the strategy Hyperband only.",
        f"{_ONE}\n  max_jobs: 5\n  request:\n    HyperParameterTuningJobConfig:\n"
        "      StrategyConfig: {HyperbandStrategyConfig: {MinResource: 1, MaxResource: 20}}  # <-\n",
        f"{_ONE}\n  max_jobs: 5\n  strategy: Hyperband\n  request:\n    HyperParameterTuningJobConfig:\n"
        "      StrategyConfig: {HyperbandStrategyConfig: {MinResource: 1, MaxResource: 20}}\n",
        f"{_API}HyperParameterTuningJobConfig.html",
        "model",
    ),
    Rule(
        "SM206",
        "grid-of-numbers",
        "error",
        "A grid search has a range of numbers.",
        "A grid is searched completely, so each hyperparameter needs a list of values (`categorical`). AWS refuses "
        "integer and continuous ranges with this strategy.",
        f"{_OWN}\n  strategy: Grid\n  max_jobs: 2\n  ranges:\n    kind: {{categorical: [a, b]}}\n"
        "    depth: {integer: [1, 3]}  # <-\n",
        f"{_OWN}\n  strategy: Grid\n  max_jobs: 6\n  ranges:\n    kind: {{categorical: [a, b]}}\n"
        "    depth: {categorical: [1, 2, 3]}\n",
        _RANGES,
        "guide",
    ),
    Rule(
        "SM219",
        "hyperband-without-epochs",
        "warning",
        "Hyperband is not told how many epochs a trial may take.",
        "It shares epochs out among trials. AWS looks for MaxResource of StrategyConfig, or a hyperparameter epochs, "
        "numepochs, n-epochs, n_epochs or num_epochs that is not searched, and refuses a job with none of them.",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {{rounds: 20}}\n  strategy: Hyperband  # <-\n",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {{epochs: 20}}\n  strategy: Hyperband\n",
        f"{_API}HyperbandStrategyConfig.html",
        "model",
    ),
    Rule(
        "SM222",
        "grid-of-other-size",
        "error",
        "A grid search has another number of jobs than combinations.",
        "A grid is searched completely: `max_jobs` is the number of all combinations of its values.",
        f"{_OWN}\n  strategy: Grid\n  max_jobs: 5  # <-\n  ranges: {{kind: {{categorical: [a, b]}}, "
        "depth: {categorical: [1, 2, 3]}}\n",
        f"{_OWN}\n  strategy: Grid\n  max_jobs: 6\n  ranges: {{kind: {{categorical: [a, b]}}, "
        "depth: {categorical: [1, 2, 3]}}\n",
        _STRATEGIES,
        "guide",
    ),
)
_RANGE_RULES: tuple[Rule, ...] = (
    Rule(
        "SM207",
        "logarithm-of-nothing",
        "error",
        "A logarithmic range begins at 0 or below.",
        "There is no logarithm of 0, so AWS refuses the range. Begin with a small number such as 1e-6, or leave "
        "`scaling` out.",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    rate: {{continuous: [0, 1], scaling: Logarithmic}}  # <-\n",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    rate: {{continuous: [1e-9, 1], scaling: Logarithmic}}\n",
        _RANGES,
        "model",
    ),
    Rule(
        "SM208",
        "reverse-logarithm",
        "error",
        "A reverse logarithmic range is not continuous, or does not lie between 0 and 1.",
        "It is for shares that matter most close to 1, such as a momentum; 1 itself is excluded. AWS refuses others.",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    rate: {{continuous: [0.5, 1], scaling: ReverseLogarithmic}}  # <-\n",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    rate: {{continuous: [0, 0.999], scaling: ReverseLogarithmic}}\n",
        _RANGES,
        "model",
    ),
    Rule(
        "SM215",
        "range-of-nothing",
        "error",
        "A range has nothing to search: its ends are in the wrong order, equal, or no numbers.",
        "AWS searches from the lowest to the highest value, and refuses a range without any between them. What has "
        "one value only belongs into `hyperparameters`.",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    rate: {{continuous: [0.3, 0.1]}}  # <-\n",
        f"{_OWN}\n  max_jobs: 5\n  ranges:\n    rate: {{continuous: [-0.3, -0.1]}}\n",
        f"{_API}IntegerParameterRange.html and https://github.com/aws/amazon-sagemaker-feedback/issues/195",
        "model",
    ),
    Rule(
        "SM216",
        "given-and-searched",
        "error",
        "A hyperparameter is searched, and given as well.",
        "Those in `hyperparameters` are the same in all trials, those in `ranges` differ: none can be both.",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {{epochs: 20, rate: 0.2}}  # <-\n",
        f"{_ONE}\n  max_jobs: 5\n  hyperparameters: {{epochs: 20, Rate: 0.2}}\n",
        f"{_API}HyperParameterTrainingJobDefinition.html",
        "model",
    ),
)
_TRIAL_RULES: tuple[Rule, ...] = (
    Rule(
        "SM202",
        "trials-defined-twice",
        "warning",
        "Trials are defined as one kind and as several.",
        "TrainingJobDefinition stands for one kind of trials, TrainingJobDefinitions for several; a tuning job has one "
        "of the two. The fields of the step make the first: take it away with null.",
        f"{_ONE}\n  max_jobs: 5\n  request:\n    TrainingJobDefinitions:\n      - {_MARKED}\n",
        f"{_ONE}\n  max_jobs: 5\n  request:\n    TrainingJobDefinition: null\n    TrainingJobDefinitions:\n"
        f"      - {_DEFINITION}\n",
        f"{_API}CreateHyperParameterTuningJob.html",
        "inferred",
    ),
    Rule(
        "SM213",
        "unmeasured-objective",
        "error",
        "The objective is a metric that nothing measures.",
        "Built-in algorithms have metrics of their own; those of other images are read from the log by the expressions "
        "of `metrics`. AWS refuses a search for the best value of a metric that is not there.",
        f"{_ONE}\n  max_jobs: 5\n  minimize: los  # <-\n".replace("  minimize: loss\n", ""),
        f"{_ONE}\n  max_jobs: 5\n  minimize: loss\n".replace("  minimize: loss\n", "", 1),
        "what AWS answers: A metric is required for this hyperparameter tuning job objective",
    ),
    Rule(
        "SM214",
        "machines-twice",
        "error",
        "The machines of trials are listed, and one is given besides.",
        "InstanceConfigs lists the machines that trials may have; InstanceType, InstanceCount and VolumeSizeInGB "
        "beside it are for jobs without that list. AWS takes one or the other.",
        f"{_MACHINES}\n        VolumeSizeInGB: 50  # <-\n",
        f"{_MACHINES}\n        AllocationStrategy: Prioritized\n",
        f"{_API}HyperParameterTuningResourceConfig.html",
        "model",
    ),
)
RULES: tuple[Rule, ...] = (*_LIMIT_RULES, *_STRATEGY_RULES, *_RANGE_RULES, *_TRIAL_RULES)
LEFT_OUT: dict[str, str] = {}
