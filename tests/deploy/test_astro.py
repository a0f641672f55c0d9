"""deploy/astro.sh: the Astro project that it makes, and the DAGs that a Deployment sees after either kind of deploy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.deploy.support import Checkout, assert_runs_from, seen_by_airflow, tree

pytestmark = pytest.mark.airflow
#: Astro's command line, as far as it matters: all of the project goes into the image, or dags/ alone beside it.
ASTRO = """#!/bin/sh
echo "$*" >>"$ASTRO_FOLDER/calls"
case "$*" in
    *--dags*) cp -R dags "$ASTRO_FOLDER/airflow" ;;
    *) cp -R . "$ASTRO_FOLDER/airflow" ;;
esac
"""


class Astro:
    def __init__(self, folder: Path) -> None:
        self.checkout, self.folder = Checkout(folder / "repository"), folder / "astro"
        (self.folder / "airflow").mkdir(parents=True)
        self.checkout.add_tool("astro", ASTRO)

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def astro(tmp_path: Path) -> Astro:
    return Astro(tmp_path)


def test_airflow_sees_every_pipeline_after_a_deploy_of_dags_alone(astro: Astro) -> None:
    done = astro.checkout.deploy("astro", "flowers", ASTRO_FOLDER=str(astro.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert astro.calls == ["deploy flowers --dags"]
    home = astro.folder / "airflow"  # /usr/local/airflow
    folder = home / "dags"
    path = re.search(r"PYTHONPATH=(\S+)", (ROOT / "deploy" / "astro.Dockerfile").read_text())
    assert path
    seen = seen_by_airflow(folder, home, PYTHONPATH=path[1].replace("/usr/local/airflow", str(home)))
    assert_runs_from(folder, seen)
    assert seen.compiled == []


def test_the_project_has_what_astro_expects_and_leaves_airflow_to_the_runtime(astro: Astro) -> None:
    for options in ([], ["--image"]):
        done = astro.checkout.deploy("astro", *options, "flowers", ASTRO_FOLDER=str(astro.folder))
        assert done.returncode == 0, done.stdout + done.stderr
        (astro.folder / "airflow").rename(astro.folder / ("image" if options else "dags"))
        (astro.folder / "airflow").mkdir()
    assert astro.calls == ["deploy flowers --dags", "deploy flowers"]
    image, dags = tree(astro.folder / "image"), tree(astro.folder / "dags")
    assert dags == {file for file in image if file.startswith("dags/")}
    files = image - dags
    assert files == {".astro/config.yaml", ".dockerignore", "Dockerfile", "packages.txt", "requirements.txt"}
    assert (astro.folder / "image" / "include").is_dir()
    requirements = (astro.folder / "image" / "requirements.txt").read_text()
    assert not re.search("^apache-airflow(-core)?==", requirements, re.M)
    assert re.search("^apache-airflow-providers-amazon.*==.*^dag-factory==", requirements, re.M | re.S)


def test_the_runtime_is_of_the_airflow_that_is_locked() -> None:
    locked = re.search(r"^apache-airflow==(\d+\.\d+)\.", (ROOT / "requirements.txt").read_text(), re.M)
    runtime = re.search(r"^FROM \S+/runtime:(\d+\.\d+)-\d+$", (ROOT / "deploy" / "astro.Dockerfile").read_text(), re.M)
    assert locked
    assert runtime
    assert runtime[1] == locked[1]


def test_an_invalid_project_and_a_dry_run_deploy_nothing(astro: Astro) -> None:
    done = astro.checkout.deploy("astro", "--dry-run", "flowers", ASTRO_FOLDER=str(astro.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "./dags/pipelines/flowers.yaml" in done.stdout.splitlines()
    astro.checkout.add_pipeline("broken", "name: broken\nsteps: {train: {type: trian}}\n")
    done = astro.checkout.deploy("astro", "flowers", ASTRO_FOLDER=str(astro.folder))
    assert done.returncode == 1
    assert astro.calls == []


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--dag", "flowers"], ["test", "production"]])
def test_the_usage_is_told(astro: Astro, arguments: list[str]) -> None:
    done = astro.checkout.deploy("astro", *arguments)
    assert (done.returncode, done.stderr) == (2, "Usage: deploy/astro.sh [--image] [--dry-run] DEPLOYMENT\n")


def test_nothing_is_laid_out_over_something_else(astro: Astro) -> None:
    done = astro.checkout.deploy("stage", "pipelines")
    assert done.returncode == 2
    assert "FOLDER must be new or empty" in done.stderr
    assert (astro.checkout.root / "pipelines" / "flowers.yaml").exists()
