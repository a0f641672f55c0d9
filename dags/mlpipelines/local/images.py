"""A container image's URI -> the local command that stands in for it, from images.yaml files."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from mlpipelines.errors import PipelineError

BUILT_IN = Path(__file__).with_name("images.yaml")
_FIELDS = {"command", "environment", "port"}


class InvalidImages(PipelineError):
    """An images.yaml cannot be used; the message names the file and the entry."""


@dataclass(frozen=True)
class Program:
    """What runs instead of a container, in `directory` or else in the job's own.

    `port` is set when its server listens on a port of its own; `arguments` when the request gives them: they take the
    place of `train` and `serve`.
    """

    command: tuple[str, ...]
    directory: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    built_in: bool = False
    arguments: tuple[str, ...] | None = None

    @property
    def algorithm(self) -> str:
        """The module of local/algorithms, when it is one."""
        return self.command[-1].rpartition(".")[2] if self.built_in else ""


@dataclass(frozen=True)
class Images:
    """Patterns and their programs, in the order in which they are tried."""

    entries: tuple[tuple[str, Program], ...]
    files: tuple[Path, ...]

    @classmethod
    def load(cls, files: Sequence[Path] = ()) -> Images:
        """`files`, then the built-in ones. Raises InvalidImages."""
        entries = [entry for file in (*files, BUILT_IN) for entry in _read(file)]
        return cls(tuple(entries), tuple(files))

    def program(self, image: str) -> Program | None:
        names = set(_names(image))
        for pattern, program in self.entries:
            if any(fnmatchcase(name, choice) for choice in _choices(pattern) for name in names):
                return program
        return None

    def advice(self, image: str) -> str:
        """What to do about an image that has no program."""
        repository = list(_names(image))[-1]
        where = str(self.files[0]) if self.files else "a file images.yaml in the project's folder"
        known = ", ".join(pattern for pattern, _ in self.entries)
        return (
            f"The local SageMaker runs no containers and has no command for the image {image!r} (it has: {known}). "
            f'Map it to a command of your own that takes "train" and "serve" like the container: write the line '
            f"`{repository}: python my_algorithm.py` to {where}. Without that it runs what the request itself gives: a "
            "ContainerEntrypoint, or a script (hyperparameters sagemaker_program and sagemaker_submit_directory; of a "
            "model's container the variables SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY)."
        )

    def processing_advice(self, image: str) -> str:
        """The same for a processing job."""
        repository = list(_names(image))[-1]
        where = str(self.files[0]) if self.files else "a file images.yaml in the project's folder"
        return (
            "The local SageMaker runs no containers: a processing job needs AppSpecification.ContainerEntrypoint, or a "
            f"command that stands in for the entry point of the image {image!r}: write the line "
            f"`{repository}: python my_program.py` to {where}; it is called with the job's ContainerArguments."
        )


def _names(image: str) -> Iterator[str]:
    """The ways to name an image, from the whole URI to the bare repository."""
    yield image
    untagged = re.sub(r"(:[\w.-]+)?(@sha256:\w+)?$", "", image)
    yield untagged
    yield image.rpartition("/")[2]
    yield untagged.rpartition("/")[2]


def _choices(pattern: str) -> list[str]:
    """`{a,b}` spelled out, once."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if not match:
        return [pattern]
    return [pattern[: match.start()] + choice + pattern[match.end() :] for choice in match[1].split(",")]


def _read(file: Path) -> Iterator[tuple[str, Program]]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidImages(f"{file}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidImages(f"{file}: is not valid YAML: {error}") from error
    if not isinstance(content or {}, dict):
        raise InvalidImages(f"{file}: must be lines of the form `image pattern: command`")
    for pattern, value in (content or {}).items():
        yield str(pattern), _program(file, str(pattern), value)


def _program(file: Path, pattern: str, value: Any) -> Program:
    entry = value if isinstance(value, dict) else {"command": value}
    where = f"{file}: {pattern}:"
    if unknown := sorted(set(map(str, entry)) - _FIELDS):
        raise InvalidImages(f"{where} unknown field {unknown[0]!r}; there are {', '.join(sorted(_FIELDS))}")
    command = entry.get("command")
    words = shlex.split(command) if isinstance(command, str) else command
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise InvalidImages(
            f"{where} `command` must be a text or a list of texts, for example `python my_algorithm.py`"
        )
    environment, port = entry.get("environment") or {}, entry.get("port")
    if not isinstance(environment, dict):
        raise InvalidImages(f"{where} `environment` must be a mapping of names to texts")
    if port is not None and (isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536):
        raise InvalidImages(f"{where} `port` must be a number from 1 to 65535")
    if words[0] in ("python", "python3"):
        words = [sys.executable, *words[1:]]
    return Program(
        tuple(words),
        file.resolve().parent,
        {str(name): str(text) for name, text in environment.items()},
        port,
        built_in=file == BUILT_IN,
    )
