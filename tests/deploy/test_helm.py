"""The official Airflow chart with git-sync: values, script, and the DAGs in the linked tree that git-sync makes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpipelines.assembly import ASSEMBLED, assembled_text
from tests.conftest import ROOT
from tests.deploy.support import HERE, PIPELINES, Checkout, assert_runs_from, seen_by_airflow

pytestmark = pytest.mark.airflow
FLOWERS = (HERE / "pipelines" / "flowers.yaml").read_text()
TOOL = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n'


def values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "helm-values.yaml").read_text())
    return found


class GitSync:
    """The volume that git-sync keeps: a worktree for each commit, and the link `repo` to one of them."""

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout(folder / "repository")
        self.home = folder / "airflow"  # /opt/airflow
        self.volume = self.home / "dags"
        (self.volume / ".worktrees").mkdir(parents=True)
        (self.checkout.root / ".gitignore").write_text("__pycache__\n.env\n/.mlpipelines/\n")
        self._git("init", "--quiet", "--initial-branch=main")

    def _git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments]
        return subprocess.run(
            command, cwd=self.checkout.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self) -> str:
        """A worktree of what lies in the repository now; its link's target."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "A change")
        name = self._git("rev-parse", "HEAD")
        self._git("worktree", "add", "--quiet", "--detach", str(self.volume / ".worktrees" / name))
        return f".worktrees/{name}"

    def commit_of(self, name: str, text: str) -> str:
        (self.checkout.root / name).write_text(text)
        return self.commit()

    def link(self, target: str) -> None:
        (self.volume / "tmp-link").symlink_to(target)
        (self.volume / "tmp-link").replace(self.volume / "repo")

    @property
    def dag_folder(self) -> Path:
        return self.volume / "repo" / values()["dags"]["gitSync"]["subPath"]

    @property
    def environment(self) -> dict[str, str]:
        """What the chart sets in every container."""
        return {pair["name"]: pair["value"].replace("/opt/airflow", str(self.home)) for pair in values()["env"]}


@pytest.fixture
def git_sync(tmp_path: Path) -> GitSync:
    return GitSync(tmp_path)


def test_airflow_sees_every_pipeline_below_the_link_and_another_commit_after_it_has_moved(git_sync: GitSync) -> None:
    git_sync.link(git_sync.commit())
    environment = git_sync.environment | {"MLPIPELINES_CACHE": str(git_sync.home / "cache")}
    folder = git_sync.dag_folder
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"] == str(folder)
    seen = seen_by_airflow(folder, git_sync.home, **environment)
    assert_runs_from(folder, seen)
    assert set(seen.compiled) == PIPELINES
    git_sync.checkout.add_pipeline("later", FLOWERS.replace("flowers", "later"))
    (git_sync.checkout.root / "pipelines" / "iris-knn.yaml").unlink()
    git_sync.link(git_sync.commit())
    seen = seen_by_airflow(folder, git_sync.home, **environment)
    assert (seen.dags, seen.errors) == (["flowers", "later"], {})
    assert seen.compiled == ["later"]  # the others are known by their content, wherever the link leads


def test_a_link_that_moves_while_pipelines_are_read_mixes_nothing_and_is_no_error(git_sync: GitSync) -> None:
    git_sync.link(git_sync.commit())
    git_sync.checkout.add_pipeline("later", FLOWERS.replace("flowers", "later"))
    git_sync.checkout.add_pipeline("flowers", FLOWERS.replace("ml.m5.large", "ml.m5.xlarge"))
    (git_sync.checkout.root / "pipelines" / "iris-knn.yaml").unlink()
    target = git_sync.commit()
    seen = seen_by_airflow(git_sync.dag_folder, git_sync.home, target, **git_sync.environment)
    assert (seen.dags, seen.errors) == (["flowers", "later"], {})


