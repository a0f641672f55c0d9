"""SageMaker pipelines and their executions: what was asked for, and how far each execution is by now.

How an execution goes is known when it starts (`course_of`); for some time it is shown as going on, so that it can be
observed and stopped.
"""

from __future__ import annotations

import random
import string
import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.listing import page
from mlpipelines.local.pipeline_definition import read_definition
from mlpipelines.local.pipeline_expressions import typed_parameter
from mlpipelines.local.pipeline_run import course_of
from mlpipelines.local.records import Record, Records

Request = Mapping[str, Any]
PIPELINE, RUN = "pipeline", "pipeline execution"
#: Seconds that a step takes (AWS: about one), that an execution takes at least, and that it takes to stop one.
STEP, SHORTEST, STOPPING = 0.4, 0.8, 0.4


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
            if any(_status(run) in ("Executing", "Stopping") for run in runs):
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
        asked = _with_times(request)
        return page(rows, asked, name="PipelineName", answer="PipelineSummaries", shown=shown, order="Descending")

    # Executions

    def start(self, scope: str, prefix: str, request: Request) -> str:
        """The ARN of the new execution; of the old one for a token that has started one."""
        if request.get("SelectiveExecutionConfig"):
            raise InvalidRequest("Not simulated by the local SageMaker: SelectiveExecutionConfig.")
        with self._records.lock:
            pipeline = self.pipeline(scope, prefix, request["PipelineName"])
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
            status = _status(run)
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

    def describe_execution(self, scope: str, arn: str) -> Record:
        run = self.execution(scope, arn)
        shown = """PipelineArn PipelineExecutionArn PipelineExecutionDisplayName PipelineExecutionDescription
            ParallelismConfiguration CreationTime""".split()
        status = _status(run)
        reason = {"FailureReason": run["Reason"]} if status == "Failed" else {}
        changed = {"PipelineExecutionStatus": status, "LastModifiedTime": _changed(run), **reason}
        return {**{member: run[member] for member in shown if member in run}, **changed}

    def update_execution(self, scope: str, request: Request) -> None:
        with self._records.lock:
            run = self.execution(scope, request["PipelineExecutionArn"])
            self._records.put(RUN, scope, run["PipelineExecutionArn"], {**run, **request})

    def list_executions(self, scope: str, prefix: str, request: Request) -> dict[str, Any]:
        arn = self.pipeline(scope, prefix, request["PipelineName"])["PipelineArn"]
        rows = [
            {**self.describe_execution(scope, run["PipelineExecutionArn"]), "StartTime": run["CreationTime"]}
            for run in self._records.all(RUN, scope)
            if run["PipelineArn"] == arn
        ]
        rows = [{**row, "PipelineExecutionFailureReason": row.get("FailureReason")} for row in rows]
        rows = [{member: value for member, value in row.items() if value is not None} for row in rows]
        shown = """PipelineExecutionArn StartTime PipelineExecutionStatus PipelineExecutionDescription
            PipelineExecutionDisplayName PipelineExecutionFailureReason""".split()
        answer, name = "PipelineExecutionSummaries", "PipelineExecutionArn"
        return page(rows, _with_times(request), name=name, answer=answer, shown=shown, order="Descending")

    def list_steps(self, scope: str, request: Request) -> dict[str, Any]:
        run = self.execution(scope, request["PipelineExecutionArn"])
        rows = _steps(run)
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


def _status(run: Record) -> str:
    now = time.time()
    if "Stopped" in run:
        return "Stopping" if now < run["Stopped"] + STOPPING else "Stopped"
    if now < run["Until"]:
        return "Executing"
    return "Failed" if run["Reason"] else "Succeeded"


def _changed(run: Record) -> float:
    """When its status changed last."""
    ended = run["Stopped"] + STOPPING if "Stopped" in run else run["Until"]
    return float(max(run["LastModifiedTime"], ended if time.time() >= ended else run.get("Stopped", 0)))


def _steps(run: Record) -> list[Record]:
    """The steps that have begun by now, each in its state; each takes an equal part of the execution."""
    begun = run["CreationTime"]
    share = (run["Until"] - begun) / max(1, len(run["Steps"]))
    now = min(time.time(), run.get("Stopped", float("inf")))
    rows = []
    for number, step in enumerate(run["Steps"]):
        start, end = begun + number * share, begun + (number + 1) * share
        if start > now:
            break
        row = {"StepName": step["StepName"], "AttemptCount": 1, "StartTime": start, "CreationTime": start}
        if end <= now:
            status = "Failed" if "FailureReason" in step else "Succeeded"
            row = {**step, **row, "EndTime": end, "StepStatus": status}
        else:
            row["StepStatus"] = _status(run)
        rows.append(row)
    return rows


def _with_times(request: Request) -> dict[str, Any]:
    """CreatedAfter and CreatedBefore under the names that most other List actions have."""
    renamed = {"CreatedAfter": "CreationTimeAfter", "CreatedBefore": "CreationTimeBefore"}
    return {renamed.get(member, member): value for member, value in request.items()}
