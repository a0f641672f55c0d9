"""SageMaker requests answered: jobs by the engine, everything else by moto, all of it checked as AWS checks it."""

from __future__ import annotations

import copy
import json
import logging
from typing import Any, ClassVar

from mlpipelines.local.api.actions import json_text
from mlpipelines.local.api.endpoint_actions import EndpointActions
from mlpipelines.local.api.experiments_actions import ExperimentActions
from mlpipelines.local.api.journal import Journal
from mlpipelines.local.api.models_actions import ModelActions
from mlpipelines.local.api.notebooks_actions import NotebookActions
from mlpipelines.local.api.pipelines_actions import PipelineActions
from mlpipelines.local.api.processing_actions import ProcessingActions
from mlpipelines.local.api.registry_actions import RegistryActions
from mlpipelines.local.api.tags_actions import TagActions
from mlpipelines.local.api.tuning_actions import TuningActions
from mlpipelines.local.api.validation import check_request
from mlpipelines.local.faults import NOT_SIMULATED, ApiError, InvalidRequest
from mlpipelines.local.records.automl import AutoMLActions

Answer = tuple[int, dict[str, str], str | bytes]
JSON_1_1 = "application/x-amz-json-1.1"
log = logging.getLogger("mlpipelines.local")

#: Actions that moto only writes down: the resource is in its final state at once, and nothing runs behind it.
RECORDED = ("CreateCluster", "CreateDomain")
#: Jobs whose result would matter to the next step, and for which moto would only claim one.
REFUSED = ("CreateCompilationJob",)


class LocalSageMakerResponse(
    EndpointActions,
    ProcessingActions,
    TuningActions,
    ModelActions,
    RegistryActions,
    ExperimentActions,
    PipelineActions,
    NotebookActions,
    AutoMLActions,
    TagActions,
):
    """Answers one request. `engine` is set on a subclass for each server."""

    journal: ClassVar[Journal | None] = None

    def _dispatch(self, request: Any, full_url: str | None = None, headers: Any = None) -> Answer:
        action = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        asked: dict[str, Any] = {}
        try:
            self.request = _body(request.data)
            asked = copy.deepcopy(self.request) if self.journal else {}
            check_request(action, self.request)
            self.setup_class(request, full_url, headers)
            self._check_action(action)
            if action in RECORDED:
                log.info("simulated: %s is recorded, nothing runs", action)
            status, answer_headers, body = self.call_action()
            if self.journal and status < 300:
                self.journal.record(action, asked)
            return status, {"Content-Type": JSON_1_1, **answer_headers}, body
        except ApiError as error:
            if self.journal and NOT_SIMULATED in str(error):
                self.journal.record(action, asked, refused=str(error))
            return _refusal(error.code, str(error))
        except NotImplementedError:
            message = f"The local SageMaker does not know the action {action}."
            if self.journal:
                self.journal.record(action, asked, refused=message)
            return _refusal("ValidationException", message)
        except Exception as error:
            # A defect here or in moto. Not HTTP 500: clients would retry it for ten seconds, and moto's is HTML.
            log.exception("%s", action)
            return _refusal(
                "InternalFailure", f"The local SageMaker failed at {action}: {type(error).__name__}: {error}"
            )

    # Training and transform jobs

    def create_training_job(self) -> Any:
        arn = self._arn("training-job", self.request["TrainingJobName"])
        self.engine.create_training_job(self._scope, self.region, arn, self.request)
        return json_text({"TrainingJobArn": arn})

    def create_transform_job(self) -> Any:
        arn = self._arn("transform-job", self.request["TransformJobName"])
        self.engine.create_transform_job(self._scope, self.region, arn, self.request)
        return json_text({"TransformJobArn": arn})

    def describe_training_job(self) -> Any:
        return self._describe_job("Training")

    def describe_transform_job(self) -> Any:
        return self._describe_job("Transform")

    def stop_training_job(self) -> Any:
        return self._stop_job("Training")

    def stop_transform_job(self) -> Any:
        return self._stop_job("Transform")

    def list_training_jobs(self) -> Any:
        return self._list_jobs("Training", ("SecondaryStatus",))

    def list_transform_jobs(self) -> Any:
        return self._list_jobs("Transform", ("FailureReason",))

    # Helpers

    def _check_action(self, action: str) -> None:
        if action in REFUSED:
            raise InvalidRequest(
                f"{NOT_SIMULATED}: {action}. Locally training, tuning, processing and batch transform jobs run."
            )


def _body(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ApiError("SerializationException", "The request is not a JSON object.")
    return body


def _refusal(code: str, message: str) -> Answer:
    log.info("refused: %s: %s", code, message)
    headers = {"Content-Type": JSON_1_1, "x-amzn-ErrorType": code}
    return 400, headers, json.dumps({"__type": code, "message": message})