def test_a_field_that_changes_its_name_everywhere_is_no_error_while_the_link_moves(git_sync: GitSync) -> None:
    """The new pipeline is invalid by the old schemas, the old one by the new schemas."""
    root = git_sync.checkout.root
    git_sync.link(git_sync.commit())
    for name in ("schemas/steps/python.schema.json", "templates/steps/python.yaml.j2", "pipelines/flowers.yaml"):
        text = (root / name).read_text()
        text = (
            text.replace('"function"', '"calls"')
            .replace("step.function", "step.calls")
            .replace("function: e", "calls: e")
        )
        (root / name).write_text(text)
    (root / "schemas" / ASSEMBLED).write_text(assembled_text(root / "schemas"))
    target = git_sync.commit()
    seen = seen_by_airflow(git_sync.dag_folder, git_sync.home, target, **git_sync.environment)
    assert (set(seen.dags), seen.errors) == (PIPELINES, {})
    git_sync.link(git_sync.commit_of("pipelines/flowers.yaml", FLOWERS))  # it is told where it is not for a moment
    seen = seen_by_airflow(git_sync.dag_folder, git_sync.home, **git_sync.environment)
    assert (seen.dags, list(seen.errors)) == (["iris-knn"], ["invalid_pipelines.py"])


def test_values_are_of_keys_that_the_chart_has() -> None:
    """Of chart 1.18's values.schema.json; the chart refuses others below `dags`, and takes no notice elsewhere."""
    known = {
        "": {"airflowVersion", "executor", "images", "env", "dags", "triggerer", "dagProcessor"},
        "dags": {"persistence", "gitSync", "mountPath"},
        "dags.gitSync": {"enabled", "repo", "branch", "rev", "ref", "depth", "subPath", "period",
                         "credentialsSecret", "sshKeySecret", "knownHosts", "maxFailures"},
        "images.airflow": {"repository", "tag", "digest", "pullPolicy"},
    }  # fmt: skip
    for path, keys in known.items():
        part: Any = values()
        for name in filter(None, path.split(".")):
            part = part[name]
        assert set(part) <= keys, path
    locked = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert locked
    assert values()["airflowVersion"] == locked[1]


def test_the_script_builds_pushes_and_installs_for_a_valid_project_only(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repository")
    for tool in ("docker", "helm"):
        checkout.add_tool(tool, TOOL)
    calls = tmp_path / "calls"
    arguments = ("registry.example.com:5000/ml/airflow:7", "https://git.example.com/ml.git", "--wait")
    done = checkout.deploy("helm", *arguments, CALLS=str(calls))
    assert done.returncode == 0, done.stdout + done.stderr
    build, push, upgrade = calls.read_text().splitlines()
    assert build == "docker build --tag registry.example.com:5000/ml/airflow:7 ."
    assert push == "docker push registry.example.com:5000/ml/airflow:7"
    assert upgrade.startswith("helm upgrade --install airflow airflow --repo https://airflow.apache.org ")
    assert "--set images.airflow.repository=registry.example.com:5000/ml/airflow --set images.airflow.tag=7" in upgrade
    assert upgrade.endswith("--set dags.gitSync.repo=https://git.example.com/ml.git --wait")
    calls.unlink()
    done = checkout.deploy("helm", "--dry-run", *arguments, CALLS=str(calls))
    assert (done.returncode, "helm upgrade --install" in done.stdout) == (0, True)
    checkout.add_pipeline("broken", "name: broken\nsteps: {train: {type: trian}}\n")
    assert checkout.deploy("helm", *arguments, CALLS=str(calls)).returncode == 1
    assert not calls.exists()


@pytest.mark.parametrize("arguments", [[], ["image:1"], ["host:5000/image", "url"], ["--help", "image:1"]])
def test_the_usage_is_told(tmp_path: Path, arguments: list[str]) -> None:
    done = Checkout(tmp_path / "repository").deploy("helm", *arguments)
    assert done.returncode == 2
    assert done.stderr == "Usage: deploy/helm.sh [--dry-run] IMAGE:TAG REPOSITORY [HELM ARGUMENTS...]\n"
