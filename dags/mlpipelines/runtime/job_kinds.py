"""The kinds of SageMaker jobs: what AWS calls their actions, their members and their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["running", "stopping", "done", "failed", "stopped"]


@dataclass(frozen=True)
class JobKind:
    """`key` is the member that names the job, in the create request as in the others; `limit` the longest name."""

    result: str
    noun: str
    create: str
    describe: str
    stop: str | None
    key: str
    status: str
    limit: int = 63
    done: frozenset[str] = frozenset({"Completed"})
    failed: frozenset[str] = frozenset({"Failed"})
    stopped: frozenset[str] = frozenset({"Stopped", "Deleting"})
    stopping: frozenset[str] = frozenset({"Stopping"})

    @property
    def resource(self) -> str:
        """AWS's word for what is described."""
        return self.describe.removeprefix("Describe")

    def state(self, description: Mapping[str, Any]) -> State:
        """What AWS says of the job; whatever is not an end is `running`."""
        status = description.get(self.status)
        for state, names in (("done", self.done), ("failed", self.failed), ("stopped", self.stopped)):
            if status in names:
                return state  # type: ignore[return-value]
        return "stopping" if status in self.stopping else "running"

    def reason(self, description: Mapping[str, Any]) -> str:
        """AWS's words for the state, which may be missing."""
        limit = description.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        if description.get("SecondaryStatus") == "MaxRuntimeExceeded":
            return f"it ran longer than its max_runtime of {limit} s"
        if description.get("SecondaryStatus") == "MaxWaitTimeExceeded":
            return "it waited longer for spot capacity than its MaxWaitTimeInSeconds"
        return str(description.get("FailureReason") or description.get("ExitMessage") or "")


def _job(noun: str, middle: str, result: str, key: str | None = None, **more: Any) -> JobKind:
    name = key or f"{middle}Name"
    status = more.pop("status", f"{middle}Status")
    return JobKind(
        result, noun, f"Create{middle}", f"Describe{middle}", f"Stop{middle}", key=name, status=status, **more
    )


TRAINING = _job("training job", "TrainingJob", "Training")
TRANSFORM = _job("transform job", "TransformJob", "Transform")
PROCESSING = _job("processing job", "ProcessingJob", "Processing")
TUNING = _job("tuning job", "HyperParameterTuningJob", "Tuning", limit=32)
AUTOML = _job("AutoML job", "AutoMLJob", "AutoML", limit=32)

#: An execution has no name of its own: AWS gives it an ARN.
PIPELINE = JobKind(
    "Pipeline",
    "pipeline execution",
    "StartPipelineExecution",
    "DescribePipelineExecution",
    "StopPipelineExecution",
    key="PipelineExecutionArn",
    status="PipelineExecutionStatus",
    done=frozenset({"Succeeded"}),
)

#: AWS has no action that stops an endpoint while it is made or changed.
ENDPOINT = JobKind(
    "Endpoint",
    "endpoint",
    "CreateEndpoint",
    "DescribeEndpoint",
    None,
    key="EndpointName",
    status="EndpointStatus",
    done=frozenset({"InService"}),
    failed=frozenset({"Failed", "OutOfService", "UpdateRollbackFailed"}),
)

KINDS = {kind.result: kind for kind in (TRAINING, TRANSFORM, PROCESSING, TUNING, AUTOML, PIPELINE, ENDPOINT)}
