"""What every area of the SageMaker API has to answer a request with: the request, the engine, scope and ARNs."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from mlpipelines.local.api.moto_hooks import SageMakerResponse
from mlpipelines.local.engine import Engine


class Actions(SageMakerResponse):
    """Base of the mixins, one for each area (`<area>_actions.py`); one object answers one request."""

    engine: ClassVar[Engine]
    request: dict[str, Any]

    @property
    def _scope(self) -> str:
        return f"{self.current_account}:{self.region}"

    @property
    def _arn_prefix(self) -> str:
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.current_account}"

    def _arn(self, kind: str, name: str) -> str:
        return f"{self._arn_prefix}:{kind}/{name.lower()}"


def json_text(content: dict[str, Any]) -> str:
    """Times are seconds since 1970, as this protocol wants them."""
    return json.dumps(content)
