"""The services of compose.yaml as containers of containers.py: same commands, same environment, same order."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.compose_file import read_compose, starting_order, words
from tests.e2e.containers import USER, Container, Network
from tests.e2e.deployed_airflow import await_true
from tests.e2e.images import Image, build

POSTGRES = "/usr/lib/postgresql"
#: What the image of PostgreSQL does when it starts: it makes the database that its environment names.
POSTGRES_ENTRYPOINT = """
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    echo "$POSTGRES_PASSWORD" >"$PGDATA.password"
    initdb --username="$POSTGRES_USER" --pwfile="$PGDATA.password" --auth-host=scram-sha-256 --no-sync
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE \\"$POSTGRES_DB\\"" | postgres --single -j postgres
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories="$PGDATA" -c fsync=off
"""


class Stack:
    """`project`: the folder of compose.yaml, where the pipelines are edited."""

    def __init__(self, project: Path, folder: Path, variables: Mapping[str, str]) -> None:
        self.project, self.folder = project, folder
        self.compose = read_compose(project / "compose.yaml", dict(variables))
        self.services: dict[str, Any] = self.compose["services"]
        self.network = Network(list(self.services))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.seconds: dict[str, float] = {}
        self._token = ""
        self._images: dict[str, Image] = {}

    # Images and containers

    def image(self, name: str) -> Image:
        """The image of that name: a service says how it is built. Packages are those of the tests' environment."""
        if name not in self._images:
            (target,) = {each["build"]["target"] for each in self.services.values() if "build" in each}
            programs = self.folder / "programs"
            programs.mkdir()
            (programs / "pip").write_text("#!/bin/sh\nexit 0\n")
            (programs / "pip").chmod(0o755)
            path = f"{programs}:{_path()}"
            self._images[name] = build(self.project, target, self.folder / "build", self.network, {"PATH": path})
        return self._images[name]

    def container(self, name: str) -> Container:
        service = self.services[name]
        folder = self.folder / "containers" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "home").mkdir(exist_ok=True)
        home = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "home")}
        given = {**home, **service.get("environment", {})}
        if service["image"].startswith("postgres:"):
            data = self._volume(service["volumes"][0].split(":")[0])
            user = pwd.getpwnam("postgres" if _has_postgres_user() else "nobody")
            os.chown(data, user.pw_uid, user.pw_gid)
            environment = {"PATH": f"{_postgres_folder()}:/usr/bin:/bin", "PGDATA": str(data / "data"), **given}
            return Container(name, self.network, folder, environment, user=user.pw_uid, group=user.pw_gid)
        os.chown(folder / "home", USER, 0)
        image = self.image(service["image"])
        mounts = dict(self._mount(text, image) for text in service.get("volumes", ()))
        return Container(
            name, self.network, folder, {**image.environment, "PATH": _path(), **given},
            image=image.airflow, mounts=mounts, workdir="/opt/airflow",
        )  # fmt: skip

    def _mount(self, text: str, image: Image) -> tuple[str, tuple[Path, bool]]:
        source, place, *mode = text.split(":")
        if source.startswith("."):
            return place, (self.project / source, mode != ["ro"])
        return place, (self._volume(source, image.root / place.lstrip("/")), mode != ["ro"])

    def _volume(self, name: str, first: Path | None = None) -> Path:
        """A named volume; a new one takes over what the image has at its place, owner and all."""
        assert name in self.compose["volumes"], f"no volume {name}"
        folder = self.folder / "volumes" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            if first is not None:
                assert first.is_dir(), f"the image has no {first}: the volume would be root's"
                found = first.stat()
                os.chown(folder, found.st_uid, found.st_gid)
                folder.chmod(found.st_mode & 0o777)
        return folder

    # Life

    def up(self) -> None:
        for name in starting_order(self.services):
            for other, wanted in self.services[name].get("depends_on", {}).items():
                self._await(other, wanted["condition"])
            self.start(name)
        for name, service in self.services.items():
            if "healthcheck" in service:
                self._await(name, "service_healthy")

    def start(self, name: str) -> None:
        container = self.container(name)
        with self._log(name).open("ab") as log:
            self.processes[name] = container.start(self._command(name), log)
        self.seconds[name] = -time.monotonic()

    def _command(self, name: str) -> list[str]:
        """With what the image's entry point makes of it."""
        service = self.services[name]
        if service["image"].startswith("postgres:"):
            return ["bash", "-c", POSTGRES_ENTRYPOINT]
        command = words(service["command"])
        command = command if command[0] in ("bash", "python", "airflow") else ["airflow", *command]
        return ["bash", "-c", 'umask 0002; exec "$@"', "entrypoint", *command]

    def _await(self, name: str, condition: str) -> None:
        def look() -> bool:
            status = self.processes[name].poll()
            if condition == "service_completed_successfully":
                assert status in (None, 0), f"{name} ended with {status}:\n{self.log(name)[-3000:]}"
                return status == 0
            assert condition == "service_healthy", condition
            assert status is None, f"{name} ended with {status}:\n{self.log(name)[-3000:]}"
            return self.is_healthy(name)

        if self.seconds[name] < 0:
            await_true(look, 150, lambda: f"{name} is not {condition}:\n{self.log(name)[-3000:]}")
            self.seconds[name] += time.monotonic()

    def is_healthy(self, name: str) -> bool:
        kind, *command = self.services[name]["healthcheck"]["test"]
        command = ["sh", "-c", *command] if kind == "CMD-SHELL" else command
        folder = self.folder / "containers" / name
        environment = {"PATH": f"{_postgres_folder()}:{_path()}"}
        return Container(name, self.network, folder, environment).run(command)[0] == 0

    def down(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.kill()
            process.wait(20)
        self.processes.clear()
        self.network.close()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log(self, name: str) -> str:
        return self._log(name).read_text(encoding="utf-8", errors="replace")

    # Airflow's REST API, by the port that is published

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:8080{path}", data, headers, method=method)
        with self.network.entered(), urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def log_in(self, user: str, password: str) -> None:
        self._token = self.call("POST", "/auth/token", {"username": user, "password": password})["access_token"]


@contextmanager
def running_stack(project: Path, folder: Path, **variables: str) -> Iterator[Stack]:
    stack = Stack(project, folder, variables)
    try:
        stack.up()
        yield stack
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            stack.down()


def _path() -> str:
    return f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def _postgres_folder() -> str:
    """Of the newest version; Debian keeps them off the PATH."""
    found = sorted(Path(POSTGRES).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    program = found[-1] if found else Path(shutil.which("initdb") or "/nowhere/initdb")
    return str(program.parent)


def has_postgres() -> bool:
    return Path(_postgres_folder(), "initdb").exists()


def _has_postgres_user() -> bool:
    return any(user.pw_name == "postgres" for user in pwd.getpwall())
