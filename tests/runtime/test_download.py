"""Downloads from a real server that behaves badly."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.errors import StepError
from mlpipelines.runtime.download import Download, Limits, _redirected, download, shown
from mlpipelines.runtime.storage import Storage
from tests.runtime.support import LIMITS, Web, answer, cut_off

BODY = b"a,y\n1,2\n" * 1000


def fetch(url: str, folder: Path, **limits: Any) -> tuple[Download, list[float]]:
    waits: list[float] = []
    settings: dict[str, Any] = {**LIMITS, "timeout": 5.0, "sleep": waits.append} | limits
    no_storage: Storage = None  # type: ignore[assignment]
    return download(url, folder / "file", Limits(**settings), no_storage), waits


def test_a_file_arrives_whole(web: Web, tmp_path: Path) -> None:
    found, waits = fetch(web.serve("/a", BODY), tmp_path)
    assert (found.path.read_bytes(), found.size, waits) == (BODY, len(BODY), [])


def test_bytes_stay_as_they_are_when_the_server_says_they_are_packed(web: Web, tmp_path: Path) -> None:
    found, _ = fetch(web.serve("/a", b"\x1f\x8bpacked", Content_Encoding="gzip"), tmp_path)
    assert found.path.read_bytes() == b"\x1f\x8bpacked"


@pytest.mark.parametrize(
    ("status", "advice"), [(404, "check that the address"), (403, "permission"), (401, "permission")]
)
def test_some_answers_are_final(web: Web, tmp_path: Path, status: int, advice: str) -> None:
    with pytest.raises(StepError, match=f"{status}.*{advice}"):
        fetch(web.serve("/a", b"", status), tmp_path)
    assert len(web.requests) == 1


def _hang(web: Web, first: bytes = b"") -> Any:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(first)
        web.closing.wait(20)

    return send


def _drip(web: Web) -> Any:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not web.closing.wait(0.02):
            handler.wfile.write(b"x")

    return send


def _drip_headers(web: Web) -> Any:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not web.closing.wait(0.02):
            handler.wfile.write(b"x")

    return send


def _drip_chunk_size(web: Web) -> Any:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not web.closing.wait(0.02):
            handler.wfile.write(b"0")

    return send


BROKEN = {
    "truncated": (lambda web: cut_off(BODY, len(BODY) + 5), "broke off|ended after"),
    "server error": (lambda web: answer(b"", 503), "503"),
    "too many requests": (lambda web: answer(b"", 429), "429"),
    "connection closed": (lambda web: lambda handler: handler.connection.close(), "connection failed or broke off"),
    "hangs before the body": (lambda web: lambda handler: web.closing.wait(20) and None, "no answer within 0.2 s"),
    "hangs in the body": (lambda web: _hang(web, b"abc"), "no answer within 0.2 s"),
    "drips": (_drip, "hangs"),
    "drips before the body": (_drip_headers, "no answer within 0.2 s"),
    "drips instead of a body": (_drip_chunk_size, "hangs"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_may_pass_is_tried_again_and_then_explained(web: Web, tmp_path: Path, case: str) -> None:
    make, message = BROKEN[case]
    waits: list[float] = []
    with pytest.raises(StepError, match=message) as caught:
        fetch(web.route("/a", make(web)), tmp_path, timeout=0.2, attempts=2, sleep=waits.append)
    assert web.url("/a") in str(caught.value)
    assert len(web.requests) == 2
    assert len(waits) == 1


@pytest.mark.parametrize("case", ["truncated", "server error", "connection closed"])
def test_a_later_attempt_may_succeed(web: Web, tmp_path: Path, case: str) -> None:
    broken = BROKEN[case][0](web)
    found, waits = fetch(web.serve_in_turn("/a", broken, broken, answer(BODY)), tmp_path)
    assert found.path.read_bytes() == BODY
    assert [0.5 <= waits[0] <= 1, 1 <= waits[1] <= 2] == [True, True]


@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("100000", 120.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)])
def test_the_server_may_say_when_to_come_back(web: Web, tmp_path: Path, header: str, wait: float) -> None:
    url = web.serve_in_turn("/a", answer(b"", 429, Retry_After=header), answer(BODY))
    assert fetch(url, tmp_path)[1] == [wait]


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="connection failed"):
        fetch("http://127.0.0.1:9/a", tmp_path, attempts=2)


def test_a_file_may_be_too_large_by_its_own_word_or_in_fact(web: Web, tmp_path: Path) -> None:
    def unannounced(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(BODY)
        handler.close_connection = True

    for url in (web.serve("/a", BODY), web.route("/b", unannounced)):
        with pytest.raises(StepError, match="larger than `max_size`"):
            fetch(url, tmp_path, max_size=100)


def test_redirects_are_followed(web: Web, tmp_path: Path) -> None:
    web.serve("/c", BODY)
    web.serve("/b", b"", 307, Location=web.url("/c"))
    assert fetch(web.serve("/a", b"", 302, Location="/b"), tmp_path)[0].size == len(BODY)


def test_a_redirect_loop_ends(web: Web, tmp_path: Path) -> None:
    with pytest.raises(StepError, match="more than 5 redirects"):
        fetch(web.serve("/a", b"", 302, Location="/a"), tmp_path)
    assert len(web.requests) == 6


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://host/a", "s3://bucket/key", "gopher://host"])
def test_redirects_lead_only_to_the_web(web: Web, tmp_path: Path, place: str) -> None:
    with pytest.raises(StepError, match="not http or https"):
        fetch(web.serve("/a", b"", 302, Location=place), tmp_path)


def test_a_protected_address_never_becomes_an_unprotected_one() -> None:
    with pytest.raises(StepError, match="unprotected"):
        _redirected("https://host/a", "https://host/a", "http://host/a")
    assert _redirected("http://host/a", "http://host/a", "https://host/b") == "https://host/b"


def test_messages_show_no_secrets() -> None:
    assert shown("https://user:secret@host/a.csv?X-Amz-Signature=secret#x") == "https://host/a.csv?..."


def test_the_address_in_messages_is_the_one_that_was_asked_for(web: Web, tmp_path: Path) -> None:
    url = web.serve("/a", b"", 302, Location="/gone")
    with pytest.raises(StepError, match=f"{url}.*404"):
        fetch(url, tmp_path)


BAD_ADDRESSES = [
    "http://user:SECRET@/x?sig=SECRET",
    "http://user:SECRET@host:99999/x?sig=SECRET",
    "http://user:SECRET@host:port/x?sig=SECRET",
    "http://user:SECRET@[bad/x?sig=SECRET",
    f"http://user:SECRET@{'a' * 64}.example/x?sig=SECRET",
    "http://user:SECRET@*/x?sig=SECRET",
    "http://user:SECRET@.example/x?sig=SECRET",
    "http://user:SEC/RET@host/x?sig=SECRET",
]


def _shown_to_the_author(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("url", BAD_ADDRESSES)
def test_an_address_that_cannot_be_one_is_refused_without_its_secrets(tmp_path: Path, url: str) -> None:
    with pytest.raises(StepError, match=r"^http://.*no valid address") as caught:
        fetch(url, tmp_path, attempts=1)
    assert "SEC" not in _shown_to_the_author(caught.value)


def _redirect(place: str) -> Callable[[Web], Any]:
    return lambda web: answer(b"", 302, Location=place)


FAILING: dict[str, Callable[[Web], Any]] = {case: make for case, (make, _) in BROKEN.items()} | {
    "not found": lambda web: answer(b"", 404),
    "redirect to a bad address": _redirect("http://u:SECRET@[bad/x?sig=SECRET"),
    "redirect to a bad port": _redirect("http://u:SECRET@host:port/x?sig=SECRET"),
    "redirect to nobody": _redirect("http://u:SECRET@127.0.0.1:9/x?sig=SECRET"),
    "redirect to another scheme": _redirect("ftp://u:SECRET@host/x?sig=SECRET"),
    "redirect to a forbidden place": _redirect("http://u:SECRET@169.254.169.254/x?sig=SECRET"),
    "redirect to a server without TLS": lambda web: answer(
        b"", 302, Location=web.url("/x?sig=SECRET").replace("http://", "https://u:SECRET@")
    ),
}


@pytest.mark.parametrize("case", FAILING)
def test_no_failure_shows_secrets(web: Web, tmp_path: Path, case: str, caplog: pytest.LogCaptureFixture) -> None:
    web.route("/a?sig=SECRET", FAILING[case](web))
    url = web.url("/a?sig=SECRET").replace("http://", "http://user:SECRET@")
    caplog.set_level("INFO", "mlpipelines")
    with pytest.raises(StepError) as caught:
        fetch(url, tmp_path, timeout=0.2, attempts=2)
    assert web.requests
    assert "SECRET" not in _shown_to_the_author(caught.value) + caplog.text
    assert web.url("/a") in str(caught.value)


FORBIDDEN = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "169.254.170.2:80",
    "[fe80::1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[fd00:ec2::254]",
    "metadata.google.internal",
    "Metadata.Google.Internal.",
]


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: Any, *_: Any, **__: Any) -> None:
        raise AssertionError(f"connects to {address}")

    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)


@pytest.mark.parametrize("host", FORBIDDEN)
@pytest.mark.usefixtures("no_connection")
def test_no_dataset_is_read_from_a_metadata_service(tmp_path: Path, host: str) -> None:
    with pytest.raises(StepError, match=r"metadata service.*use the address where the file really is"):
        fetch(f"http://{host}/latest", tmp_path)


@pytest.mark.parametrize("host", FORBIDDEN)
def test_no_redirect_leads_to_a_metadata_service(web: Web, tmp_path: Path, host: str) -> None:
    url = web.serve("/a", b"", 302, Location=f"http://{host}/latest")
    with pytest.raises(StepError, match=r"redirects to http://.*/latest: .* metadata service"):
        fetch(url, tmp_path, timeout=0.5)


def _name_server(monkeypatch: pytest.MonkeyPatch, known: dict[str, list[str]]) -> None:
    """`known` names have these addresses, one after the other at each look-up when there are several."""
    ask = socket.getaddrinfo

    def answer(host: str, *args: Any, **settings: Any) -> Any:
        if host in known and not settings.get("flags"):
            found = known[host]
            host = found.pop(0) if len(found) > 1 else found[0]
        return ask(host, *args, **settings)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.usefixtures("no_connection")
def test_what_counts_is_the_address_behind_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _name_server(monkeypatch, {"data.example": ["169.254.169.254"]})
    with pytest.raises(StepError, match=r"169\.254\.169\.254 is a link-local address"):
        fetch("http://data.example/a", tmp_path)


def test_the_address_that_was_looked_at_is_the_one_that_is_used(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _name_server(monkeypatch, {"data.example": ["127.0.0.1", "169.254.169.254"]})
    hosts: list[str | None] = []

    def send(handler: BaseHTTPRequestHandler) -> None:
        hosts.append(handler.headers["Host"])
        answer(BODY)(handler)

    url = web.route("/a", send).replace("127.0.0.1", "data.example")
    assert fetch(url, tmp_path)[0].size == len(BODY)
    assert hosts == [f"data.example:{web.port}"]


def test_a_proxy_looks_names_up_itself(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", web.url(""))
    monkeypatch.setenv("no_proxy", "")
    web.serve("http://nowhere.invalid/a", BODY)
    assert fetch("http://nowhere.invalid/a", tmp_path)[0].size == len(BODY)
    web.route("http://nowhere.invalid/b", _drip_headers(web))
    with pytest.raises(StepError, match="no answer within"):
        fetch("http://nowhere.invalid/b", tmp_path, timeout=0.2, attempts=1)
    with pytest.raises(StepError, match="metadata service"):
        fetch("http://2852039166/a", tmp_path)
