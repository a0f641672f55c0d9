"""What built-in algorithms refuse in their hyperparameters."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_COMMON = "https://docs.aws.amazon.com/sagemaker/latest/dg/common-info-all-sagemaker-models-logs.html"
_TABLES = "https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_hyperparameters.html and the page of each algorithm"
_XGBOOST = "https://github.com/aws/sagemaker-xgboost-container: algorithm_mode/hyperparameter_validation.py"
_KNN = """
train_model:
  type: train
  algorithm: knn
  channels: {train: "s3://example-bucket/train/"}
  hyperparameters:
    predictor_type: classifier
    feature_dim: 4
    sample_size: 150
"""
_CLUSTERS = """
train_model:
  type: train
  algorithm: kmeans
  channels: {train: "s3://example-bucket/train/"}
"""
_BOOST = """
train_model:
  type: train
  algorithm: xgboost
  channels: {train: "s3://example-bucket/train/"}
  hyperparameters:
    num_round: 100
"""
_SEARCH = """
search:
  type: tune
  algorithm: xgboost
  channels: {train: "s3://example-bucket/train/", validation: "s3://example-bucket/validation/"}
  hyperparameters: {num_round: 100, objective: "reg:squarederror"}
  max_jobs: 10
"""

RULES: tuple[Rule, ...] = (
    Rule(
        "SM212",
        "objective-not-measured",
        "error",
        "A tuning job is to find the best value of a metric that the built-in algorithm does not measure.",
        "AWS knows the metrics of its algorithms and refuses the tuning job, or waits for a value that no trial ever "
        "reports. Each algorithm's page on tuning lists them.",
        _SEARCH + "  minimize: validation:rmsee  # <-\n  ranges: {max_depth: {integer: [3, 12]}}\n",
        _SEARCH + "  minimize: validation:rmsle\n  ranges: {max_depth: {integer: [3, 12]}}\n",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html and the page of each algorithm",
        "guide",
    ),
    Rule(
        "SM220",
        "wrong-kind-of-range",
        "error",
        "A hyperparameter is searched in a range that holds values which it cannot have.",
        "A continuous range gives whole numbers a fraction, and a numeric range says nothing about words. AWS refuses "
        "the tuning job, or its trials fail one after another. A list (categorical) is always possible.",
        _SEARCH + "  minimize: validation:rmse\n  ranges:\n    max_depth: {continuous: [3, 9]}  # <-\n",
        _SEARCH + "  minimize: validation:rmse\n  ranges:\n    max_delta_step: {continuous: [3, 9]}\n",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html and the page of each algorithm",
        "guide",
    ),
    Rule(
        "SM230",
        "objective-in-the-wrong-direction",
        "warning",
        "A tuning job looks for the greatest value of a metric that is better the smaller it is, or the reverse.",
        "The search would end with the worst model of all. AWS documents a direction for each of its metrics; "
        "whether it refuses the other one could not be confirmed.",
        _SEARCH + "  maximize: validation:rmse  # <-\n  ranges: {eta: {continuous: [0.1, 0.5]}}\n",
        _SEARCH + "  maximize: validation:map\n  ranges: {eta: {continuous: [0.1, 0.5]}}\n",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html and the page of each algorithm",
        "guide",
    ),
    Rule(
        "HP901",
        "unknown-hyperparameter",
        "error",
        "A built-in algorithm is given a hyperparameter that it does not have.",
        "The job starts its machines, and fails after some minutes: built-in algorithms take no hyperparameters "
        "besides their own. Names that begin with an underscore are SageMaker's own, and a script of yours "
        "(`entry_point`) reads what it likes: both are left alone.",
        _KNN + "    k: 3\n    index_metrik: COSINE  # <-\n",
        _KNN + "    k: 3\n    index_metric: COSINE\n",
        _COMMON,
        "guide",
    ),
    Rule(
        "HP902",
        "missing-hyperparameter",
        "error",
        "A built-in algorithm lacks a hyperparameter that has no default.",
        "The job starts its machines, and fails after some minutes. What a tuning job searches counts as given.",
        _CLUSTERS + "  hyperparameters: {feature_dim: 4}  # <-\n",
        _CLUSTERS + "  hyperparameters: {feature_dim: 4, k: 3}\n",
        _TABLES,
        "guide",
    ),
    Rule(
        "HP903",
        "hyperparameter-of-another-type",
        "error",
        "The value of a hyperparameter is not of its type.",
        "Hyperparameters travel as text, and AWS reads whole numbers strictly: `1e3` and `10.0` are none. The job "
        "fails after some minutes.",
        _KNN + "    k: 3.0  # <-\n",
        _KNN + "    k: 3\n",
        _COMMON,
        "guide",
    ),
    Rule(
        "HP904",
        "hyperparameter-out-of-range",
        "error",
        "A number is smaller or greater than the algorithm allows.",
        "The job starts its machines, and fails after some minutes. The message says whether a limit is allowed.",
        _BOOST + "    subsample: 0  # <-\n",
        _BOOST + "    subsample: 1\n    gamma: 0\n",
        _TABLES,
        "guide",
    ),
    Rule(
        "HP905",
        "hyperparameter-not-a-choice",
        "error",
        "The value of a hyperparameter is none of those that the algorithm knows.",
        "The job starts its machines, and fails after some minutes. Capitals count, save in `true` and `false`.",
        _KNN + "    k: 3\n    index_type: faiss.IVFFLAT  # <-\n",
        _KNN + "    k: 3\n    index_type: faiss.IVFFlat\n",
        _TABLES,
        "guide",
    ),
    Rule(
        "HP906",
        "hyperparameter-needed-with-another",
        "error",
        "A hyperparameter is missing that is needed with another one, or with this value of another one.",
        "By itself it is optional, so that it is easily forgotten; the job fails after some minutes.",
        _KNN + "    k: 3\n    index_type: faiss.IVFPQ  # <-\n",
        _KNN + "    k: 3\n    index_type: faiss.IVFPQ\n    faiss_index_pq_m: 4\n",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_hyperparameters.html",
        "guide",
    ),
    Rule(
        "HP907",
        "xgboost-metric-of-another-objective",
        "error",
        "XGBoost is to measure something that its objective does not give.",
        "`auc` needs two classes or a ranking (`binary:...`, `rank:...`), `aft-nloglik` needs `survival:aft`; without "
        "an objective it is a regression. AWS's container checks this before it trains, and the job fails.",
        _BOOST + '    objective: "reg:logistic"\n    eval_metric: auc  # <-\n',
        _BOOST + '    objective: "binary:logistic"\n    eval_metric: auc\n',
        _XGBOOST,
        "code",
    ),
    Rule(
        "HP908",
        "xgboost-constraints-without-tree-method",
        "error",
        "XGBoost is given constraints without a tree method that keeps them.",
        "AWS's container wants `tree_method` to be written: exact or hist for monotone_constraints, and approx as well "
        "for interaction_constraints. XGBoost's own default does not count; the job fails.",
        _BOOST + "    monotone_constraints: (1,-1)  # <-\n    tree_method: approx\n",
        _BOOST + "    monotone_constraints: (1,-1)\n    tree_method: hist\n",
        _XGBOOST,
        "code",
    ),
    Rule(
        "HP909",
        "xgboost-without-number-of-classes",
        "error",
        "XGBoost is to tell several classes apart and is not told how many.",
        "The objectives multi:softmax and multi:softprob need `num_class`. AWS's container checks this before it "
        "trains, and the job fails.",
        _BOOST + '    objective: "multi:softmax"  # <-\n',
        _BOOST + '    objective: "multi:softmax"\n    num_class: 3\n',
        _XGBOOST,
        "code",
    ),
    Rule(
        "HP918",
        "ipinsights-samples",
        "error",
        "IP Insights is to make up no samples at all, or too many.",
        "random_negative_sampling_rate and shuffled_negative_sampling_rate, each 1 unless given, are at least 1 and at "
        "most 500 together. The job fails after some minutes.",
        """
