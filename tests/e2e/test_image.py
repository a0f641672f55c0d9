"""The image's steps in a fresh virtual environment: the lock installs, the pipelines are compiled, Airflow loads them.

There is no container engine in it: containers.py and images.py stand in for one.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.airflow.deployment import SCRIPT
from tests.conftest import ROOT
from tests.e2e.containers import Container, missing, open_folder
from tests.e2e.deployed_airflow import inherited
from tests.e2e.images import BuildError, Image, build, copy_of_project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.timeout(900),  # packages may have to be downloaded
]
PYTHON = re.findall(r"^FROM \S+-(python[\d.]+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)[0]
FOLDERS = (".mlpipelines", "dags", "pipelines", "schemas", "templates")
#: Ours is a place that packages come from; the image has no cache, and Python compiles what it imports.
PIP = """#!/bin/sh
set -- $(printf '%s\\n' "$@" | grep -v -x -e --no-cache-dir)
[ -z "{uv}" ] || exec "{uv}" pip "$@" --quiet --python {python}
exec {python} -m pip "$@" --quiet --no-compile --disable-pip-version-check
"""


@dataclass
class Built:
    folder: Path
    environment: dict[str, str]
    image: Image

    def run(self, image: Image, *command: str) -> str:
        """What it prints in a container whose files of ours nobody can write; Airflow has its own place."""
        folder = self.folder / "container"
        (folder / "empty").mkdir(parents=True, exist_ok=True)
        places = {f"/opt/airflow/{name}": (image.airflow / name, False) for name in FOLDERS}
        container = Container(
            "airflow", None, folder, {**image.environment, **self.environment}, image=image.airflow, user=0,
            mounts={**places, "/opt/airflow/mlpipelines-cache": (folder / "empty", False)}, workdir="/opt/airflow",
        )  # fmt: skip
        status, said = container.run(command, seconds=120)
        assert status == 0, said
        return said


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    with open_folder() as folder:
        python = _environment(folder)
        programs = folder / "programs"
        programs.mkdir()
        uv = shutil.which("uv") or ""
        (programs / "pip").write_text(PIP.format(uv=uv, python=python), encoding="utf-8")
        (programs / "pip").chmod(0o755)
        environment = {
            **inherited(),
            "PATH": f"{programs}:{python.parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        }
        try:
            project = copy_of_project(ROOT, folder / "project")
            image = build(project, "deployed", folder / "build", None, environment, user=0)
        except BuildError as error:
            if re.search("Could not find a version|Connection|Temporary failure|error sending request", str(error)):
                pytest.skip(f"packages cannot be downloaded here: {str(error).splitlines()[-1]}")
            raise
        yield Built(folder, environment, image)


def _environment(folder: Path) -> Path:
    """The Python of a new virtual environment; of the image's version if there is one."""
    candidates = [shutil.which(PYTHON), *sorted(Path.home().glob(f".pyenv/versions/*/bin/{PYTHON}")), sys.executable]
    for candidate in filter(None, candidates):
        if subprocess.run([candidate, "-c", "pass"], capture_output=True).returncode == 0:
            base = subprocess.check_output([candidate, "-c", "import sys; print(sys._base_executable)"], text=True)
            subprocess.run([base.strip(), "-m", "venv", folder / "venv"], check=True)
            return folder / "venv" / "bin" / "python"
    raise AssertionError("this very Python does not run")


def test_airflow_loads_what_is_compiled_and_need_not_write(built: Built) -> None:
    pipelines = sorted(path.stem for path in (ROOT / "pipelines").glob("*.yaml") if path.stem != "defaults")
    assert f"{len(pipelines)} of {len(pipelines)} pipelines compiled" in built.image.said
    loaded = load(built, built.image)
    assert (sorted(loaded["dags"]), loaded["errors"]) == (pipelines, {})
    interpreting = {"dagfactory", "mlpipelines.document", "mlpipelines.project"}
    assert not interpreting & set(loaded["modules"]), "a pipeline was interpreted"


def test_the_image_holds_what_is_deployed_and_nothing_else(built: Built) -> None:
    names = set(built.image.files())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"dags", "schemas", "templates", "pipelines", "pyproject.toml", ".mlpipelines"}
    assert not any("__pycache__" in name or name.endswith(".env") for name in names)
    compiled = list((built.image.airflow / "dags" / "mlpipelines" / "__pycache__").glob("loader.*.pyc"))
    assert len(compiled) == 1


def test_an_invalid_pipeline_is_built_into_an_image_only_when_it_is_told_so(built: Built) -> None:
    project = built.folder / "project"
    broken = project / "pipelines" / "broken.yaml"
    broken.write_text("name: broken\nsteps: {a: {type: no-such-type}}\n", encoding="utf-8")
    pip = built.folder / "programs" / "pip"  # everything is there already
    pip.write_text("#!/bin/sh\n")
    with pytest.raises(BuildError, match=r"broken\.yaml:2") as refused:
        build(project, "deployed", built.folder / "refused", None, built.environment, user=0)
    assert "mlpipelines compile" in str(refused.value)
    allowed = build(
        project, "deployed", built.folder / "allowed", None, built.environment, user=0, INVALID_PIPELINES="allow"
    )
    loaded = load(built, allowed)
    assert "iris-knn" in loaded["dags"]
    assert [name.rsplit("/", 1)[-1] for name in loaded["errors"]] == ["invalid_pipelines.py"]
    assert "pipelines/broken.yaml:2" in str(loaded["errors"])
    (project / "templates" / "pipeline.yaml.j2").unlink()
    with pytest.raises(BuildError):
        build(project, "deployed", built.folder / "unfit", None, built.environment, user=0, INVALID_PIPELINES="allow")


def load(built: Built, image: Image) -> dict:
    """What Airflow's DagBag finds in the image's DAG folder, and the modules that it needed."""
    script = SCRIPT.replace('"errors":', '"modules": sorted(sys.modules), "errors":')
    said = built.run(image, "python", "-c", script, "/opt/airflow/dags")
    (line,) = [line for line in said.splitlines() if line.startswith("RESULT ")]
    loaded: dict = json.loads(line.removeprefix("RESULT "))
    return loaded
