"""Runs every DAG of a DAG file, and prints the links of its tasks as Airflow's API server gives them to a browser.

    python -m tests.airflow.linked_runs FILE DAG...

It asks without a socket: while a job is waited for on the worker, while its task is deferred, and at the end. The DAG
`local` is run as against an endpoint that is not AWS's, the others as against AWS.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from typing import Any

from tests.airflow.stand_in import CREATES, Fault, StandIn, running_stand_in

#: When -> {task: {link: address}}; `states` has the states of the tasks at the end.
Found = dict[str, dict[str, Any]]
ENDS = {"PipelineExecutionStatus": "Succeeded", "EndpointStatus": "InService", "NotebookInstanceStatus": "InService"}


class Runs:
    """Jobs run at the first look at them; those called `fails...` fail, those called `refused...` are none."""

    def __init__(self, client: Any, stand_in: StandIn) -> None:
        self.client, self.stand_in, self.found = client, stand_in, defaultdict[str, dict[str, Any]](dict)
        token = client.get("/auth/token").json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"
        CREATES["CreateNotebookInstance"] = ("NotebookInstanceName", "NotebookInstanceStatus")
        self._usual, stand_in._do, stand_in.end = stand_in._do, self._do, self._end  # type: ignore[method-assign]
        for kind, name, status in (
            ("TrainingJobName", "train-elsewhere", "TrainingJobStatus"),
            ("ModelName", "flowers", "_"),
            ("EndpointConfigName", "flowers", "_"),
            ("PipelineExecutionArn", os.environ["EXECUTION"], "PipelineExecutionStatus"),
            ("PipelineExecutionArn", f"{os.environ['EXECUTION']}-2", "PipelineExecutionStatus"),
        ):
            stand_in.jobs[kind, name] = {kind: name, "_status": status, "_looks": 1}

    def run(self, dag: Any) -> None:
        from airflow.sdk.definitions import dag as sdk

        from mlpipelines.runtime import console

        run_inline, is_aws = sdk._run_inline_trigger, console.is_aws

        def deferred(trigger: Any, ti: Any) -> Any:
            self.note("deferred", dag.dag_id, ti.task_id)
            return run_inline(trigger, ti)

        sdk._run_inline_trigger = deferred
        console.is_aws = lambda endpoint: dag.dag_id != "local" or is_aws(endpoint)
        try:
            dag.test()
        finally:
            sdk._run_inline_trigger, console.is_aws = run_inline, is_aws
        for task in self.get(f"{self._run_of(dag.dag_id)}/taskInstances")["task_instances"]:
            self.note("ended", dag.dag_id, task["task_id"])
            self.found["states"][f"{dag.dag_id}.{task['task_id']}"] = task["state"]

    def note(self, when: str, dag: str, task: str) -> None:
        links = self.get(f"{self._run_of(dag)}/taskInstances/{task}/links")["extra_links"]
        self.found[when].setdefault(f"{dag}.{task}", links)

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v2/dags/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _run_of(self, dag: str) -> str:
        return f"{dag}/dagRuns/{self.get(f'{dag}/dagRuns')['dag_runs'][0]['dag_run_id']}"

    def _do(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        if action.startswith("Create") and request.get("TrainingJobName", "").startswith("refused"):
            raise Fault("ValidationException", 400, "AWS refuses this.")
        return self._usual(action, request)

    def _end(self, job: dict[str, Any], look: int) -> dict[str, Any]:
        name = job.get("TrainingJobName", "")
        if "EndpointName" in job:
            job["EndpointConfigName"] = "flowers"
        if job["_status"] == "_":
            return {"status": ""}
        if name.startswith("waits") and look == 2:
            self.note("waiting", "jobs", "waits")
        if look < 2:
            return {"status": "Pending" if "NotebookInstanceName" in job else "InProgress"}
        return {"status": "Failed" if name.startswith("fails") else ENDS.get(job["_status"], "Completed")}


def main(dag_file: str, *names: str) -> None:
    from airflow.utils.db import initdb

    initdb()
    from airflow.api_fastapi.app import create_app
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from fastapi.testclient import TestClient

    from mlpipelines.loader import register_pipelines

    dags: dict[str, Any] = {}
    register_pipelines(dags, dag_file)
    DagBundlesManager().sync_bundles_to_db()
    with running_stand_in() as stand_in:
        os.environ["AWS_ENDPOINT_URL_SAGEMAKER"] = stand_in.url
        with TestClient(create_app(apps="core"), base_url="http://testserver") as client:
            runs = Runs(client, stand_in)
            for name in names:
                runs.run(dags[name])
    print("RESULT " + json.dumps(runs.found))


if __name__ == "__main__":
    main(*sys.argv[1:])
