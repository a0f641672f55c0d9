"""The JSON files that a processing job writes, read back as results."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runtime.support import Bucket

pytestmark = pytest.mark.airflow


def read(bucket: Bucket, output: str = "report") -> Any:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from mlpipelines.runtime.output_files import read_output_files

    place = {"S3Uri": bucket.uri("out/"), "LocalPath": "/opt/ml/processing/output/report"}
    job = {"ProcessingOutputConfig": {"Outputs": [{"OutputName": "report", "S3Output": place}]}}
    return read_output_files(S3Hook(), job, {"numbers": {"output": output, "file": "n.json"}})


def test_results_are_read(bucket: Bucket) -> None:
    bucket.put("out/n.json", '{"rows": 3}')
    assert read(bucket) == {"numbers": {"rows": 3}}


def test_a_file_that_the_job_has_not_written_is_told_with_its_place_in_the_container(bucket: Bucket) -> None:
    message = (
        r"^Result numbers: the job has not written s3://.*/out/n.json; let it write the file /opt/ml/.*/report/n.json$"
    )
    with pytest.raises(Exception, match=message):
        read(bucket)


def test_what_is_no_json_and_outputs_that_are_not_there_are_told(bucket: Bucket) -> None:
    bucket.put("out/n.json", "{")
    with pytest.raises(Exception, match=r"n\.json is no JSON"):
        read(bucket)
    with pytest.raises(Exception, match=r"no output 'other' in S3 \(it has: report\)"):
        read(bucket, "other")
