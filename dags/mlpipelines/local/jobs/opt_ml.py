"""A job's directory as its process sees it: at /opt/ml where the kernel allows a private mount, else where it is."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from mlpipelines.local.faults import ClientFault

OPT_ML = "/opt/ml"
PROGRAM = Path(__file__).with_name("private_opt_ml.py")
_MENTION = re.compile(rf"{OPT_ML}(?![\w.-])")


@dataclass(frozen=True)
class OptMl:
    """Paths of one job. `private`: its process gets a mount of its own."""

    directory: Path
    private: bool

    @property
    def root(self) -> str:
        """What the process knows as /opt/ml."""
        return OPT_ML if self.private else str(self.directory)

    def spelled(self, text: str) -> str:
        """`text` with the job's directory, or /opt/ml, spelled so that the process finds it."""
        return text.replace(str(self.directory), OPT_ML) if self.private else _MENTION.sub(str(self.directory), text)

    def host(self, path: str) -> Path:
        """Where a path of the container is on this machine. Raises ClientFault for one that is not below /opt/ml."""
        pure = PurePosixPath(path)
        if ".." in pure.parts or not pure.is_relative_to(OPT_ML):
            raise ClientFault(f"The local path {path!r} must be an absolute path below {OPT_ML}/")
        return self.directory / pure.relative_to(OPT_ML)

    def command(self, words: Sequence[str], working_directory: Path) -> list[str]:
        """`words`, run where `spelled` paths are true."""
        if not self.private:
            return list(words)
        at = self.spelled(str(working_directory))
        return [sys.executable, "-I", "-S", str(PROGRAM), str(self.directory), at, *words]


@cache
def private_mounts() -> bool:
    """Whether the kernel allows them, found out by trying."""
    if not sys.platform.startswith("linux"):
        return False
    with tempfile.TemporaryDirectory(prefix="mlpipelines-probe-") as folder:
        (Path(folder) / "probe").touch()
        command = OptMl(Path(folder), private=True).command(["/bin/sh", "-c", f"test -f {OPT_ML}/probe"], Path("/"))
        try:
            return subprocess.run(command, capture_output=True, timeout=10).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False
