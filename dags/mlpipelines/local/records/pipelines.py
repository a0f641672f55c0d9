"""SageMaker pipelines: what was asked for, found by name or ARN."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.api.listing import page
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.records.pipeline_definition import read_definition
from mlpipelines.local.records.pipeline_progress import RUN, status_of
from mlpipelines.local.records.records import Record, Records

Request = Mapping[str, Any]
PIPELINE = "pipeline"


class Pipelines:
    """`arn` arguments are the ARNs that new things get; requests come with their definition as text."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def create(self, scope: str, arn: str, request: Request) -> None:
        name = request["PipelineName"]
        with self._records.lock:
            old = self._records.get(PIPELINE, scope, name)
            if old and old["ClientRequestToken"] == request["ClientRequestToken"]:
                return
            if old:
                raise InvalidRequest(
                    "Pipeline names must be unique within an AWS account and region. Pipeline with name "
                    f"({name}) already exists."
                )
            read_definition(request["PipelineDefinition"])
            now = time.time()
            state = {"PipelineArn": arn, "PipelineStatus": "Active", "CreationTime": now, "LastModifiedTime": now}
            self._records.put(PIPELINE, scope, name, {"PipelineDisplayName": name, **request, **state})

    def update(self, scope: str, prefix: str, request: Request) -> str:
        with self._records.lock:
            pipeline = self.pipeline(scope, prefix, request["PipelineName"])
            if "PipelineDefinition" in request:
                read_definition(request["PipelineDefinition"])
            name = pipeline["PipelineName"]
            changed = {**pipeline, **request, "PipelineName": name, "LastModifiedTime": time.time()}
            self._records.put(PIPELINE, scope, name, changed)
        return str(pipeline["PipelineArn"])

    def delete(self, scope: str, prefix: str, name: str) -> str:
        with self._records.lock:
            pipeline = self.pipeline(scope, prefix, name)
            arn = str(pipeline["PipelineArn"])
            runs = [run for run in self._records.all(RUN, scope) if run["PipelineArn"] == arn]
            if any(status_of(run) in ("Executing", "Stopping") for run in runs):
                raise ApiError("ConflictException", f"Pipeline '{arn}' has a running execution; stop it first.")
            for run in runs:
                self._records.remove(RUN, scope, run["PipelineExecutionArn"])
            self._records.remove(PIPELINE, scope, pipeline["PipelineName"])
        return arn

    def pipeline(self, scope: str, prefix: str, name: str) -> Record:
        """By name or ARN."""
        own = name.rpartition("/")[2]
        records = self._records.all(PIPELINE, scope)
        found = next((record for record in records if record["PipelineName"].lower() == own.lower()), None)
        if found is None:
            raise ApiError("ResourceNotFound", f"Pipeline '{prefix}:pipeline/{own.lower()}' does not exist.")
        return found

    def describe(self, scope: str, prefix: str, name: str) -> Record:
        pipeline = self.pipeline(scope, prefix, name)
        return {key: value for key, value in pipeline.items() if key not in ("Tags", "ClientRequestToken")}

    def summaries(self, scope: str, request: Request) -> dict[str, Any]:
        rows = [
            {**row, "LastExecutionTime": row["LastRunTime"]} if "LastRunTime" in row else row
            for row in self._records.all(PIPELINE, scope)
            if row["PipelineName"].startswith(request.get("PipelineNamePrefix", ""))
        ]
        shown = """PipelineArn PipelineName PipelineDisplayName PipelineDescription RoleArn CreationTime
            LastModifiedTime LastExecutionTime""".split()
        asked = with_times(request)
        return page(rows, asked, name="PipelineName", answer="PipelineSummaries", shown=shown, order="Descending")


def with_times(request: Request) -> dict[str, Any]:
    """CreatedAfter and CreatedBefore under the names that most other List actions have."""
    renamed = {"CreatedAfter": "CreationTimeAfter", "CreatedBefore": "CreationTimeBefore"}
    return {renamed.get(member, member): value for member, value in request.items()}
