"""A Git repository that a developer pushes to and Airflow reads: bare, behind an HTTP server that asks for a token."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.conftest import ROOT

TOKEN = "push-and-pull"
#: Nobody's own settings of Git, and an author.
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "dev@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def serves_git() -> bool:
    """Whether this machine's Git has the program that answers HTTP; some installations leave it out."""
    if shutil.which("git") is None:
        return False
    programs = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, timeout=20).stdout.strip()
    return Path(programs, "git-http-backend").is_file()


class Repository:
    """The developer's clone, with the folders of a deployment in it; `origin` is bare."""

    def __init__(self, folder: Path) -> None:
        self.origin, self.clone = folder / "origin.git", folder / "clone"
        self.git("init", "--quiet", "--bare", "--initial-branch", "main", str(self.origin), folder=folder)
        self.git("clone", "--quiet", str(self.origin), str(self.clone), folder=folder)
        self.git("checkout", "--quiet", "-b", "main")
        ignored = shutil.ignore_patterns("__pycache__", "local")
        for name in ("dags", "schemas", "templates"):
            shutil.copytree(ROOT / name, self.clone / name, ignore=ignored)

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=folder or self.clone, env={**os.environ, **GIT}, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout.strip()

    def push(self, files: Mapping[str, str | None]) -> str:
        """Commit and push texts by their paths; None removes the file. Returns the commit."""
        for path, text in files.items():
            file = self.clone / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Change {', '.join(files)}")
        return self._push()

    def revert(self) -> str:
        """Take the last commit back by another one."""
        self.git("revert", "--no-edit", "HEAD")
        return self._push()

    def _push(self) -> str:
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")


class GitServer:
    """Serves a folder of bare repositories to whoever has the token, until it is stopped; then from the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/origin.git"

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"folder": self.folder})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Hands every request to `git http-backend`, a CGI program."""

    folder: Path

    def do_GET(self) -> None:
        wanted = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="pipelines"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=self._environment(len(body)), capture_output=True, timeout=60
        )
        self._answer(done.stdout)

    do_POST = do_GET

    def _environment(self, length: int) -> dict[str, str]:
        path, _, query = self.path.partition("?")
        return {
            **os.environ,
            **GIT,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }

    def _answer(self, output: bytes) -> None:
        head, _, body = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served_repository(folder: Path) -> Iterator[tuple[Repository, GitServer]]:
    folder.mkdir()
    repository = Repository(folder)
    server = GitServer(folder)
    try:
        yield repository, server
    finally:
        server.stop()
