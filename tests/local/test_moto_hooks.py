"""Pins what the embedded SageMaker takes from moto's inside: when one of these fails, moto has changed."""

from __future__ import annotations

import inspect
import urllib.request
from importlib.metadata import version
from typing import Any

import moto.sagemaker.urls
import moto.sagemakerruntime.urls
from moto.core.responses import BaseResponse
from moto.sagemaker.responses import SageMakerResponse
from moto.server import ThreadedMotoServer

from mlpipelines.local.api.moto_hooks import application, place_before

CHANGED = f"moto {version('moto')} changed an internal that mlpipelines.local.api.moto_hooks uses: "


def test_a_response_object_answers_one_request() -> None:
    why = CHANGED + "SageMakerResponse"
    assert list(inspect.signature(SageMakerResponse._dispatch).parameters)[:4] == [
        "self",
        "request",
        "full_url",
        "headers",
    ], why
    assert list(inspect.signature(SageMakerResponse.setup_class).parameters)[:4] == [
        "self",
        "request",
        "full_url",
        "headers",
    ], why
    assert list(inspect.signature(SageMakerResponse.call_action).parameters) == ["self"], why
    source = inspect.getsource(SageMakerResponse.setup_class)
    for attribute in ("self.region", "self.partition", "self.current_account"):
        assert f"{attribute} =" in source, f"{why}.setup_class no longer sets {attribute}"
    assert "isinstance(response, str)" in inspect.getsource(SageMakerResponse.call_action), f"{why}.call_action"
    assert "raise NotImplementedError" in inspect.getsource(SageMakerResponse.call_action), f"{why}.call_action"


def test_the_urls_of_sagemaker_lead_to_a_response_class() -> None:
    assert next(iter(moto.sagemaker.urls.url_paths)) == "{0}/$", CHANGED + "moto.sagemaker.urls.url_paths"


def test_the_urls_of_sagemaker_runtime_lead_to_a_response_class() -> None:
    paths = [f"{{0}}/endpoints/(?P<name>[^/]+)/{kind}$" for kind in ("async-invocations", "invocations")]
    assert sorted(moto.sagemakerruntime.urls.url_paths) == paths, CHANGED + "moto.sagemakerruntime.urls.url_paths"


def test_a_request_tells_its_region_and_account() -> None:
    assert list(inspect.signature(BaseResponse.get_region_from_url).parameters) == ["self", "request", "full_url"], (
        CHANGED + "BaseResponse.get_region_from_url"
    )
    assert list(inspect.signature(BaseResponse.get_current_account).parameters) == ["self"], (
        CHANGED + "BaseResponse.get_current_account"
    )
    response = BaseResponse(service_name="sagemaker-runtime")
    response.headers = {}
    response.querystring = {}
    assert response.get_current_account() == "123456789012", CHANGED + "BaseResponse.get_current_account"


def test_a_started_server_has_an_application_that_another_one_can_stand_before() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        app = application(server)
        seen = []

        def front(environ: dict[str, Any], start_response: Any) -> Any:
            seen.append(environ["PATH_INFO"])
            assert "werkzeug.socket" in environ
            return app(environ, start_response)

        place_before(server, front)
        host, port = server.get_host_and_port()
        with urllib.request.urlopen(f"http://{host}:{port}/moto-api/config") as answer:
            assert answer.status in (200, 201), f"{CHANGED}ThreadedMotoServer._server.app"
        assert seen == ["/moto-api/config"]
    finally:
        server.stop()


def test_the_server_is_started_and_stopped_as_documented() -> None:
    assert {"ip_address", "port", "verbose"} <= set(inspect.signature(ThreadedMotoServer.__init__).parameters), (
        CHANGED + "ThreadedMotoServer"
    )
    for method in ("start", "stop", "get_host_and_port"):
        assert callable(getattr(ThreadedMotoServer, method, None)), f"{CHANGED}ThreadedMotoServer.{method}"
