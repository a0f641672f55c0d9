"""What does not fit between the steps of a pipeline."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_FORMATS = "https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html"
_INFERENCE = "https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html"
_METRICS = "https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-metrics-variables.html"
_PREPARE = "What `prepare` writes (schemas/steps/prepare.schema.json)"
_EVALUATE = "What `evaluate` reads (dags/mlpipelines/runtime/evaluate.py)"
_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_DATA = """
data:
  type: prepare
  dataset: https://example.com/iris.csv
  columns: [sepal_length, sepal_width, petal_length, petal_width, species]
  target: species
  classes: {virginica: 0, versicolor: 1, setosa: 2}
  split: {train: 0.6, validation: 0.2, test: 0.2}
"""
_TRAIN = """
train:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "${data.train}"}
"""
_MODEL = 'model: {type: model, artifact: "${train.artifact}"}\n'
_PREDICT = 'predict: {type: transform, model: "${model.name}", input: "${data.test_features}"}\n'
_ALL = _DATA.lstrip() + _TRAIN.lstrip() + _MODEL + _PREDICT


_QUALITY = "quality:\n  type: evaluate\n  predictions: ${predict.predictions}\n  labels: ${data.test_labels}\n"
_DECISION = (
    _ALL
    + _QUALITY
    + """good_enough:
  type: condition
  if: [{left: "${quality.accuracy}", is: ">=", right: 0.9}]
  then: note
