"""What the tests of runtime/ share: a bucket, a web server with routes, and a short way to call prepare."""

from __future__ import annotations

import gzip
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IRIS = [
    *(f"{5 + n / 10:.1f},3.{n % 10},1.4,0.2,Iris-setosa" for n in range(10)),
    *(f"{6 + n / 10:.1f},2.{n % 10},4.{n % 10},1.3,Iris-versicolor" for n in range(10)),
    *(f"{7 + n / 10:.1f},3.{n % 10},6.0,2.{n % 10},Iris-virginica" for n in range(10)),
]
COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
CLASSES = {"Iris-virginica": 0, "Iris-versicolor": 1, "Iris-setosa": 2}
LIMITS: dict[str, Any] = {"timeout": 60.0, "max_size": 10_000_000, "attempts": 4}
HALVES = {"train": 0.5, "test": 0.5}


@dataclass
class Bucket:
    name: str
    client: Any

    @classmethod
    def create(cls) -> Bucket:
        import boto3

        made = cls(f"bucket-{uuid.uuid4().hex[:12]}", boto3.client("s3"))
        made.client.create_bucket(Bucket=made.name)
        return made

    def uri(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    def put(self, key: str, body: bytes | str) -> str:
        self.client.put_object(Bucket=self.name, Key=key, Body=body)
        return self.uri(key)

    def get(self, uri: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        text: str = self.client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        return text

    def lines(self, uri: str) -> list[str]:
        return self.get(uri).splitlines()

    def listing(self) -> list[str]:
        return [entry["Key"] for entry in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def encryption(self, key: str) -> tuple[str | None, str | None]:
        head = self.client.head_object(Bucket=self.name, Key=key)
        return head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")

    def remove(self) -> None:
        for key in self.listing():
            self.client.delete_object(Bucket=self.name, Key=key)
        self.client.delete_bucket(Bucket=self.name)


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """Routes are functions of the request handler; `requests` are the paths that were asked for."""

    port: int
    routes: dict[str, Answer] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def route(self, path: str, answer: Answer) -> str:
        self.routes[path] = answer
        return self.url(path)

    def serve(self, path: str, body: bytes | str, status: int = 200, **headers: str) -> str:
        return self.route(path, _answer(body.encode() if isinstance(body, str) else body, status, headers))

    def serve_in_turn(self, path: str, *answers: Answer) -> str:
        """A different answer at each request; the last one from then on."""
        left = list(answers)
        return self.route(path, lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler))


def answer(body: bytes | str, status: int = 200, **headers: str) -> Answer:
    return _answer(body.encode() if isinstance(body, str) else body, status, headers)


def cut_off(body: bytes, promised: int) -> Answer:
    """A body shorter than its Content-Length says."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(promised))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return send


def _answer(body: bytes, status: int, headers: dict[str, str]) -> Answer:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


@contextmanager
def running_web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.requests.append(self.path)
            try:
                web.routes.get(self.path, _answer(b"no such file", 404, {}))(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web = Web(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def prepared(bucket: Bucket, data: bytes | str, **settings: Any) -> dict[str, Any]:
    """Prepare the given file, with a plain split of labelled CSV unless the settings say otherwise."""
    from mlpipelines.runtime.prepare import prepare

    name = settings.pop("name", "data.csv")
    dataset = bucket.put(f"in/{name}", data)
    places: dict[str, Any] = {"dataset": dataset, "output": bucket.uri("out")}
    return prepare(**{**places, **LIMITS, "split": HALVES, "target": "y"} | settings)


def text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def packed(data: str) -> bytes:
    return gzip.compress(data.encode(), mtime=0)