train_model:
  type: train
  algorithm: ipinsights
  channels: {train: "s3://example-bucket/train/"}
  hyperparameters:
    num_entity_vectors: 10000
    vector_dim: 128
    random_negative_sampling_rate: 500  # <-
""",
        """
train_model:
  type: train
  algorithm: ipinsights
  channels: {train: "s3://example-bucket/train/"}
  hyperparameters:
    num_entity_vectors: 10000
    vector_dim: 128
    random_negative_sampling_rate: 500
    shuffled_negative_sampling_rate: 0
""",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights-hyperparameters.html",
        "guide",
    ),
    Rule(
        "HP919",
        "hyperparameter-documented-otherwise",
        "warning",
        "A hyperparameter is not as it is documented, and whether AWS refuses it could not be confirmed.",
        "AWS's own sources differ here, or only one of them speaks of it: a limit that the guide gives and the SDK "
        "does not, old versions of XGBoost, the algorithms of JumpStart. Look at the algorithm's page.",
        """
train_model:
  type: train
  algorithm: linear-learner
  channels: {train: "s3://example-bucket/train/"}
  hyperparameters:
    predictor_type: multiclass_classifier
    num_classes: 2  # <-
""",
        """
train_model:
  type: train
  algorithm: linear-learner
  channels: {train: "s3://example-bucket/train/"}
  hyperparameters:
    predictor_type: multiclass_classifier
    num_classes: 3
""",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html",
        "inferred",
    ),
)
