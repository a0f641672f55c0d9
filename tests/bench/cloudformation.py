"""A number and a seed -> CloudFormation templates of SageMaker resources: what cfn-lint is measured with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.bench.projects import INSTANCES, REGIONS, TEAMS


def write_templates(folder: Path, count: int, seed: int = 1) -> list[Path]:
    """Templates of four SageMaker resources and about as many lines as a pipeline of four steps; all valid."""
    files = []
    for number, text in enumerate(_texts(count, random.Random(seed))):
        files.append(folder / f"template-{number:04d}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    return files


def _texts(count: int, dice: random.Random) -> Iterator[str]:
    for _ in range(count):
        team, region = dice.choice(TEAMS), dice.choice(REGIONS)
        yield f"""\
AWSTemplateFormatVersion: "2010-09-09"
Description: Serve {team} for {region}, version {dice.randint(1, 40)}.
Parameters:
  Bucket: {{Type: String, Default: {team}-{region}}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: sagemaker.amazonaws.com}}
            Action: sts:AssumeRole
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: !GetAtt Role.Arn
      PrimaryContainer:
        Image: 257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost:1.7-1
        ModelDataUrl: !Sub "s3://${{Bucket}}/{team}/model.tar.gz"
        Environment: {{STAGE: {dice.choice(("test", "live"))}, LOG_LEVEL: INFO}}
      Tags:
        - {{Key: team, Value: {team}}}
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - VariantName: main
          ModelName: !GetAtt Model.ModelName
          InstanceType: {dice.choice(INSTANCES)}
          InitialInstanceCount: {dice.randint(1, 3)}
          InitialVariantWeight: 1
      DataCaptureConfig:
        EnableCapture: true
        InitialSamplingPercentage: {dice.randint(1, 100)}
        DestinationS3Uri: !Sub "s3://${{Bucket}}/{team}/capture"
        CaptureOptions: [{{CaptureMode: Input}}, {{CaptureMode: Output}}]
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties:
      EndpointConfigName: !GetAtt Config.EndpointConfigName
      Tags:
        - {{Key: team, Value: {team}}}
  Notebook:
    Type: AWS::SageMaker::NotebookInstance
    Properties:
      InstanceType: ml.t3.medium
      RoleArn: !GetAtt Role.Arn
      VolumeSizeInGB: {dice.choice((20, 30, 50))}
"""
