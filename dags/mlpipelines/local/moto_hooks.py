"""Everything that the embedded SageMaker takes from moto's inside, in one place.

moto gives the HTTP server and the wire protocol by its public ThreadedMotoServer. Beyond that three internals are used,
and tests/local/test_moto_hooks.py says which one changed when a new moto breaks them:

1. `moto.sagemaker.responses.SageMakerResponse`: one object answers one request. `setup_class` parses it (`region`,
   `current_account`), `call_action` finds the method named like the action; a method may return a text, the body.
2. `moto.sagemaker.urls.url_paths`: which response class a server takes, read when its first request comes.
3. `SageMakerResponse.sagemaker_backend`: the records behind endpoints, for the action on them that the Airflow provider
   calls and moto does not have.
"""

from __future__ import annotations

import json
from typing import Any

import moto.sagemaker.urls
from moto.sagemaker.responses import SageMakerResponse
from moto.server import ThreadedMotoServer

__all__ = ["MissingActions", "SageMakerResponse", "ThreadedMotoServer", "mount"]


def mount(response: type[SageMakerResponse]) -> None:
    """Servers started from now on answer SageMaker requests with `response`."""
    moto.sagemaker.urls.url_paths["{0}/$"] = response.dispatch


class MissingActions(SageMakerResponse):
    """Actions that the provider calls and moto lacks; they only record."""

    request: dict[str, Any]

    def update_endpoint(self) -> str:
        backend, name = self.sagemaker_backend, self.request["EndpointName"]
        backend.describe_endpoint_config(self.request["EndpointConfigName"])
        backend.describe_endpoint(name)
        backend.endpoints[name].endpoint_config_name = self.request["EndpointConfigName"]
        return json.dumps({"EndpointArn": backend.endpoints[name].arn})
