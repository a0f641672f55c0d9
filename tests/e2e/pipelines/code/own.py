"""Functions between the steps."""

import json


def make_pipeline(connection, region):
    """SageMaker Pipelines: one compares, one goes on comparing for a while, one would train."""
    from mlpipelines.runtime.hook import JobHook

    sagemaker = JobHook(aws_conn_id=connection, region_name=region)
    fit = {"Name": "Fit", "Type": "Training", "Arguments": {}}
    many = [comparison(number) for number in range(100)]
    for name, steps in {"comparing": many[:1], "long": many, "training": [fit]}.items():
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
    return {"comparing": "comparing", "long": "long", "training": "training"}


def comparison(number):
    condition = {"Type": "LessThanOrEqualTo", "LeftValue": {"Get": "Parameters.Rows"}, "RightValue": 100}
    arguments = {"Conditions": [condition], "IfSteps": [], "ElseSteps": []}
    return {"Name": f"Compare{number}", "Type": "Condition", "Arguments": arguments}


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
