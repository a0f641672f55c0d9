"""What AWS refuses in processing jobs."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM401",
        "input-of-two-kinds",
        "error",
        "A processing input is read from S3 and from a query, or from neither.",
        "Each input has exactly one of S3Input and DatasetDefinition, and AWS refuses the job otherwise. Make two "
        "inputs of it.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingInputs:
      - InputName: raw  # <-
        AppManaged: true
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingInputs:
      - InputName: raw
        AppManaged: true
        S3Input: {S3Uri: "s3://example-bucket/raw/", S3DataType: S3Prefix}
""",
        f"{_API}ProcessingInput.html",
        "model",
    ),
    Rule(
        "SM402",
        "output-of-two-kinds",
        "error",
        "A processing output goes to S3 and to a feature store, or to neither.",
        "Each output has exactly one of S3Output and FeatureStoreOutput, and AWS refuses the job otherwise. Make two "
        "outputs of it.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingOutputConfig:
      Outputs:
        - OutputName: features
          AppManaged: true
          S3Output: {S3Uri: "s3://example-bucket/out/", S3UploadMode: EndOfJob}
          FeatureStoreOutput: {FeatureGroupName: flowers}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingOutputConfig:
      Outputs:
        - OutputName: features
          AppManaged: true
          FeatureStoreOutput: {FeatureGroupName: flowers}
        - OutputName: copy
          AppManaged: true
          S3Output: {S3Uri: "s3://example-bucket/out/", S3UploadMode: EndOfJob}
""",
        f"{_API}ProcessingOutput.html",
        "model",
    ),
    Rule(
        "SM403",
        "feature-store-not-managed",
        "error",
        "SageMaker is to write an output to a feature store by itself.",
        "SageMaker uploads to S3; records of a feature store are written by the job's own program. Say so with "
        "`AppManaged: true`, or AWS refuses the job.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingOutputConfig:
      Outputs:
        - OutputName: features
          FeatureStoreOutput: {FeatureGroupName: flowers}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingOutputConfig:
      Outputs:
        - OutputName: features
          AppManaged: true
          FeatureStoreOutput: {FeatureGroupName: flowers}
""",
        f"{_API}ProcessingOutput.html",
        "model",
    ),
    Rule(
        "SM404",
        "processing-path",
        "error",
        "The folder of an input does not lie below /opt/ml/processing in the container, or is not given.",
        "SageMaker copies inputs below that folder only, and refuses the job otherwise. Leave `path:` out and read the "
        "default in your script, or choose a folder there.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  inputs:
    raw: {uri: "s3://example-bucket/raw/", path: /data/raw}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  inputs:
    raw: {uri: "s3://example-bucket/raw/", path: /opt/ml/processing/data/raw}
""",
        f"{_API}ProcessingS3Input.html",
        "model",
    ),
    Rule(
        "SM405",
        "processing-gzip",
        "error",
        "Gzip is to be unpacked in another mode than Pipe.",
        "SageMaker unpacks what it streams; what it copies stays packed. Stream the input (`mode: Pipe`), or unpack "
        "it in the script and leave `compression` out.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  inputs:
    raw: {uri: "s3://example-bucket/raw.gz", compression: Gzip}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  inputs:
    raw: {uri: "s3://example-bucket/raw.gz", compression: Gzip, mode: Pipe}
""",
        f"{_API}ProcessingS3Input.html",
        "model",
    ),
    Rule(
        "SM406",
        "dataset-of-two-kinds",
        "error",
        "A dataset is queried from Athena and from Redshift, or from neither.",
        "A DatasetDefinition has exactly one of AthenaDatasetDefinition and RedshiftDatasetDefinition, and AWS refuses "
        "the job otherwise. Make two inputs of it.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingInputs:
      - InputName: raw
        DatasetDefinition:
          LocalPath: /opt/ml/processing/raw  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingInputs:
      - InputName: raw
        DatasetDefinition:
          LocalPath: /opt/ml/processing/raw
          AthenaDatasetDefinition:
            Catalog: AwsDataCatalog
            Database: flowers
            QueryString: SELECT * FROM flowers
            OutputS3Uri: s3://example-bucket/athena/
            OutputFormat: PARQUET
""",
        f"{_API}DatasetDefinition.html",
        "model",
    ),
    Rule(
        "SM407",
        "processing-name-twice",
        "warning",
        "Two inputs or two outputs of a processing job have the same name.",
        "The names tell inputs and outputs apart, in AWS's console as in later steps. AWS does not say that it refuses "
        "the job, but nothing can tell the two apart.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingInputs:
      - InputName: raw
        AppManaged: true
        S3Input: {S3Uri: "s3://example-bucket/a/", S3DataType: S3Prefix}
      - InputName: raw  # <-
        AppManaged: true
        S3Input: {S3Uri: "s3://example-bucket/b/", S3DataType: S3Prefix}
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  inputs: {raw: "s3://example-bucket/a/"}
  outputs: {raw: }
""",
        f"{_API}CreateProcessingJob.html",
        "inferred",
    ),
    Rule(
        "SM408",
        "disk-over-local-storage",
        "warning",
        "A larger disk is wanted than the machine has of its own.",
        "Machines with a disk of their own get no other one in processing jobs, so AWS cannot give more than that. "
        "Take a larger machine, or one without a disk of its own.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  instance_type: ml.g4dn.xlarge
  volume_size: 500  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  instance_type: ml.g4dn.xlarge
  volume_size: 125
""",
        f"{_API}ProcessingClusterConfig.html ; https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html",
        "data",
    ),
    Rule(
        "SM409",
        "processing-too-long",
        "error",
        "A processing job may run for longer than AWS lets any run.",
        "AWS refuses the job when it is created: nine days are the most. Split the data over several jobs, or over "
        "more machines.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  max_runtime: 10d  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  max_runtime: 9d
""",
        f"{_API}ProcessingStoppingCondition.html",
        "model",
    ),
    Rule(
        "SM410",
        "input-without-mode",
        "warning",
        "An input that SageMaker copies does not say how.",
        "The `inputs:` of a step say it by themselves (`mode: File`); in `request:` it is yours to write. AWS's "
        "reference calls the member optional, its service does not.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingInputs:
      - InputName: raw
        S3Input:
          S3Uri: s3://example-bucket/raw/  # <-
          S3DataType: S3Prefix
          LocalPath: /opt/ml/processing/raw
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  request:
    ProcessingInputs:
      - InputName: raw
        S3Input:
          S3Uri: s3://example-bucket/raw/
          S3DataType: S3Prefix
          S3InputMode: File
          LocalPath: /opt/ml/processing/raw
""",
        f"{_API}ProcessingS3Input.html",
        "inferred",
    ),
    Rule(
        "SM411",
        "inputs-to-one-folder",
        "error",
        "Two inputs of a processing job go to the same folder of the container.",
        "AWS refuses the job, with a message that says nothing at all. Give each input a `path:` of its own, or leave "
        "it out.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  inputs:
    old: {uri: "s3://example-bucket/2025/", path: /opt/ml/processing/raw}
    new: {uri: "s3://example-bucket/2026/", path: /opt/ml/processing/raw/}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  inputs:
    old: {uri: "s3://example-bucket/2025/", path: /opt/ml/processing/raw/old}
    new: {uri: "s3://example-bucket/2026/", path: /opt/ml/processing/raw/new}
""",
        "https://github.com/aws/sagemaker-python-sdk/issues/4939",
        "run",
    ),
    Rule(
        "SM412",
        "output-elsewhere",
        "warning",
        "The folder of an output does not lie below /opt/ml/processing in the container.",
        "All that AWS documents lies there; whether it refuses other folders could not be confirmed. Leave `path:` out "
        "and write to the default, or choose a folder there.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  outputs:
    rows: {path: /opt/ml/output/rows}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  outputs:
    rows: {path: /opt/ml/processing/output/rows}
""",
        f"{_API}ProcessingS3Output.html",
        "inferred",
    ),
    Rule(
        "AF17",
        "results-not-read",
        "error",
        "A result is to be read back from an output that is not there, or from a job that is not waited for.",
        "Results are files of the job's outputs, read when it has ended: name one of `outputs:`, and let the step "
        "wait. Otherwise the task fails after the job, or reads nothing.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  outputs: {report: }
  results: {numbers: {output: reports, file: numbers.json}}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  outputs: {report: }
  results: {numbers: {output: report, file: numbers.json}}
""",
        "airflow/providers/amazon/aws/operators/sagemaker.py SageMakerProcessingOperator (provider 9.39.0)",
        "code",
    ),
)

LEFT_OUT: dict[str, str] = {}
