"""A container that writes what it was given into its model, and answers requests with what it was sent."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])


def train() -> None:
    config = {path.name: json.loads(path.read_text()) for path in (BASE / "input/config").iterdir()}
    data = BASE / "input/data"
    files = {str(path.relative_to(data)): path.read_text() for path in data.rglob("*") if path.is_file()}
    seen = {"config": config, "files": files, "environment": dict(os.environ), "arguments": sys.argv[1:]}
    (BASE / "model/seen.json").write_text(json.dumps(seen))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8", "replace")
        if "crash" in body:
            os._exit(3)
        status = 400 if "refuse" in body else 200
        answer = f"[{self.headers['Content-Type']}|{self.headers['Accept']}|{os.environ.get('COLOUR')}|{body}]"
        if "SHOW" in os.environ:
            answer += (BASE / "model" / os.environ["SHOW"]).read_text()
        self.send_response(status)
        if os.environ.get("ANSWER_TYPE"):
            self.send_header("Content-Type", os.environ["ANSWER_TYPE"])
        if self.headers["X-Amzn-SageMaker-Custom-Attributes"]:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", self.headers["X-Amzn-SageMaker-Custom-Attributes"])
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None: ...


if sys.argv[1] == "train":
    train()
else:
    print("serving", flush=True)
    HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
