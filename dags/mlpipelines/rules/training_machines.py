"""What AWS refuses in the machines of training jobs, and in the disks of other jobs' machines too."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
_OWN = """
train:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1
  channels: {train: "s3://example-bucket/train/"}"""
_PREFERRED = f"""{_OWN}
  request:
    ResourceConfig:
      InstanceType: null"""
_PLAN = "arn:aws:sagemaker:us-east-2:123456789012:training-plan/spring"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM112",
        "preferences-with-more",
        "error",
        "Machines are asked for by preference and in another way too.",
        "InstancePreferences stands in place of InstanceType, InstanceGroups and InstancePlacementConfig, and does "
        "not go with spot machines. AWS refuses the job; take the others away with null.",
        f"{_OWN}\n  request:\n    ResourceConfig:\n"
        "      InstancePreferences: [{InstanceType: ml.m5.xlarge}, {InstanceType: ml.m5.2xlarge}]  # <-\n",
        f"{_PREFERRED}\n      InstancePreferences: [{{InstanceType: ml.m5.xlarge}}, {{InstanceType: ml.m5.2xlarge}}]\n",
        f"{_API}ResourceConfig.html",
        "model",
    ),
    Rule(
        "SM113",
        "preferences-without-count",
        "error",
        "Preferred machines are counted twice, or some of them not at all.",
        "Either each preference has an InstanceCount, or the whole job has one (`instance_count`). AWS refuses "
        "anything in between.",
        f"{_PREFERRED}\n      InstanceCount: null\n      InstancePreferences:\n"
        "        - {InstanceType: ml.m5.xlarge, InstanceCount: 2}  # <-\n        - {InstanceType: ml.m5.2xlarge}\n",
        f"{_PREFERRED}\n      InstanceCount: null\n      InstancePreferences:\n"
        "        - {InstanceType: ml.m5.xlarge, InstanceCount: 2}\n"
        "        - {InstanceType: ml.m5.2xlarge, InstanceCount: 1}\n",
        f"{_API}InstancePreference.html",
        "model",
    ),
    Rule(
        "SM114",
        "preferred-twice",
        "error",
        "An instance type is preferred twice.",
        "AWS refuses a list of preferences in which one instance type stands twice.",
        f"{_PREFERRED}\n      InstancePreferences:\n        - {{InstanceType: ml.m5.xlarge}}\n"
        "        - {InstanceType: ml.m5.xlarge}  # <-\n",
        f"{_PREFERRED}\n      InstancePreferences:\n        - {{InstanceType: ml.m5.xlarge}}\n"
        "        - {InstanceType: ml.m5.2xlarge}\n",
        f"{_API}InstancePreference.html",
        "model",
    ),
    Rule(
        "SM115",
        "two-training-plans",
        "error",
        "A training plan is given for a preferred machine and for the whole job.",
        "AWS takes TrainingPlanArns of the preferences or TrainingPlanArn of the job, never both.",
        f"{_PREFERRED}\n      TrainingPlanArn: {_PLAN}\n      InstancePreferences:\n"
        f'        - {{InstanceType: ml.p5.48xlarge, TrainingPlanArns: ["{_PLAN}"]}}  # <-\n'
        "        - {InstanceType: ml.p4d.24xlarge}\n",
        f"{_PREFERRED}\n      InstancePreferences:\n"
        f'        - {{InstanceType: ml.p5.48xlarge, TrainingPlanArns: ["{_PLAN}"]}}\n'
        "        - {InstanceType: ml.p4d.24xlarge}\n",
        f"{_API}InstancePreference.html",
        "model",
    ),
    Rule(
        "SM116",
        "no-disk",
        "error",
        "Machines without disks of their own are given none.",
        "Most families, such as ml.m5 and ml.c5, have no disk: AWS rents one of the size that the job gives, and "
        "refuses a job that gives none. `volume_size` is 30 GB unless it is taken away.",
        f"{_OWN}\n  instance_type: ml.m5.xlarge\n  request: {{ResourceConfig: {{VolumeSizeInGB: 0}}}}  # <-\n",
        f"{_OWN}\n  instance_type: ml.g5.xlarge\n  request: {{ResourceConfig: {{VolumeSizeInGB: 0}}}}\n",
        f"{_API}ResourceConfig.html",
        "model",
    ),
    Rule(
        "SM117",
        "key-for-own-disks",
        "error",
        "A key is given for disks that their own hardware encrypts.",
        "Machines with NVMe disks of their own (families with a d such as ml.m5d, ml.g4dn and ml.p4d, and ml.g5) "
        "take no KMS key: AWS refuses the job. Leave `volume_kms_key` out for them; their disks are encrypted anyway.",
        f"{_OWN}\n  instance_type: ml.g5.xlarge\n  volume_kms_key: 1234abcd-12ab-34cd-56ef-1234567890ab  # <-\n",
        f"{_OWN}\n  instance_type: ml.m5.xlarge\n  volume_kms_key: 1234abcd-12ab-34cd-56ef-1234567890ab\n",
        f"{_API}ResourceConfig.html; the families as in AWS's Python SDK",
        "model",
    ),
    Rule(
        "SM119",
        "selected-by-aws",
        "error",
        "A request says what AWS has selected.",
        "SelectedInstanceType and SelectedInstanceCount are what AWS tells about a running job. CreateTrainingJob "
        "and CreateProcessingJob do not take them; a request that was copied from a description has them.",
        f"{_OWN}\n  request:\n    ResourceConfig:\n      SelectedInstanceType: ml.m5.xlarge  # <-\n",
        f"{_OWN}\n  request:\n    ResourceConfig:\n      InstanceType: ml.m5.xlarge\n",
        f"{_API}ResourceConfig.html",
        "model",
    ),
)
