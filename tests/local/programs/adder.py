"""A container that adds: a CSV row -> its sum (rows with `skip` have no answer), a JSON list -> {"sum": ...}.

With TOGETHER=n it answers only when n requests are there at the same time.
"""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

together = threading.Barrier(int(os.environ.get("TOGETHER", "1")))


def answer(line: str, kind: str) -> str:
    if kind == "text/csv":
        return "" if "skip" in line else f"{sum(int(value) for value in line.split(','))}\n"
    return json.dumps({"sum": sum(json.loads(line))}) + "\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if self.path == "/execution-parameters":
            self.wfile.write(os.environ.get("PARAMETERS", "{}").encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        together.wait(20)
        text = "".join(answer(line, self.headers["Content-Type"]) for line in body.splitlines())
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None: ...


ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
