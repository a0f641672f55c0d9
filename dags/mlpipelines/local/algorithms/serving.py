"""A model behind GET /ping and POST /invocations: content types in, accept formats out, as the real containers do.

A prediction is a mapping such as {"predicted_label": 1.0}. An algorithm gives a function from feature rows to
predictions; this module does the rest.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

from mlpipelines.local.algorithms.contract import ClientError, split_content_type
from mlpipelines.local.algorithms.recordio import CONTENT_TYPE as RECORDIO
from mlpipelines.local.algorithms.recordio import parse_recordio
from mlpipelines.local.algorithms.tables import Array, parse_csv

Prediction = Mapping[str, Any]
Predict = Callable[[Array], Sequence[Prediction]]
#: Gets a text, or bytes where the content type is a binary one.
Read = Callable[[Any], Array]
#: Body, content type, accept -> content type and content of the answer.
Answer = Callable[[bytes, str, str], tuple[str, str | bytes]]
Write = Callable[[Sequence[Prediction]], str]


class Refused(Exception):
    """An HTTP status that is not 200, and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


def read_json(text: str) -> Array:
    """`{"instances": [{"features": [1, 2]}]}`, or with `data: {features: {values: ...}}` in the middle."""
    import numpy as np

    try:
        instances = json.loads(text)["instances"]
        return np.asarray([_features(instance) for instance in instances], dtype=float)
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f'the body must be JSON like {{"instances": [{{"features": [1.5, 2]}}]}} ({error})') from None


def read_jsonlines(text: str) -> Array:
    return read_json(json.dumps({"instances": [json.loads(line) for line in text.splitlines() if line.strip()]}))


def write_json(predictions: Sequence[Prediction], member: str = "predictions") -> str:
    return json.dumps({member: list(predictions)})


def write_jsonlines(predictions: Sequence[Prediction]) -> str:
    return "".join(f"{json.dumps(prediction)}\n" for prediction in predictions)


def write_csv(predictions: Sequence[Prediction]) -> str:
    """A row for each prediction: the label before the score or scores."""
    return "".join(f"{','.join(map(str, _flat(prediction)))}\n" for prediction in predictions)


READERS: dict[str, Read] = {
    "text/csv": parse_csv,
    "application/json": read_json,
    "application/jsonlines": read_jsonlines,
    RECORDIO: lambda content: parse_recordio(content)[0],
}
WRITERS: dict[str, Write] = {
    "application/json": write_json,
    "application/jsonlines": write_jsonlines,
    "text/csv": write_csv,
}


def respond(
    body: bytes,
    content_type: str,
    accept: str,
    predict: Predict,
    readers: Mapping[str, Read] = READERS,
    writers: Mapping[str, Write] = WRITERS,
) -> tuple[str, str]:
    """Content type and text of the answer; the first of `writers` is the default. Raises Refused."""
    kind = split_content_type(content_type)[0]
    if kind not in readers:
        raise Refused(415, f"content type {kind or '(none)'!r} is not supported; there are {', '.join(readers)}")
    wanted = split_content_type(accept.partition(",")[0])[0] or "*/*"
    chosen = next(iter(writers)) if wanted == "*/*" else wanted
    if chosen not in writers:
        raise Refused(406, f"accept {wanted!r} is not supported; there are {', '.join(writers)}")
    try:
        predictions = predict(readers[kind](body if kind == RECORDIO else body.decode("utf-8")))
    except (ClientError, ValueError) as error:
        raise Refused(400, f"unable to evaluate payload provided: {error}") from error
    return chosen, writers[chosen](predictions)


def serve(predict: Predict, readers: Mapping[str, Read] = READERS, writers: Mapping[str, Write] = WRITERS) -> None:
    """Answer requests until SIGTERM."""
    serve_answers(lambda body, given, wanted: respond(body, given, wanted, predict, readers, writers))


def serve_answers(answer: Answer) -> None:
    """The same with a function that reads and writes the bodies itself; it may raise Refused."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer in one piece: two small ones would wait 40 ms for each other on a kept connection.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(200 if self.path == "/ping" else 404, "text/plain", "")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path != "/invocations":
                self._send(404, "text/plain", "")
                return
            given, wanted = self.headers.get("Content-Type", ""), self.headers.get("Accept", "")
            try:
                kind, content = answer(body, given, wanted)
            except Refused as error:
                self._send(error.status, "text/plain", str(error))
            else:
                self._send(200, kind, content)

        def log_message(self, format: str, *args: Any) -> None:
            """A line for each request would drown the job's log."""

        def _send(self, status: int, kind: str, content: str | bytes) -> None:
            content = content.encode() if isinstance(content, str) else content
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def leave(number: int, frame: FrameType | None) -> None:
        sys.stdout.flush()
        os._exit(0)  # not sys.exit: to take scikit-learn down in order needs most of a second

    signal.signal(signal.SIGTERM, leave)
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        server.serve_forever()


def _features(instance: Any) -> Any:
    features = instance["data"]["features"] if "data" in instance else instance["features"]
    if not isinstance(features, dict):
        return features
    if not features.get("keys"):
        return features["values"]
    row = [0.0] * int(features["shape"][-1])
    for key, value in zip(features["keys"], features["values"], strict=True):
        row[key] = value
    return row


def _flat(prediction: Prediction) -> list[Any]:
    ordered = sorted(prediction, key=lambda name: name != "predicted_label")
    values = (prediction[name] for name in ordered)
    return [item for value in values for item in (value if isinstance(value, list) else [value])]
