"""Executions of SageMaker pipelines: started with their parameters, stopped, described."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.api.listing import page
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.records.pipeline_definition import read_definition
from mlpipelines.local.records.pipeline_expressions import typed_parameter
from mlpipelines.local.records.pipeline_progress import RUN, SHORTEST, STEP, changed_at, status_of, steps_of
from mlpipelines.local.records.pipeline_run import course_of
from mlpipelines.local.records.pipelines import PIPELINE, Pipelines, with_times
from mlpipelines.local.records.records import Record, Records

Request = Mapping[str, Any]


class Executions:
    def __init__(self, records: Records, pipelines: Pipelines) -> None:
        self._records, self._pipelines = records, pipelines

    def start(self, scope: str, prefix: str, request: Request) -> str:
        """The ARN of the new execution; of the old one for a token that has started one."""
        if request.get("SelectiveExecutionConfig"):
            raise InvalidRequest("Not simulated by the local SageMaker: SelectiveExecutionConfig.")
        with self._records.lock:
            pipeline = self._pipelines.pipeline(scope, prefix, request["PipelineName"])
            for run in self._records.all(RUN, scope):
                same = run["PipelineArn"] == pipeline["PipelineArn"]
                if same and run["ClientRequestToken"] == request["ClientRequestToken"]:
                    return str(run["PipelineExecutionArn"])
            definition = read_definition(pipeline["PipelineDefinition"])
            values = _parameter_values(definition.get("Parameters", []), request.get("PipelineParameters", []))
            now, own = time.time(), "".join(random.choices(string.ascii_lowercase + string.digits, k=12))
            arn = f"{pipeline['PipelineArn']}/execution/{own}"
            course = course_of(definition, _names(pipeline, arn, now, values))
            run = {
                **{member: value for member, value in request.items() if member != "PipelineName"},
                "PipelineArn": pipeline["PipelineArn"],
                "PipelineExecutionArn": arn,
                "PipelineDefinition": pipeline["PipelineDefinition"],
                "CreationTime": now,
                "LastModifiedTime": now,
                "Until": now + max(SHORTEST, STEP * len(course.steps)),
                "Values": values,
                "Steps": course.steps,
                "Reason": course.reason,
            }
            self._records.put(RUN, scope, arn, run)
            self._records.put(PIPELINE, scope, pipeline["PipelineName"], {**pipeline, "LastRunTime": now})
        return arn

    def stop(self, scope: str, arn: str) -> None:
        with self._records.lock:
            run = self.execution(scope, arn)
            status = status_of(run)
            if status != "Executing":
                raise InvalidRequest(
                    f"Pipeline execution with ARN {arn} status {status}. Only pipelines with 'Executing' status can be "
                    "stopped."
                )
            self._records.put(RUN, scope, arn, {**run, "Stopped": time.time()})

    def execution(self, scope: str, arn: str) -> Record:
        found = self._records.get(RUN, scope, arn)
        if found is None:
            raise ApiError("ResourceNotFound", f"Pipeline execution '{arn}' does not exist.")
        return found

    def describe(self, scope: str, arn: str) -> Record:
        run = self.execution(scope, arn)
        shown = """PipelineArn PipelineExecutionArn PipelineExecutionDisplayName PipelineExecutionDescription
            ParallelismConfiguration CreationTime""".split()
        status = status_of(run)
        reason = {"FailureReason": run["Reason"]} if status == "Failed" else {}
        changed = {"PipelineExecutionStatus": status, "LastModifiedTime": changed_at(run), **reason}
        return {**{member: run[member] for member in shown if member in run}, **changed}

    def update(self, scope: str, request: Request) -> None:
        with self._records.lock:
            run = self.execution(scope, request["PipelineExecutionArn"])
            self._records.put(RUN, scope, run["PipelineExecutionArn"], {**run, **request})

    def summaries(self, scope: str, prefix: str, request: Request) -> dict[str, Any]:
        arn = self._pipelines.pipeline(scope, prefix, request["PipelineName"])["PipelineArn"]
        rows = [
            {**self.describe(scope, run["PipelineExecutionArn"]), "StartTime": run["CreationTime"]}
            for run in self._records.all(RUN, scope)
            if run["PipelineArn"] == arn
        ]
        rows = [{**row, "PipelineExecutionFailureReason": row.get("FailureReason")} for row in rows]
        rows = [{member: value for member, value in row.items() if value is not None} for row in rows]
        shown = """PipelineExecutionArn StartTime PipelineExecutionStatus PipelineExecutionDescription
            PipelineExecutionDisplayName PipelineExecutionFailureReason""".split()
        answer, name = "PipelineExecutionSummaries", "PipelineExecutionArn"
        return page(rows, with_times(request), name=name, answer=answer, shown=shown, order="Descending")

    def steps(self, scope: str, request: Request) -> dict[str, Any]:
        run = self.execution(scope, request["PipelineExecutionArn"])
        rows = steps_of(run)
        shown = {member for row in rows for member in row} - {"CreationTime"}
        answer = "PipelineExecutionSteps"
        return page(rows, request, name="StepName", answer=answer, shown=sorted(shown), order="Descending")

    def parameters(self, scope: str, arn: str) -> list[dict[str, str]]:
        values = self.execution(scope, arn)["Values"]
        return [
            {"Name": name, "Value": value if isinstance(value, str) else str(value)} for name, value in values.items()
        ]


def _parameter_values(defined: list[Record], given: list[dict[str, str]]) -> dict[str, Any]:
    texts = {item["Name"]: item["Value"] for item in given}
    known = {parameter["Name"]: parameter for parameter in defined}
    unknown = sorted(texts.keys() - known.keys())
    if unknown:
        raise InvalidRequest(f"Parameters [{', '.join(unknown)}] are not defined in the pipeline definition.")
    missing = [name for name, parameter in known.items() if "DefaultValue" not in parameter and name not in texts]
    if missing:
        raise InvalidRequest(
            f"Parameters [{', '.join(missing)}] do not have a default value in the pipeline definition. They need to "
            "have a value at execution."
        )
    values = {}
    for name, parameter in known.items():
        values[name] = parameter.get("DefaultValue")
        if name in texts:
            try:
                values[name] = typed_parameter(parameter["Type"], texts[name])
            except ValueError:
                raise InvalidRequest(
                    f"Parameter {name!r} is of type {parameter['Type']}, and its value {texts[name]!r} is not."
                ) from None
        choices = parameter.get("EnumValues")
        if choices and values[name] not in choices:
            raise InvalidRequest(f"Parameter {name!r} must be one of {choices}, not {values[name]!r}.")
    return values


def _names(pipeline: Record, arn: str, now: float, values: dict[str, Any]) -> dict[str, Any]:
    """What `Get` can reach in an execution."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    return {
        **{f"Parameters.{name}": value for name, value in values.items()},
        "Execution.PipelineName": pipeline["PipelineName"],
        "Execution.PipelineArn": pipeline["PipelineArn"],
        "Execution.PipelineExecutionArn": arn,
        "Execution.PipelineExecutionId": arn.rpartition("/")[2],
        "Execution.StartDateTime": moment,
        "Execution.CurrentDateTime": moment,
    }
