"""Containers without a container engine: processes with namespaces of their own, on Linux and as root.

Each has the file system of this machine with the image's folder, volumes, hosts and users mounted into it, a host name,
and process ids of its own. All share one network that leads nowhere, in which every container has its own loopback
address: who listens on 127.0.0.1 alone is not reached by the others.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

#: The user of the Airflow image.
USER = 50000
PROGRAMS = ("ip", "mount", "nsenter", "setpriv", "unshare")
_UNSHARE = "unshare --mount --uts --pid --fork --mount-proc --kill-child"
_CLONE_NEWNET = 0x40000000


def missing() -> str:
    """Why there can be no such containers here, or nothing."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "needs Linux and root: containers are made of namespaces"
    if absent := [program for program in PROGRAMS if not shutil.which(program)]:
        return f"needs {', '.join(absent)}"
    tried = subprocess.run([*_UNSHARE.split(), "--net", "true"], capture_output=True)
    return f"the kernel refuses namespaces: {tried.stderr.decode().strip()}" if tried.returncode else ""


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that others than root may enter; pytest's are its user's alone."""
    with tempfile.TemporaryDirectory(prefix="mlpipelines-containers-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


class Network:
    """A network namespace as long as its holder lives."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.addresses = {name: f"127.0.1.{number}" for number, name in enumerate(hosts, 1)}
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && read _"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "up\n"
        self.file = f"/proc/{self._holder.pid}/ns/net"

    def close(self) -> None:
        self._holder.communicate("\n", timeout=10)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets that this thread makes meanwhile are in this network."""
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/proc/thread-self/ns/net").open() as before, Path(self.file).open() as wanted:
            assert libc.setns(wanted.fileno(), _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(before.fileno(), _CLONE_NEWNET) == 0


@dataclass
class Container:
    """What a process sees. `network`: None for that of this machine; `image`: what lies in /opt/airflow; `building`:
    writes go there, and not to a layer of the container's own; `mounts`: {place: (source, may be written)}."""

    name: str
    network: Network | None
    folder: Path
    environment: Mapping[str, str]
    image: Path | None = None
    building: bool = False
    mounts: Mapping[str, tuple[Path, bool]] = field(default_factory=dict)
    user: int = USER
    group: int = 0
    workdir: str = "/"

    def start(self, command: Sequence[str], output: IO[Any] | int) -> subprocess.Popen[bytes]:
        """The process; killing it kills everything in the container."""
        enter = f"nsenter --net={self.network.file} " if self.network else ""
        around = f"setpriv --pdeathsig=KILL {enter}{_UNSHARE}"
        return subprocess.Popen(
            [*around.split(), "sh", "-euc", self._script(command)],
            env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, command: Sequence[str], seconds: float = 60) -> tuple[int, str]:
        """Exit status and output."""
        process = self.start(command, subprocess.PIPE)
        try:
            output, _ = process.communicate(timeout=seconds)
        finally:
            process.kill()
        return process.returncode, output.decode(errors="replace")

    def _script(self, command: Sequence[str]) -> str:
        lines = [f"echo {self.name} > /proc/sys/kernel/hostname"]
        files = {"passwd": self._users(), **({"hosts": self._hosts(self.network)} if self.network else {})}
        for name, text in files.items():
            file = self.folder / name
            file.write_text(text, encoding="utf-8")
            lines.append(f"mount --bind {file} /etc/{name}")
        lines += self._image() if self.image else []
        for place, (source, writable) in self.mounts.items():
            lines.append(f"mkdir -p {place} && mount --bind {source} {place}")
            lines += [] if writable else [f"mount -o remount,bind,ro {place}"]
        lines += [*self._programs(), f"cd {self.workdir}"]
        # Not by `exec`: who changes its user is no longer killed with its parent, and this shell is.
        lines.append(f"setpriv --reuid={self.user} --regid={self.group} --clear-groups {shlex.join(command)}; exit $?")
        return "\n".join(lines)

    def _image(self) -> list[str]:
        for name in ("opt/airflow", "upper", "work"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        os.chown(self.folder / "upper", USER, 0)
        layers = f"lowerdir={self.image},upperdir={self.folder}/upper,workdir={self.folder}/work"
        own = f"--bind {self.image}" if self.building else f"-t overlay overlay -o {layers}"
        # This machine's /opt need not have such a folder.
        return [f"mount -t overlay overlay -o lowerdir={self.folder}/opt:/opt /opt", f"mount {own} /opt/airflow"]

    def _programs(self) -> list[str]:
        """Python may lie in a folder that is closed to others: here that folder is open, and holds nothing else."""
        closed: dict[Path, list[Path]] = {}
        if self.user == 0:
            return []
        for path in {Path(sys.prefix), Path(sys.base_prefix)}:
            for parent in reversed(path.parents):
                if not parent.stat().st_mode & 1:
                    closed.setdefault(parent, []).append(path)
                    break
        lines = []
        for number, (parent, paths) in enumerate(closed.items()):
            open_one = self.folder / f"open{number}"
            for path in paths:
                place = open_one / path.relative_to(parent)
                place.mkdir(parents=True, exist_ok=True)
                lines.append(f"mount --bind {path} {place}")
            lines.append(f"mount --rbind {open_one} {parent}")
        return lines

    def _hosts(self, network: Network) -> str:
        lines = [f"{address} {name}" for name, address in network.addresses.items()]
        return "\n".join(["127.0.0.1 localhost", *lines]) + "\n"

    def _users(self) -> str:
        return Path("/etc/passwd").read_text(encoding="utf-8") + f"airflow:x:{USER}:0::{self.folder}:/bin/bash\n"
