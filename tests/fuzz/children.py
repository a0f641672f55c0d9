"""Commands of the package, each in a child process of its own -> what they print, and what time and memory they take.

One server has the package imported and forks for each command: the modules are read once. `python -m
tests.fuzz.children` is that server; it reads a list of arguments in each line and answers with a line of JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
#: What stops a child that has lost itself: seconds of the processor, and bytes.
_MOST_SECONDS, _MOST_MEMORY = 12, 2 * 1024**3


@dataclass(frozen=True)
class Ran:
    """`status` is that of the command; None: it was killed. Seconds are the processor's."""

    status: int | None
    seconds: float
    megabytes: float
    output: str
    errors: str
    events: list[str]
    """What was seen by the audit, when it was asked for."""


class Children:
    """The server's other end; a context manager."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "dags", ROOT)))}
        environment.pop("GITHUB_ACTIONS", None)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.children"],
            cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str | Path, audit: bool = False) -> Ran:
        assert self._server.stdin
        assert self._server.stdout
        print(json.dumps([audit, *map(str, arguments)]), file=self._server.stdin, flush=True)
        return Ran(**json.loads(self._server.stdout.readline()))

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait()


def _serve() -> None:
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        _warm()
        for line in sys.stdin:
            audit, *arguments = json.loads(line)
            print(json.dumps(_forked(arguments, audit=audit)), file=answers, flush=True)


def _warm() -> None:
    """Import everything that commands import on their way, with a file that has a mistake of each kind."""
    import jinja2.sandbox
    import jsonschema
    import jsonschema_rs
    import referencing  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(_WARMING):
            file = Path(folder, f"w{number}.yaml")
            file.write_text(text)
            for form in ("text", "sarif", "junit", "json", "github"):
                _command(["validate", str(file), "--format", form])
    del jinja2, jsonschema, jsonschema_rs


_WARMING = (
    "name: w\nparams: {a: {default: 1, type: string}}\nsteps:\n  s: {type: train, x: 1}\n  t: {}\n",
    "name: w1\nschedule: '0 3 * * *'\nsteps:\n  s: {type: process, image: '1', script: a, instance_type: ml.m5.large}\n",
    "name: [\n",
)


def _forked(arguments: Sequence[str], *, audit: bool) -> dict[str, Any]:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace") as told:
        pid = os.fork()
        if pid == 0:
            code = 3
            try:
                resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
                resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
                started = resource.getrusage(resource.RUSAGE_SELF)
                events = _watch() if audit else []
                status, output, errors = _command(arguments)
                used = resource.getrusage(resource.RUSAGE_SELF)
                seconds = used.ru_utime + used.ru_stime - started.ru_utime - started.ru_stime
                seen = list(dict.fromkeys(events))
                answer = {"status": status, "seconds": round(seconds, 3), "megabytes": used.ru_maxrss / 1024}
                json.dump({**answer, "output": output, "errors": errors, "events": seen}, told)
                told.flush()
                code = 0
            finally:
                os._exit(code)
        _, status, used = os.wait4(pid, 0)
        told.seek(0)
        if status == 0:
            found: dict[str, Any] = json.load(told)
            return found
    seconds, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    return {
        "status": None,
        "seconds": seconds,
        "megabytes": megabytes,
        "output": "",
        "errors": f"killed: {status}",
        "events": [],
    }


def _command(arguments: Sequence[str]) -> tuple[int, str, str]:
    """(status, what was printed, what was printed as errors); status 70: it has crashed."""
    from mlpipelines.cli import main

    output, errors = _Kept(), _Kept()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:
            traceback.print_exc()
            status = 70
    return status, output.text(), errors.text()


class _Kept(io.TextIOWrapper):
    """A stream as commands have it: with an encoding, and an answer for what it cannot hold."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)

    def text(self) -> str:
        buffer: Any = self.buffer
        return str(buffer.getvalue().decode("utf-8"))


def _watch() -> list[str]:
    """A list of what a check of files must not do; it grows as it happens."""
    events: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        events.extend(_forbidden(event, arguments))

    sys.addaudithook(hook)
    return events


_NEVER = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.", "os.remove", "os.rename",
          "os.mkdir", "os.rmdir", "shutil.", "ctypes.", "pickle.", "webbrowser.", "urllib.", "ftplib.", "smtplib.")  # fmt: skip
#: Whose code is no author's: the package's own, its dependencies', and Python's.
_OURS = (str(ROOT / "dags" / "mlpipelines"), sys.prefix, sys.base_prefix, "<frozen", "<string>", "<attrs")


def _forbidden(event: str, arguments: tuple[Any, ...]) -> Iterator[str]:
    if event.startswith(_NEVER):
        yield f"{event} {arguments!r}"[:300]
    elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        path, mode, flags = arguments
        writes = mode is not None and set(str(mode)) & set("wax+")
        if writes or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            yield f"writes {path!r}"
    elif event == "exec" and not _is_ours(str(arguments[0].co_filename)):
        yield f"runs {arguments[0].co_filename}"


def _is_ours(file: str) -> bool:
    """Templates of the step types are compiled under their own names; those of authors would be `<template>`."""
    return file.startswith(_OURS) or file.endswith(".yaml.j2")


if __name__ == "__main__":
    _serve()
