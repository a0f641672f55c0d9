"""Texts that mean something to AWS, wherever they stand in a request: what is wrong with them, and what is not."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from mlpipelines.aws.common import MAPS, text_problems
from mlpipelines.aws.common import TEXTS as CHECKS
from mlpipelines.facts.shapes import load_shapes

UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"
FAR = "123456789012.dkr.ecr.us-west-2.amazonaws.com/own:1"
#: (member, text, the rule that it breaks or an empty text)
TEXTS = [
    ("S3Uri", "s3://example-bucket/a/B_c", ""),
    ("S3Uri", "s3://example-bucket", ""),
    ("S3Uri", "s3://123.bucket/x", ""),
    ("S3Uri", "s3://{{ var.value.Bucket }}/x", ""),
    ("S3Uri", "s3://{{ var.value['A/b'] }}/x", ""),
    ("S3Uri", "s3://example-bucket/{{ ds }}/A_b/", ""),
    ("S3Uri", "s3://data-abcdefghijklmnopqrstuvwxyz123456-s3alias/x", ""),
    ("S3Uri", "s3://fast--use2-az1--x-s3/x", ""),
    ("S3Uri", "s3://arn:aws:s3:us-east-2:123456789012:accesspoint/data/x", ""),
    ("S3Uri", f"s3://{'b' * 63}/x", ""),
    ("S3Uri", f"s3://{'b' * 64}/x", "SM701"),
    ("S3Uri", "s3://ab/x", "SM701"),
    ("S3Uri", "s3://My_Bucket/{{ ds }}", "SM701"),
    ("S3Uri", "s3://bucket./x", "SM701"),
    ("S3Uri", "s3://buc..ket/x", "SM701"),
    ("S3Uri", "s3://192.168.5.4/x", "SM701"),
    ("S3Uri", "s3://192.168.5.4.5/x", ""),
    ("S3Uri", "s3://xn--bucket/x", "SM701"),
    ("S3Uri", "s3://amzn-s3-demo-bucket/x", "SM701"),
    ("S3Uri", "s3://my-amzn-s3-demo-bucket/x", ""),
    ("Whatever", "s3://My_Bucket/x", ""),
    ("S3Uri", "https://example-bucket.s3.amazonaws.com/x", "SM702"),
    ("S3Uri", "https://example.com/x", "SM702"),
    ("Whatever", "https://example.com/x", ""),
    ("RoleArn", "arn:aws:iam::123456789012:role/x", ""),
    ("RoleArn", "arn:aws:iam::123456789012:role/service-role/x", ""),
    ("RoleArn", "arn:aws-us-gov:iam::123456789012:role/service-role/x", "SM710"),
    ("KmsKeyId", "arn:aws:kms:us-east-1:123456789012:alias/x", "SM710"),
    ("ImageUri", "knn", "SM707"),
    ("RoleArn", "arn:aws:iam::123456789012:rolex", "SM705"),
    ("RoleArn", "arn:aws:iam::123456789012:user/x", "SM705"),
    ("RoleArn", "{{ var.value.role }}", ""),
    ("RoleArn", "arn:aws:iam::{{ var.value.account }}:role/x", ""),
    ("RoleArn", "x", ""),
    ("KmsKeyId", UUID, ""),
    ("KmsKeyId", UUID.upper(), ""),
    ("KmsKeyId", "mrk-1234abcd12ab34cd56ef1234567890ab", ""),
    ("KmsKeyId", f"arn:aws:kms:us-east-2:123456789012:key/{UUID}", ""),
    ("KmsKeyId", "arn:aws:kms:us-east-2:123456789012:alias/x", ""),
    ("KmsKeyId", "alias/aws/s3", ""),
    ("KmsKeyId", "", ""),
    ("KmsKeyId", "{{ var.value.key }}", ""),
    ("KmsKeyId", "models", "SM706"),
    ("KmsKeyId", f"key/{UUID}", "SM706"),
    ("VolumeKmsKeyId", "arn:aws:kms:us-east-2:123456789012:key/x", "SM706"),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazonaws.com/own", ""),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazonaws.com/a/b__c--d.e:1.0_X", ""),
    ("ImageUri", f"123456789012.dkr.ecr.us-east-2.amazonaws.com/own@sha256:{'0' * 64}", ""),
    ("ImageUri", f"123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1@sha256:{'0' * 64}", ""),
    ("ImageUri", "123456789012.dkr.ecr-fips.us-east-2.amazonaws.com/own:1", ""),
    ("ImageUri", "123456789012.dkr-ecr.us-east-2.on.aws/own:1", ""),
    ("ImageUri", "{{ params.image }}", ""),
    ("ImageUri", "{{ params.account }}.dkr.ecr.us-east-2.amazonaws.com/Own:1", ""),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:{{ params.tag }}", ""),
    ("ImageUri", "registry.example.com/dkr.ecr/own:1", ""),
    ("ImageUri", "own:1", ""),
    ("ImageUri", "12345678901.dkr.ecr.us-east-2.amazonaws.com/own:1", "SM707"),
    ("ImageUri", "123456789012.dkr.ecr.amazonaws.com/own:1", "SM707"),
    ("ImageUri", "123456789012.dkr.ecr.us-east.amazonaws.com/own:1", "SM707"),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazon.com/own:1", "SM707"),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazonaws.com", "SM707"),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazonaws.com/Own:1", "SM707"),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazonaws.com/own:", "SM707"),
    ("ImageUri", "123456789012.dkr.ecr.us-east-2.amazonaws.com/own@sha256:12", "SM707"),
    ("ImageUri", "https://123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1", "SM707"),
    ("Image", FAR, "SM804"),
    ("ImageUri", FAR, "SM806"),
    ("TrainingImage", "404615174143.dkr.ecr.us-east-2.amazonaws.com/knn:1", ""),
    ("TrainingImage", "123456789012.dkr.ecr.us-east-2.amazonaws.com/knn:1", ""),
    ("TrainingImage", "404615174134.dkr.ecr.us-east-2.amazonaws.com/knn:1", "SM802"),
    ("TrainingImage", "404615174144.dkr.ecr.us-east-2.amazonaws.com/knn:1", "SM802"),
    ("TrainingImage", "174872318107.dkr.ecr.us-east-2.amazonaws.com/knn:1", "SM802"),
    ("Image", "763104351884.dkr.ecr.us-east-2.amazonaws.com/pytorch-inference:2.6-cpu-py312", ""),
    ("Image", "763104351884.dkr.ecr.us-east-2.amazonaws.com/something-new:1", ""),
    ("InstanceType", "ml.p3.2xlarge", "SM814"),
    ("InstanceType", "ml.p3dn.24xlarge", ""),
    ("SubnetId", "subnet-1", ""),
    ("SubnetId", "sg-1", "SM708"),
]


@pytest.mark.parametrize(("member", "text", "rule"), TEXTS)
def test_a_text_breaks_the_rule_of_its_member_or_none(member: str, text: str, rule: str) -> None:
    request = {"Deep": [{"In": {"A": {"Request": 1, member: text}}}]}
    found = list(text_problems(request, "us-east-2"))
    assert [problem.rule for problem in found] == ([rule] if rule else [])
    assert all(problem.path == ("Deep", 0, "In", "A", member) for problem in found)


@pytest.mark.parametrize("region", ["", "us-east-1"])
def test_old_names_of_buckets_are_doubtful_where_there_may_be_such(region: str) -> None:
    request = {"S3Uri": "s3://My_Bucket/x", "S3OutputPath": "s3://-My/x", "ModelDataUrl": "s3://My Bucket/x"}
    assert [problem.rule for problem in text_problems(request, region)] == ["SM709", "SM709", "SM701"]


def test_the_region_of_an_image_is_only_wrong_where_that_of_the_step_is_known() -> None:
    assert list(text_problems({"Image": FAR}, "")) == []


@pytest.mark.parametrize(
    ("part", "rules"),
    [
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "1"}]}, []),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, ["SM703"]),
        ({"Tags": [{"Key": "AWS:a", "Value": "1"}, {"Key": "aws-a", "Value": "aws:"}]}, ["SM704"]),
        ({"Tags": [{"Key": "{{ params.a }}"}, {"Key": "{{ params.a }}"}, {}, None, "x"]}, []),
        ({"Subnets": ["subnet-1", "{{ params.subnet }}"], "SecurityGroupIds": ["sg-1"]}, []),
        ({"Subnets": ["sg-1"], "SecurityGroupIds": ["subnet-1", 3]}, ["SM708", "SM708"]),
        ({"Environment": {"Image": "123456789012.dkr.ecr.x/", "RoleArn": "arn:aws:iam::1:role/x"}}, []),
        ({"HyperParameters": {"InstanceType": "ml.p3.2xlarge", "data": "s3://A_B/"}}, []),
        ({"InferenceSpecification": {"Containers": [{"Image": FAR}]}}, ["SM806"]),
    ],
)
def test_parts_are_looked_at_as_a_whole(part: dict[str, Any], rules: list[str]) -> None:
    assert [problem.rule for problem in text_problems(part, "us-east-2")] == rules


def test_every_member_of_a_form_that_is_known_has_its_check() -> None:
    shapes = load_shapes()["shapes"]
    for name, shape in itertools.chain.from_iterable(shape.get("p", {}).items() for shape in shapes.values()):
        if "(https|s3)://" in shapes[shape].get("x", "") or shape in ("RoleArn", "KmsKeyId", "ContainerImage"):
            assert name in CHECKS


def test_the_maps_are_those_of_the_requests() -> None:
    shapes = load_shapes()["shapes"]
    members = itertools.chain.from_iterable(shape.get("p", {}).items() for shape in shapes.values())
    assert {name for name, shape in members if shapes[shape]["t"] == "m"} <= MAPS