note: {type: experiment, name: good-enough}
"""
)


_NEWEST = """register: {type: register, group: flowers, artifact: "${train.artifact}"}
newest: {type: latest_model, group: flowers}
"""


def _xgboost(hyperparameters: str, channels: str = 'train: "${data.train}"') -> str:
    head = "train:\n  type: train\n  algorithm: xgboost\n"
    return (
        _DATA.lstrip() + f"{head}  hyperparameters: {{num_round: 50, {hyperparameters}}}\n  channels: {{{channels}}}\n"
    )


def _marked(text: str, line: str) -> str:
    """An example with the line marked that is wrong."""
    return text.replace(line, f"{line}  # <-")


RULES: tuple[Rule, ...] = (
    Rule(
        "DF01",
        "wrong-kind",
        "error",
        "A reference gives something else than its place wants.",
        "A trained model (an S3 URI) is not the model that AWS knows by its name; the name of a job is no data. AWS "
        "refuses the request when the task runs, after the steps before have cost their money.",
        _ALL.replace("${model.name}", "${train.artifact}").replace('features}"}', 'features}"}  # <-'),
        _ALL,
        _API,
        "model",
    ),
    Rule(
        "DF02",
        "other-algorithm",
        "error",
        "A model's container is that of another algorithm than the one that has trained it.",
        "Each algorithm writes its model in a form of its own. AWS makes the model without a word; its container fails "
        "when it is started, in the transform job or the endpoint. Without `algorithm` or `image` a model takes those "
        "of the training step.",
        _ALL.replace(_MODEL, "model:\n  type: model\n  artifact: ${train.artifact}\n  algorithm: kmeans  # <-\n"),
        _ALL.replace(_MODEL, "model:\n  type: model\n  artifact: ${train.artifact}\n  algorithm: knn\n"),
        _INFERENCE,
        "guide",
    ),
    Rule(
        "DF03",
        "labels-in-input",
        "error",
        "The rows to predict for still have their labels.",
        "Built-in algorithms want the features alone when they predict: with a column more they refuse the rows, or "
        "take the label for a feature. `<part>_features` has no labels, and `input_filter` can leave them out.",
        _ALL.replace("${data.test_features}", "${data.test}").replace('test}"}', 'test}"}  # <-'),
        _ALL.replace('"${data.test_features}"', '"${data.test}", input_filter: "$[1:]"'),
        _INFERENCE,
        "guide",
    ),
    Rule(
        "DF04",
        "feature-count",
        "error",
        "`feature_dim` is not the number of feature columns.",
        "The algorithm reads the first rows, finds another number of columns and fails, some minutes after the "
        "machines were asked for. The target is no feature. `${<prepare step>.feature_count}` is always right.",
        _ALL.replace(
            "{predictor_type: classifier, feature_dim: 4,", "{predictor_type: classifier, feature_dim: 5,"
        ).replace("sample_size: 150}", "sample_size: 150}  # <-"),
        _ALL.replace("feature_dim: 4", 'feature_dim: "${data.feature_count}"'),
        _FORMATS,
        "guide",
    ),
    Rule(
        "DF05",
        "class-count",
        "error",
        "The number of classes is not that of the data.",
        "Labels are numbers from 0 to one less than the number of classes; a binary objective knows 0 and 1. The "
        "training fails at the first row with another label.",
        _marked(_xgboost('objective: "multi:softmax", num_class: 2'), "num_class: 2}"),
        _xgboost('objective: "multi:softmax", num_class: 3'),
        "https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html",
        "guide",
    ),
    Rule(
        "DF06",
        "more-neighbours-than-rows",
        "warning",
        "More neighbours are wanted than rows are sampled.",
        "k-nearest neighbours keeps `sample_size` rows of the training data and looks for `k` of them. There are not "
        "as many.",
        _ALL.replace("k: 3, sample_size: 150}", "k: 151, sample_size: 150}  # <-"),
        _ALL.replace("k: 3, sample_size: 150}", "k: 150, sample_size: 150}"),
        "https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_hyperparameters.html",
        "inferred",
    ),
    Rule(
        "DF07",
        "header-in-data",
        "error",
        "A built-in algorithm gets a CSV file with a header.",
        "The algorithms take every line for data. The names of the columns are no numbers, so the training fails. "
        "`prepare` leaves the header out.",
        _xgboost('objective: "reg:squarederror"', 'train: "s3://example-bucket/iris.csv"')
        .replace("https://example.com/", "s3://example-bucket/")
        .replace("  columns: [sepal_length, sepal_width, petal_length, petal_width, species]\n", "")
        .replace('iris.csv"}', 'iris.csv"}  # <-'),
        _xgboost('objective: "reg:squarederror"', 'train: "s3://example-bucket/iris.csv"').replace(
            "https://example.com/", "s3://example-bucket/"
        ),
        _FORMATS,
        "guide",
    ),
    Rule(
        "DF08",
        "labels-of-other-rows",
        "error",
        "Predictions are compared with something else than their labels.",
        "The predictions of one part of the split and the labels of another belong to different rows, and features are "
        "no labels. The evaluation fails, or measures nothing.",
        _ALL
        + "quality:\n  type: evaluate\n  predictions: ${predict.predictions}\n  labels: ${data.train_labels}  # <-\n",
        _ALL + "quality:\n  type: evaluate\n  predictions: ${predict.predictions}\n  labels: ${data.test_labels}\n",
        _EVALUATE,
        "code",
    ),
    Rule(
        "DF09",
        "metric-not-measured",
        "warning",
        "A step refers to a metric that the training does not give.",
        "Built-in algorithms have their own metrics, and measure those of `validation` and `test` on the channels of "
        "these names. The task that wants the metric fails when its template is rendered.",
        _ALL + 'note: {type: experiment, about: "accuracy ${train.metrics.test:accuracy}"}  # <-\n',
        _ALL.replace('{train: "${data.train}"}', '{train: "${data.train}", test: "${data.test}"}')
        + 'note: {type: experiment, about: "accuracy ${train.metrics.test:accuracy}"}\n',
        _METRICS,
        "guide",
    ),
    Rule(
        "DF10",
        "doubtful-kind",
        "warning",
        "A trained model or a report stands where data are wanted.",
        "Both are places in S3, so AWS starts the job; it reads a file that is none of the data that it understands.",
        _ALL.replace("${data.test_features}", "${train.artifact}")
        .replace('artifact}"}\np', 'artifact}"}\np')
        .replace('input: "${train.artifact}"}', 'input: "${train.artifact}"}  # <-'),
        _ALL.replace('{train: "${data.train}"}', '{train: "${data.train}", test: "${data.test}"}'),
        "The kinds of outputs (schemas/README.md)",
        "inferred",
    ),
    Rule(
        "DF11",
        "same-data-twice",
        "warning",
        "Two channels of a training are the same data.",
        "What is measured on rows that were trained on says nothing of new ones, and early stopping never stops. Refer "
        "to another part of the split.",
        _marked(
            _xgboost('objective: "reg:squarederror"', 'train: "${data.train}", validation: "${data.train}"'),
            'validation: "${data.train}"}',
        ),
        _xgboost('objective: "reg:squarederror"', 'train: "${data.train}", validation: "${data.validation}"'),
        "Machine learning's common practice",
        "inferred",
    ),
    Rule(
        "DF12",
        "content-type-of-prepared-data",
        "error",
        "A content type says something else than CSV of data that are CSV.",
        "`prepare` writes CSV. The algorithm reads the file as what the content type says, and fails.",
        _xgboost('objective: "reg:squarederror"', 'train: {uri: "${data.train}", content_type: text/libsvm}').replace(
            "libsvm}}", "libsvm}}  # <-"
        ),
        _xgboost('objective: "reg:squarederror"', 'train: {uri: "${data.train}", content_type: text/csv}'),
        _FORMATS,
        "guide",
    ),
    Rule(
        "DF13",
        "tested-on-training-data",
        "warning",
        "A model is measured on the rows that it was trained on.",
        "It has seen them, so the measure is better than the model. Let the transform step read a part of the split "
        "that the training did not.",
        _ALL.replace("test_features", "train_features")
        + "quality:\n  type: evaluate\n  predictions: ${predict.predictions}  # <-\n  labels: ${data.train_labels}\n",
        _ALL + "quality:\n  type: evaluate\n  predictions: ${predict.predictions}\n  labels: ${data.test_labels}\n",
        "Machine learning's common practice",
        "inferred",
    ),
    Rule(
        "DF14",
        "training-without-labels",
        "warning",
        "An algorithm that learns from labels is trained on features alone, or on labels alone.",
        "It takes the first column for the label, so it learns to predict a feature. `${<prepare step>.<part>}` has "
        "the target first.",
        _marked(
            _xgboost('objective: "reg:squarederror"', 'train: "${data.train_features}"'),
            'train: "${data.train_features}"}',
        ),
        _xgboost('objective: "reg:squarederror"', 'train: "${data.train}"'),
        _FORMATS,
        "guide",
    ),
    Rule(
        "DF15",
        "prediction-not-told-apart",
        "warning",
        "An evaluation reads predictions that are joined with their input.",
        "Each line holds the input and the prediction, and nothing says where the prediction stands: the evaluation "
        "fails, or takes a feature for it. `prediction_column: -1` is the last column.",
        _ALL.replace('features}"}', 'features}", join: true, accept: text/csv}')
        + "quality:\n  type: evaluate\n  predictions: ${predict.predictions}  # <-\n  labels: ${data.test_labels}\n",
        _ALL.replace('features}"}', 'features}", join: true, accept: text/csv}')
        + "quality:\n  type: evaluate\n  predictions: ${predict.predictions}\n  labels: ${data.test_labels}\n"
        + "  prediction_column: -1\n",
        _EVALUATE,
        "code",
    ),
    Rule(
        "DF16",
        "automl-without-header",
        "error",
        "AutoML gets data without a header.",
        "AutoML looks for its target among the names in the first line. `prepare` writes none, for SageMaker's other "
        "algorithms, so the job fails when it looks at the data.",
        _DATA.lstrip() + "search:\n  type: automl\n  input: ${data.train}  # <-\n  target: species\n",
        _DATA.lstrip() + "search:\n  type: automl\n  input: s3://example-bucket/iris.csv\n  target: species\n",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-datasets-problem-types.html",
        "guide",
    ),
    Rule(
        "DF17",
        "share-in-percent",
        "warning",
        "A share such as the accuracy is compared with a number above 1.",
        "Accuracy, precision, recall, F1 and the areas below curves lie between 0 and 1, so the decision is always the "
        "same. 90 percent are 0.9.",
        _DECISION.replace("0.9}]", "90}]  # <-"),
        _DECISION,
        _EVALUATE,
        "code",
    ),
    Rule(
        "DF18",
        "used-too-soon",
        "warning",
        "A step uses what a job writes that nobody has waited for.",
        "With `wait: false` the next steps start while the job still runs. They find no model and no data, and fail. "
        "A `wait` step before them waits for the job.",
        _ALL.replace("  algorithm: knn\n", "  algorithm: knn\n  wait: false\n").replace(
            'artifact}"}', 'artifact}"}  # <-'
        ),
        _ALL.replace("  algorithm: knn\n", "  algorithm: knn\n  wait: false\n").replace(
            _MODEL, 'trained: {type: wait, job: "${train.name}"}\n' + _MODEL.replace("train.", "trained.")
        ),
        "What `wait: false` does (schemas/common.json)",
        "inferred",
    ),
    Rule(
        "DF19",
        "newest-too-soon",
        "warning",
        "The newest version of a group is looked up beside the step that registers one.",
        "Steps that do not wait for each other start at once: the version before is found, or none at all.",
        _ALL + _NEWEST.replace("flowers}", "flowers}  # <-"),
        _ALL + _NEWEST.replace("flowers}", "flowers, after: register}"),
        "The order of steps (schemas/README.md)",
        "inferred",
    ),
)
