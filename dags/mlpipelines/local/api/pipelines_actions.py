"""The actions on SageMaker pipelines and their executions."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.faults import InvalidRequest


class PipelineActions(Actions):
    """Mixin: pipelines. Locally their inside is Condition and Fail steps."""

    def create_pipeline(self) -> Any:
        arn = self._arn("pipeline", self.request["PipelineName"])
        self.engine.pipelines.create(self._scope, arn, self._with_definition(required=True))
        return json_text({"PipelineArn": arn})

    def update_pipeline(self) -> Any:
        request = self._with_definition(required=False)
        return json_text({"PipelineArn": self.engine.pipelines.update(self._scope, self._arn_prefix, request)})

    def delete_pipeline(self) -> Any:
        arn = self.engine.pipelines.delete(self._scope, self._arn_prefix, self.request["PipelineName"])
        return json_text({"PipelineArn": arn})

    def describe_pipeline(self) -> Any:
        return json_text(self.engine.pipelines.describe(self._scope, self._arn_prefix, self.request["PipelineName"]))

    def list_pipelines(self) -> Any:
        return json_text(self.engine.pipelines.summaries(self._scope, self.request))

    def start_pipeline_execution(self) -> Any:
        arn = self.engine.executions.start(self._scope, self._arn_prefix, self.request)
        return json_text({"PipelineExecutionArn": arn})

    def stop_pipeline_execution(self) -> Any:
        self.engine.executions.stop(self._scope, self._execution)
        return json_text({"PipelineExecutionArn": self._execution})

    def update_pipeline_execution(self) -> Any:
        self.engine.executions.update(self._scope, self.request)
        return json_text({"PipelineExecutionArn": self._execution})

    def describe_pipeline_execution(self) -> Any:
        return json_text(self.engine.executions.describe(self._scope, self._execution))

    def describe_pipeline_definition_for_execution(self) -> Any:
        run = self.engine.executions.execution(self._scope, self._execution)
        return json_text({member: run[member] for member in ("PipelineDefinition", "CreationTime")})

    def list_pipeline_executions(self) -> Any:
        return json_text(self.engine.executions.summaries(self._scope, self._arn_prefix, self.request))

    def list_pipeline_execution_steps(self) -> Any:
        return json_text(self.engine.executions.steps(self._scope, self.request))

    def list_pipeline_parameters_for_execution(self) -> Any:
        return json_text({"PipelineParameters": self.engine.executions.parameters(self._scope, self._execution)})

    @property
    def _execution(self) -> str:
        return str(self.request["PipelineExecutionArn"])

    def _with_definition(self, *, required: bool) -> dict[str, Any]:
        """The request with its definition as text, fetched when it lies in S3."""
        place = self.request.get("PipelineDefinitionS3Location")
        if place and "PipelineDefinition" in self.request:
            raise InvalidRequest("Only one of PipelineDefinition and PipelineDefinitionS3Location can be given.")
        request = {name: value for name, value in self.request.items() if name != "PipelineDefinitionS3Location"}
        if place:
            try:
                stored = self.engine.clients.get("s3", self.region).get_object(
                    Bucket=place["Bucket"], Key=place["ObjectKey"]
                )
            except ClientError as error:
                raise InvalidRequest(f"The pipeline definition cannot be read from S3: {error}") from error
            request["PipelineDefinition"] = stored["Body"].read().decode("utf-8", "replace")
        if required and "PipelineDefinition" not in request:
            raise InvalidRequest("PipelineDefinition or PipelineDefinitionS3Location is required.")
        return request
