"""What AWS refuses in batch transforms."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_JOB = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html"
_PROCESSING = "https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM301",
        "payload-too-large",
        "error",
        "One request of a batch transform may be larger than 100 MB.",
        "AWS refuses the transform job when it is created, after the model was trained. Records are far smaller in "
        "most cases: leave `max_payload` out (6 MB), or take the size of the largest record.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  max_payload: 101  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  max_payload: 100
""",
        _JOB,
        "model",
    ),
    Rule(
        "SM302",
        "payload-times-concurrency",
        "error",
        "More than 100 MB are to be under way to one machine.",
        "`max_payload` times `max_concurrent` is limited to 100 MB, and AWS refuses the transform job when it is "
        "created. Lower one of the two.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  max_payload: 50  # <-
  max_concurrent: 4
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  max_payload: 25
  max_concurrent: 4
""",
        _JOB,
        "model",
    ),
    Rule(
        "SM303",
        "records-without-split",
        "error",
        "Several records are to be sent together, and nothing tells them apart.",
        "Records can only be collected once the input has been taken apart: without a `split_type` a whole file is one "
        "record. AWS refuses the transform job when it is created.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  batch_strategy: MultiRecord  # <-
  split_type: None
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/pictures/
  content_type: application/x-image
  batch_strategy: SingleRecord
  split_type: None
  assemble_with: None
""",
        _JOB,
        "model",
    ),
    Rule(
        "SM304",
        "chunks-for-built-in",
        "error",
        "A built-in algorithm is sent bodies of any size in chunks.",
        "`max_payload: 0` has SageMaker send bodies without a length. Only images of your own can read them; built-in "
        "algorithms fail, after the machines have been started and billed.",
        """
create_model:
  type: model
  algorithm: knn
  artifact: s3://example-bucket/model.tar.gz
predict:
  type: transform
  model: ${create_model.name}
  input: s3://example-bucket/features.csv
  max_payload: 0  # <-
""",
        """
create_model:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
predict:
  type: transform
  model: ${create_model.name}
  input: s3://example-bucket/features.csv
  max_payload: 0
""",
        _JOB,
        "model",
    ),
    Rule(
        "SM305",
        "join-of-other-records",
        "error",
        "A join takes its records apart in one way and puts them together in another.",
        "Each prediction is written beside the record that it belongs to, so both sides must be records of the same "
        "kind: write the same for `split_type` and `assemble_with`.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/rows.jsonl
  content_type: application/jsonlines
  accept: application/jsonlines
  assemble_with: None  # <-
  join: true
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/rows.jsonl
  content_type: application/jsonlines
  accept: application/jsonlines
  split_type: None
  assemble_with: None
  join: true
""",
        _PROCESSING,
        "guide",
    ),
    Rule(
        "SM306",
        "join-of-other-formats",
        "error",
        "A join has its input in one format and its predictions in another.",
        "Predictions are written beside their input, in one file of one format: `content_type` and `accept` must be "
        "the same. Without a join they may differ.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  accept: application/json  # <-
  join: true
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  content_type: text/csv; charset=utf-8
  accept: text/csv
  join: true
""",
        _PROCESSING,
        "guide",
    ),
    Rule(
        "SM307",
        "filter-of-other-format",
        "error",
        "Data is filtered or joined that is neither CSV nor JSON.",
        "SageMaker itself reads the records to filter and join them, and it reads CSV, JSON and JSON Lines alone. "
        "Filter other data in a `process` step before.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.libsvm
  content_type: text/libsvm  # <-
  input_filter: $[1:]
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.libsvm
  content_type: text/libsvm
  input_filter: $
""",
        _PROCESSING,
        "guide",
    ),
    Rule(
        "SM308",
        "wrong-filter",
        "error",
        "A filter is no JSONPath, or none that works for CSV.",
        "SageMaker knows a part of JSONPath: `$` first, then names, positions and ranges. The columns of CSV have no "
        "names, so positions alone work there. The job fails on its first record, with its machines running.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  input_filter: $.sepal_length  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/rows.jsonl
  content_type: application/jsonlines
  input_filter: $.sepal_length
""",
        _PROCESSING,
        "guide",
    ),
    Rule(
        "SM309",
        "too-many-transform-machines",
        "error",
        "A batch transform wants more than 100 machines.",
        "AWS refuses the transform job when it is created. More files than machines do no harm: each machine takes the "
        "next one.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features/
  instance_count: 101  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features/
  instance_count: 100
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformResources.html",
        "model",
    ),
    Rule(
        "SM310",
        "transform-of-unpacked-model",
        "error",
        "A batch transform names a model that is read through ModelDataSource.",
        "Endpoints can serve a model that lies in S3 unpacked, batch transforms cannot: AWS refuses the job. Pack the "
        "model as model.tar.gz and give it as `artifact`.",
        """
create_model:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ModelDataUrl: null
      ModelDataSource:
        S3DataSource: {S3Uri: "s3://example-bucket/model/", S3DataType: S3Prefix, CompressionType: None}
predict:
  type: transform
  model: ${create_model.name}  # <-
  input: s3://example-bucket/features.csv
""",
        """
create_model:
  type: model
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  artifact: s3://example-bucket/model.tar.gz
  request:
    PrimaryContainer:
      ModelDataUrl: null
      ModelDataSource:
        S3DataSource: {S3Uri: "s3://example-bucket/model/", S3DataType: S3Prefix, CompressionType: None}
serve:
  type: endpoint_config
  model: ${create_model.name}
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html",
        "model",
    ),
    Rule(
        "SM312",
        "csv-without-lines",
        "error",
        "CSV is filtered or joined as a whole, not line by line.",
        "A filter picks columns of one record, and a record of CSV is a line: `split_type` and, where anything is "
        "selected for the output, `assemble_with` must be Line.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  split_type: None  # <-
  input_filter: $[1:]
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/rows.json
  content_type: application/json
  split_type: None
  input_filter: $.instances
""",
        _PROCESSING,
        "guide",
    ),
    Rule(
        "SM313",
        "join-without-accept",
        "warning",
        "A join leaves the format of its predictions to the algorithm.",
        "A join needs predictions in the format of the input, and many algorithms answer in another one (k-NN and "
        "linear learner in JSON) unless they are asked. Say `accept:`, with what `content_type` says.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  join: true  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  accept: text/csv
  join: true
""",
        _PROCESSING,
        "guide",
    ),
    Rule(
        "SM314",
        "transform-of-augmented-manifest",
        "error",
        "A batch transform is to read an augmented manifest.",
        "Augmented manifests carry labels, and are for training. A batch transform reads a prefix or a plain manifest, "
        "and AWS refuses anything else.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/pictures.manifest
  request:
    TransformInput:
      DataSource:
        S3DataSource: {S3DataType: AugmentedManifestFile}  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/pictures.manifest
  data_type: ManifestFile
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformS3DataSource.html",
        "model",
    ),
    Rule(
        "SM315",
        "not-a-media-type",
        "warning",
        "The type of data that a transform reads or writes is none.",
        "AWS takes any text, and passes it to the model's container, which answers every request with an error. Types "
        "are such as text/csv, application/json or application/jsonlines.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  accept: csv  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  accept: text/csv; header=absent
""",
        _JOB,
        "inferred",
    ),
    Rule(
        "SM316",
        "records-of-text",
        "warning",
        "Text is to be split into binary records.",
        "CSV and JSON hold no records of RecordIO or TFRecord: the transform fails on its first object.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.csv
  split_type: RecordIO  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.rec
  content_type: application/x-recordio-protobuf
  split_type: RecordIO
""",
        _JOB,
        "inferred",
    ),
    Rule(
        "SM317",
        "prediction-of-no-join",
        "warning",
        "A filter asks for SageMakerOutput, and nothing is joined.",
        "SageMaker calls the prediction so beside its input. Without a join the filter finds nothing in it.",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.jsonl
  content_type: application/jsonlines
  output_filter: $.SageMakerOutput  # <-
""",
        """
predict:
  type: transform
  model: flowers
  input: s3://example-bucket/features.jsonl
  content_type: application/jsonlines
  accept: application/jsonlines
  join: true
  output_filter: $.SageMakerOutput
""",
        _PROCESSING,
        "guide",
    ),
)

LEFT_OUT: dict[str, str] = {
    "SM311": "A `transform` step sends one request and makes no model on its way, so there are no two names to differ.",
    "AF16": "The step's template builds what the operator wants; a `Model` written into `request:` is SM001.",
}
