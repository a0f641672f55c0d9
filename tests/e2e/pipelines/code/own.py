"""Functions between the steps."""

import json


def make_pipeline(connection, region):
    """A SageMaker Pipeline that holds nothing but a comparison, and one that would train."""
    from mlpipelines.runtime.hook import JobHook

    compare = {
        "Name": "Compare",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "LessThanOrEqualTo", "LeftValue": {"Get": "Parameters.Rows"}, "RightValue": 100}],
            "IfSteps": [],
            "ElseSteps": [],
        },
    }
    sagemaker = JobHook(aws_conn_id=connection, region_name=region)
    for name, steps in {
        "comparing": [compare],
        "training": [{"Name": "Fit", "Type": "Training", "Arguments": {}}],
    }.items():
        definition = {
            "Version": "2020-12-01",
            "Parameters": [{"Name": "Rows", "Type": "Integer", "DefaultValue": 10}],
            "Steps": steps,
        }
        sagemaker.call(
            "CreatePipeline",
            PipelineName=name,
            PipelineDefinition=json.dumps(definition),
            ClientRequestToken=f"{name}-{'0' * 32}",
            RoleArn=sagemaker.role_arn("mlpipelines-local"),
        )
    return {"comparing": "comparing", "training": "training"}


def ask(endpoint, flower, region):
    """The endpoint's answer for one flower."""
    import boto3

    answer = boto3.client("sagemaker-runtime", region_name=region).invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Body=flower
    )
    return {"species": int(float(json.loads(answer["Body"].read())["predictions"][0]["predicted_label"]))}


def plan(train, role):
    """A whole request for a training job."""
    return {
        "request": {
            "AlgorithmSpecification": {
                "TrainingImage": "404615174143.dkr.ecr.us-east-2.amazonaws.com/knn:1",
                "TrainingInputMode": "File",
            },
            "RoleArn": role,
            "HyperParameters": {"predictor_type": "classifier", "feature_dim": "4", "k": "3", "sample_size": "100"},
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "ContentType": "text/csv",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": train}},
                }
            ],
            "OutputDataConfig": {"S3OutputPath": train.rsplit("/", 1)[0]},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }
    }
