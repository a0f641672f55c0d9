"""The steps of a Dockerfile, repeated without a container engine: a folder that holds what the image would hold."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.e2e.containers import USER, Container, Network
from tests.e2e.dockerfile import Context, assignments, instructions, read_stages

#: What the image of Airflow sets and has; the rest of it is the environment that the tests or `pip` are of.
BASE = {"AIRFLOW_HOME": "/opt/airflow", "LANG": "C.UTF-8"}
FOLDERS = ("logs",)


class Image:
    """`root`: its files; `environment`: its ENV; `said`: what its RUN lines printed."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root, self.environment, self.said = root, {**BASE, **environment}, ""
        self.airflow = root / "opt" / "airflow"

    def files(self) -> dict[str, bytes]:
        """The files of /opt/airflow, without compiled Python."""
        found = (path for path in self.airflow.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return {path.relative_to(self.airflow).as_posix(): path.read_bytes() for path in found}


class BuildError(Exception):
    """A RUN line has failed."""


def build(
    project: Path,
    target: str,
    folder: Path,
    network: Network | None,
    environment: Mapping[str, str],
    user: int = USER,
    **arguments: str,
) -> Image:
    """The target of the project's Dockerfile. `environment`: what comes before the image's own, with the PATH by which
    `pip` and `python` are found; `user`: who runs what is run; `arguments`: those of --build-arg. Raises BuildError."""
    image = Image(folder / "root", environment)
    context, workdir = Context(project), "/"
    for name in FOLDERS:
        (image.airflow / name).mkdir(parents=True)
    _give_away(image.airflow)
    for instruction, rest in instructions(read_stages(project / "Dockerfile"), target):
        if instruction == "WORKDIR":
            workdir = rest
        elif instruction == "ENV":
            image.environment |= assignments(rest)
        elif instruction == "ARG":
            arguments = {**assignments(rest), **arguments}
        elif instruction == "COPY":
            assert f"--chown={USER}:0" in rest, rest
            context.copy(rest, image.root, workdir)
            _give_away(image.root)
        elif instruction == "RUN":
            _run(image, rest, workdir, arguments, Container("build", network, folder, {}, user=user))
        else:
            assert (instruction, rest) == ("USER", f"{USER}:0"), f"{instruction} {rest} cannot be repeated"
    return image


def _run(image: Image, line: str, workdir: str, arguments: Mapping[str, str], container: Container) -> None:
    # /tmp is this machine's.
    command = ["bash", "-o", "pipefail", "-ec", line.replace("/tmp/", f"{image.root}/tmp/")]
    environment = {**image.environment, **arguments}
    building = replace(container, environment=environment, image=image.airflow, building=True, workdir=workdir)
    status, said = building.run(command, seconds=600)
    image.said += said
    if status:
        raise BuildError(f"RUN {line}\nended with {status}:\n{said}")


def _give_away(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        os.chown(path, USER, 0, follow_symlinks=False)


def copy_of_project(project: Path, folder: Path) -> Path:
    """The files of the project that a build or compose.yaml looks at, as a user has them."""
    names = ["Dockerfile", ".dockerignore", "compose.yaml", "requirements.txt", "constraints.txt", "pyproject.toml"]
    folder.mkdir(parents=True)
    for name in names:
        shutil.copy(project / name, folder)
    for name in ("dags", "pipelines", "schemas", "templates"):
        shutil.copytree(project / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
