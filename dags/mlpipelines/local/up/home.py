"""The folder of one project's local Airflow: its secrets, its record of what was started, its DAG files."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlpipelines.errors import PipelineError

USER = "admin"
#: What of the project's DAG folder this Airflow does not take over: the package, and files that it has of its own.
_NOT_LINKED = ("mlpipelines", "callables", "load_pipelines.py", "invalid_pipelines.py", "__pycache__")
#: Touched when a pipeline has changed, which the project's own files should not be.
DAG_FILES = {
    "load_pipelines.py": '''"""Airflow DAG file: the DAG of every valid pipeline of the project."""

from mlpipelines.loader import register_pipelines

register_pipelines(globals(), {dag_file!r})
''',
    "invalid_pipelines.py": '''"""Airflow DAG file: shows the problems of invalid pipelines as an import error."""

from mlpipelines.loader import raise_problems

raise_problems({dag_file!r})
''',
}
SETTINGS = '''"""Airflow reads its cluster policies here."""

from mlpipelines.local.up.policy import dag_policy, task_policy

__all__ = ["dag_policy", "task_policy"]
'''


class UpError(PipelineError):
    """The local Airflow cannot start or end; the message says why."""


@dataclass(frozen=True)
class Part:
    """A process that was started: `started` is when, in seconds since 1970."""

    name: str
    pid: int
    started: float


@dataclass(frozen=True)
class Record:
    """What runs, or has run last. `endpoint` is the embedded SageMaker's address."""

    port: int = 0
    endpoint: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Home:
    """`root` is the project's, by its real path: whoever comes by a link finds the same."""

    root: Path

    @classmethod
    def of(cls, root: Path) -> Home:
        return cls(root.resolve())

    @property
    def folder(self) -> Path:
        return self.root / ".mlpipelines" / "up"

    @property
    def dags(self) -> Path:
        return self.folder / "dags"

    @property
    def state(self) -> Path:
        """What the embedded SageMaker keeps."""
        return self.folder / "sagemaker"

    @property
    def passwords(self) -> Path:
        return self.folder / "passwords.json"

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def make(self) -> None:
        """The folder, for its owner alone. Raises UpError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise UpError(f"cannot write to {self.folder}: {error.strerror}") from None

    def write_files(self) -> None:
        """What Airflow reads."""
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "config" / "airflow_local_settings.py").write_text(SETTINGS, encoding="utf-8")
        (self.folder / "airflow.cfg").unlink(missing_ok=True)  # an older Airflow's; all that matters is in variables
        self._write_dag_files()

    @property
    def has_python_dags(self) -> bool:
        """Whether the project has DAG files besides those of its pipelines."""
        return any(path.name != ".airflowignore" for path in self._linked())

    def _linked(self) -> list[Path]:
        folder = self.root / "dags"
        return [path for path in folder.iterdir() if path.name not in _NOT_LINKED] if folder.is_dir() else []

    def _write_dag_files(self) -> None:
        shutil.rmtree(self.dags, ignore_errors=True)
        self.dags.mkdir()
        for name, text in DAG_FILES.items():
            text = text.format(dag_file=str(self.root / "dags" / name))
            (self.dags / name).write_text(text, encoding="utf-8")
        for path in self._linked():
            (self.dags / path.name).symlink_to(path)

    def touch_dag_files(self, until: float) -> None:
        """Have Airflow parse again: it does as long as a parse has ended before a file's time, so that one that
        runs already, and has not seen the change, is not the last."""
        for name in DAG_FILES:
            with contextlib.suppress(OSError):
                os.utime(self.dags / name, (until, until))

    # Secrets

    def secrets(self) -> dict[str, str]:
        """Keys and the password, made once: sessions in browsers outlive a restart."""
        known = self._read_json("secrets.json")
        if set(known) != {"fernet_key", "secret_key", "jwt_secret", "password"}:
            known = {
                "fernet_key": _fernet_key(),
                "secret_key": secrets.token_urlsafe(32),
                "jwt_secret": secrets.token_urlsafe(64),
                "password": secrets.token_urlsafe(12),
            }
            self.write_json("secrets.json", known)
        self.write_json("passwords.json", {USER: known["password"]})
        return known

    # What runs

    def record(self) -> Record:
        """An empty one when there is none, or it is damaged."""
        try:
            kept = self._read_json("up.json")
            return Record(kept["port"], kept["endpoint"], tuple(Part(**part) for part in kept["parts"]))
        except (KeyError, TypeError):
            return Record()

    def write(self, record: Record) -> None:
        self.write_json("up.json", asdict(record))

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Whole or not at all, and for nobody else's eyes."""
        temporary = self.folder / f"{name}.{os.getpid()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
        temporary.replace(self.folder / name)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One `up` or `down` at a time."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _fernet_key() -> str:
    import base64

    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
