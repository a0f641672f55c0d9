"""Everything that the embedded SageMaker takes from moto's inside, in one place.

moto gives the HTTP server and the wire protocol by its public ThreadedMotoServer. Beyond that four internals are used,
and tests/local/test_moto_hooks.py says which one changed when a new moto breaks them:

1. `moto.sagemaker.responses.SageMakerResponse`: one object answers one request. `setup_class` parses it (`region`,
   `current_account`), `call_action` finds the method named like the action; a method may return a text, the body.
2. `moto.sagemaker.urls.url_paths` and the same of `moto.sagemakerruntime`: which response class a server takes, read
   when its first request comes.
3. `moto.core.responses.BaseResponse`: `get_region_from_url` and `get_current_account` of a request (`headers` and
   `querystring` set), for SageMaker Runtime.
4. `ThreadedMotoServer._server.app`: the WSGI application that the server asks, so that ours can stand before it.
"""

from __future__ import annotations

from typing import Any

import moto.sagemaker.urls
import moto.sagemakerruntime.urls
from moto.core.responses import BaseResponse
from moto.sagemaker.responses import SageMakerResponse
from moto.server import ThreadedMotoServer

__all__ = ["BaseResponse", "SageMakerResponse", "ThreadedMotoServer", "application", "mount", "place_before"]


def mount(response: type[SageMakerResponse], runtime: type[BaseResponse]) -> None:
    """Servers started from now on answer requests to SageMaker and SageMaker Runtime with these."""
    moto.sagemaker.urls.url_paths["{0}/$"] = response.dispatch
    moto.sagemaker.urls.url_paths["{0}/endpoints/(?P<name>[^/]+)/invocations-response-stream$"] = runtime.dispatch
    for path in moto.sagemakerruntime.urls.url_paths:
        moto.sagemakerruntime.urls.url_paths[path] = runtime.dispatch


def application(server: ThreadedMotoServer) -> Any:
    """The WSGI application of a server that has started."""
    wsgi: Any = server._server
    return wsgi.app


def place_before(server: ThreadedMotoServer, front: Any) -> None:
    """Let `front` answer the server's requests from now on."""
    wsgi: Any = server._server
    wsgi.app = front
