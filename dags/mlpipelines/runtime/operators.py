"""The amazon provider's SageMaker operators, each with the mixins that add what it lacks.

TypedRequest: the provider casts three of the 26 typed members of a rendered training request, and fewer of others.
"""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerModelOperator,
    SageMakerTrainingOperator,
    SageMakerTransformOperator,
)

from mlpipelines.runtime.casting import cast_request


class TypedRequest:
    """Gives the members of the rendered request the types that AWS wants, before it is sent."""

    action: ClassVar[str]
    config: dict[str, Any]

    def preprocess_config(self) -> None:
        self.config = cast_request(self.action, self.config)
        super().preprocess_config()  # type: ignore[misc]


class TrainingOperator(TypedRequest, SageMakerTrainingOperator):
    """SageMakerTrainingOperator with a typed request."""

    action = "CreateTrainingJob"


class ModelOperator(TypedRequest, SageMakerModelOperator):
    """SageMakerModelOperator with a typed request."""

    action = "CreateModel"


class TransformOperator(TypedRequest, SageMakerTransformOperator):
    """SageMakerTransformOperator with a typed request; its `config` is the plain transform request."""

    action = "CreateTransformJob"
