"""What Airflow's own API server shows of a task's links: the UI has no more than that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow.deployment import Deployment, clean_environment

pytestmark = pytest.mark.airflow

PIPELINE = """\
name: scores
steps:
  quality:
    type: evaluate
    predictions: s3://bucket/p/
    labels: s3://bucket/labels.csv
    output: s3://bucket/quality of it
  classes:
    type: evaluate
    predictions: s3://bucket/labels.csv.out
    labels: s3://bucket/labels.csv
    output: s3://bucket/classes
"""
#: Runs the DAG, then asks the API server, without a socket but through all that answers a browser.
SCRIPT = """
import json
from airflow.utils.db import initdb
initdb()
from mlpipelines.loader import register_pipelines
found = {}
register_pipelines(found, %(dag_file)r)
from airflow.dag_processing.bundles.manager import DagBundlesManager
DagBundlesManager().sync_bundles_to_db()
run = found["scores"].test()
from fastapi.testclient import TestClient
from airflow.api_fastapi.app import create_app
with TestClient(create_app(apps="core"), base_url="http://testserver") as client:
    token = client.get("/auth/token").json()["access_token"]
    base = f"/api/v2/dags/scores/dagRuns/{run.run_id}/taskInstances"
    links = {}
    for task in ("quality", "classes"):
        answer = client.get(f"{base}/{task}/links", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        links[task] = answer.json()["extra_links"]
print("RESULT " + json.dumps({"state": str(run.state), "links": links}))
"""


@pytest.fixture
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_ui_links_the_report_and_the_pictures(tmp_path: Path, endpoint: str) -> None:
    import boto3

    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=endpoint, **credentials)
    s3.create_bucket(Bucket="bucket")
    for key, text in {"p/a.out": "0.2\n0.9\n0.4\n", "labels.csv": "0\n1\n1\n", "labels.csv.out": "0\n1\n1\n"}.items():
        s3.put_object(Bucket="bucket", Key=key, Body=text)
    deployment = Deployment(tmp_path)
    deployment.add("scores", PIPELINE)
    environment = clean_environment(tmp_path) | {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW_CONN_AWS-SAGEMAKER": '{"conn_type": "aws"}',
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "MPLCONFIGDIR": str(tmp_path),
    }
    script = SCRIPT % {"dag_file": str(tmp_path / "dags" / "load_pipelines.py")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=240, cwd=tmp_path
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stdout + done.stderr
    result = json.loads(lines[0].removeprefix("RESULT "))
    assert result["state"] == "success", done.stdout
    place = "https://us-east-2.console.aws.amazon.com/s3/object/bucket?region=us-east-2&prefix="
    assert result["links"]["quality"] == {
        "Confusion matrix": f"{place}quality%20of%20it%2Fconfusion_matrix.png",
        "ROC curve": f"{place}quality%20of%20it%2Froc_curve.png",
        "Report": f"{place}quality%20of%20it%2Freport.json",
    }
    assert result["links"]["classes"]["ROC curve"] is None, "classes have no curve, so the link leads nowhere"
