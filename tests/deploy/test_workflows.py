"""The steps of both CI workflows, run by a shell in a repository with a branch; and who owns what."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from tests.conftest import ROOT
from tests.deploy.support import Checkout

MARK = "<!-- what mlpipelines diff says -->"
#: `gh api` as far as it is used: notes down what it is asked for, and knows what comments there are.
GH = """#!/bin/sh
echo "$*" >>"$GH_CALLS"
case "$*" in *--jq*) printf '%s' "$GH_COMMENTS" ;; esac
"""
WORKFLOW = ROOT / ".github" / "workflows" / "pipelines.yml"
JOBS = ["validate", "diff", "comment", "compile", "deploy"]


def github() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())
    return found


def gitlab() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "gitlab-ci.yml").read_text())
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A branch that makes iris-knn search among five neighbours; main is what `origin/main` says."""
    checkout = Checkout(tmp_path / "repository")
    checkout.add_tool("pip", "#!/bin/sh\n")
    checkout.add_tool("python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    checkout.add_tool("mlpipelines", f'#!/bin/sh\nPYTHONPATH=dags exec "{sys.executable}" -m mlpipelines "$@"\n')
    git(checkout, "init", "--quiet", "--initial-branch=main")
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "--message", "The first")
    git(checkout, "update-ref", "refs/remotes/origin/main", "HEAD")
    change(checkout, "k: 3,", "k: 5,")
    git(checkout, "commit", "--quiet", "--all", "--message", "Five neighbours")
    return checkout


def git(checkout: Checkout, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=checkout.root, check=True, capture_output=True, text=True).stdout.strip()


def change(checkout: Checkout, old: str, new: str) -> None:
    file = checkout.root / "pipelines" / "iris-knn.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def run_job(checkout: Checkout, name: str, **environment: str) -> list[subprocess.CompletedProcess[str]]:
    """What a job's steps did, in GitHub's shell, up to the first that failed. Steps with a condition are left out."""
    done = []
    for step in github()["jobs"][name]["steps"]:
        if "run" in step and "if" not in step:
            given = {key: value for key, value in step.get("env", {}).items() if "${{" not in value}
            done.append(checkout.run("bash", "-e", "-c", step["run"], **given, **environment))
            if done[-1].returncode:
                break
    return done


def run_gitlab(checkout: Checkout, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return checkout.run("bash", "-eo", "pipefail", "-c", "\n".join(gitlab()[name]["script"]), **environment)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("check-jsonschema", ["--builtin-schema", "vendor.gitlab-ci", "deploy/gitlab-ci.yml"]),
        ("hadolint", ["deploy/astro.Dockerfile"]),
    ],
)
def test_files_for_other_systems_are_well_formed(tool: str, arguments: list[str]) -> None:
    program = Path(sys.executable).with_name(tool)
    if not program.exists():
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", sorted((ROOT / "deploy").glob("*.md")), ids=lambda page: page.name)
def test_pages_refer_to_what_there_is(page: Path) -> None:
    named = re.findall(r"\]\(([^):#]+)\)|`((?:deploy|tests)/[\w./-]+\.\w+)`", page.read_text())
    places = [ROOT / path if path else page.parent / link for link, path in named]
    assert [str(place) for place in places if not place.exists()] == []


@pytest.mark.parametrize("script", sorted((ROOT / "deploy").glob("*.sh")), ids=lambda script: script.name)
def test_scripts_stop_at_the_first_failure_and_a_shell_understands_them(script: Path) -> None:
    text = script.read_text()
    assert os.access(script, os.X_OK)
    assert re.search("^set -eu", text, re.MULTILINE) or script.name == "mwaa-startup.sh"  # sourced by MWAA's own shell
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# GitHub


def test_mistakes_are_annotations_and_fail_the_check(checkout: Checkout) -> None:
    assert [step.returncode for step in run_job(checkout, "validate", GITHUB_ACTIONS="true")] == [0, 0]
    change(checkout, "algorithm: knn", "algorithm: knm")
    last = run_job(checkout, "validate", GITHUB_ACTIONS="true")[-1]
    assert last.returncode == 1
    assert "::error file=pipelines/iris-knn.yaml,line=18," in last.stdout


def test_the_difference_is_the_summary_and_an_artefact(checkout: Checkout, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    output = tmp_path / "output"
    settings = {"BASE": "main", "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output)}
    steps = run_job(checkout, "diff", **settings)
    assert [step.returncode for step in steps] == [0, 0], steps[-1].stderr
    assert "HyperParameters.k" in summary.read_text()
    assert summary.read_text() == (checkout.root / "diff.md").read_text()
    change(checkout, "k: 5,", "k: 3,")
    git(checkout, "commit", "--quiet", "--all", "--message", "Three again")
    assert [step.returncode for step in run_job(checkout, "diff", **settings)] == [0, 0]
    assert output.read_text() == "status=1\nstatus=0\n"


def test_a_difference_that_cannot_be_had_fails(checkout: Checkout, tmp_path: Path) -> None:
    files = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    steps = run_job(checkout, "diff", BASE="nowhere", **files)
    assert steps[-1].returncode == 1


@pytest.mark.parametrize(
    ("comments", "status", "calls_wanted"),
    [
        ("", "1", ["--silent --method POST repos/ml/pipelines/issues/7/comments --field body=@comment.md"]),
        ("81\n93\n", "1", ["--silent --method PATCH repos/ml/pipelines/issues/comments/81 --field body=@comment.md"]),
        ("81\n", "0", ["--silent --method PATCH repos/ml/pipelines/issues/comments/81 --field body=@comment.md"]),
        ("", "0", []),
    ],
    ids=["the first time", "afterwards", "nothing differs any more", "nothing ever differed"],
)
def test_there_is_one_comment(
    checkout: Checkout, tmp_path: Path, comments: str, status: str, calls_wanted: list[str]
) -> None:
    checkout.add_tool("gh", GH)
    (checkout.root / "diff.md").write_text("### What changes\n")
    calls = tmp_path / "calls"
    settings = {
        "REPOSITORY": "ml/pipelines",
        "NUMBER": "7",
        "STATUS": status,
        "GH_CALLS": str(calls),
        "GH_COMMENTS": comments,
    }
    (step,) = run_job(checkout, "comment", **settings)
    assert step.returncode == 0, step.stderr
    asked, *told = calls.read_text().splitlines()
    assert asked.startswith("api --paginate repos/ml/pipelines/issues/7/comments --jq ")
    assert told == [f"api {words}" for words in calls_wanted]
    assert (checkout.root / "comment.md").read_text() == f"{MARK}\n### What changes\n"


def test_everything_compiles(checkout: Checkout) -> None:
    steps = run_job(checkout, "compile")
    assert [step.returncode for step in steps] == [0, 0], steps[-1].stderr
    (upload,) = [step["with"] for step in github()["jobs"]["compile"]["steps"] if "upload" in step.get("uses", "")]
    assert list((checkout.root / upload["path"]).iterdir())
    assert upload["include-hidden-files"] is True  # the action leaves folders with a dot out otherwise


def test_the_jobs_may_do_no_more_than_they_need() -> None:
    workflow = github()
    assert list(workflow["jobs"]) == JOBS
    assert workflow["permissions"] == {"contents": "read"}
    permissions = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    assert permissions == {
        "validate": {"contents": "read", "security-events": "write"},
        "comment": {"pull-requests": "write"},
        "deploy": {"contents": "read", "id-token": "write"},
    }
    # What can write comments runs nothing of the pull request, and expressions never become shell.
    assert not [step for step in workflow["jobs"]["comment"]["steps"] if "checkout" in step.get("uses", "")]
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]
    assert "head.repo.fork" in workflow["jobs"]["comment"]["if"]


def test_main_alone_is_deployed_one_after_the_other_and_by_scripts_that_there_are() -> None:
    deploy = github()["jobs"]["deploy"]
    assert deploy["needs"] == ["validate", "compile"]
    assert "github.event_name == 'push'" in deploy["if"]
    assert "\n  push:\n    branches: [main]\n" in WORKFLOW.read_text()
    assert github()["concurrency"]["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    scripts = re.findall(r"deploy/\w+\.sh", str(deploy) + str(gitlab()["deploy"]))
    assert set(scripts) == {"deploy/mwaa.sh", "deploy/astro.sh"}
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


# GitLab


def test_gitlab_gets_the_mistakes_as_a_report_and_fails(checkout: Checkout) -> None:
    assert run_gitlab(checkout, "validate").returncode == 0
    change(checkout, "algorithm: knn", "algorithm: knm")
    done = run_gitlab(checkout, "validate")
    assert done.returncode == 1
    assert "pipelines/iris-knn.yaml:18:" in done.stdout
    assert "knm" in (checkout.root / gitlab()["validate"]["artifacts"]["reports"]["junit"]).read_text()


def test_gitlab_shows_the_difference_and_keeps_one_note(checkout: Checkout) -> None:
    settings = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(checkout, "rev-parse", "origin/main"),
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_API_V4_URL": "http://127.0.0.1:1",
    }
    done = run_gitlab(checkout, "diff", **settings)
    assert done.returncode == 0, done.stderr  # without a token, nothing is asked for
    assert "HyperParameters.k" in (checkout.root / gitlab()["diff"]["artifacts"]["paths"][0]).read_text()
    with notes_of_gitlab() as (url, notes):
        for _ in range(2):
            done = run_gitlab(checkout, "diff", **settings | {"CI_API_V4_URL": url, "GITLAB_TOKEN": "glpat"})
            assert done.returncode == 0, done.stderr
    assert [note["id"] for note in notes] == [1, 2]
    assert notes[1]["body"].startswith(f"{MARK}\n### ")
    assert notes[1]["asked"] == ["POST", "PUT"]


@contextmanager
def notes_of_gitlab() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(URL, notes) of a merge request that has a note of somebody else's."""
    notes: list[dict[str, Any]] = [{"id": 1, "body": "Why five?", "asked": []}]

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer([{"id": note["id"], "body": note["body"]} for note in notes])

        def do_POST(self) -> None:
            notes.append({"id": len(notes) + 1, "body": self.body(), "asked": ["POST"]})
            self.answer({})

        def do_PUT(self) -> None:
            note = next(note for note in notes if self.path.endswith(f"/merge_requests/7/notes/{note['id']}"))
            note["body"] = self.body()
            note["asked"].append("PUT")
            self.answer({})

        def body(self) -> str:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            return parse_qs(sent)["body"][0]

        def answer(self, data: Any) -> None:
            self.send_response(200 if self.headers["PRIVATE-TOKEN"] == "glpat" else 401)
            self.end_headers()
            self.wfile.write(json.dumps(data).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", notes
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_gitlab_compiles_everything(checkout: Checkout) -> None:
    done = run_gitlab(checkout, "compile")
    assert done.returncode == 0, done.stderr
    assert list((checkout.root / gitlab()["compile"]["artifacts"]["paths"][0]).iterdir())


def test_gitlab_deploys_where_it_is_told_to(checkout: Checkout, tmp_path: Path) -> None:
    for name in ("mwaa", "astro"):
        (checkout.root / "deploy" / f"{name}.sh").write_text(f'#!/bin/sh\necho "{name} $*"\n')
    checkout.add_tool("curl", "#!/bin/sh\necho :\n")
    settings = {"AWS_ID_TOKEN": "token", "MWAA_ENVIRONMENT": "flowers", "ASTRO_DEPLOYMENT": "cm1"}
    assert run_gitlab(checkout, "deploy", DEPLOY_TARGET="mwaa", **settings).stdout == "mwaa flowers\n"
    assert run_gitlab(checkout, "deploy", DEPLOY_TARGET="astro", **settings).stdout == "astro cm1\n"
    assert run_gitlab(checkout, "deploy", DEPLOY_TARGET="nowhere", **settings).returncode == 2


def test_github_refuses_a_target_that_there_is_not(checkout: Checkout) -> None:
    first, *others = github()["jobs"]["deploy"]["steps"]
    targets = set(re.findall(r"DEPLOY_TARGET == '(\w+)'", str(others)))
    assert set(re.findall(r'"(\w+)"', first["if"])) == targets == {"mwaa", "astro", "image"}
    done = checkout.run("bash", "-e", "-c", first["run"], TARGET="nowhere")
    assert (done.returncode, done.stderr) == (2, "DEPLOY_TARGET is mwaa, astro or image, not nowhere\n")


def test_an_image_is_built_and_pushed_for_a_commit(checkout: Checkout, tmp_path: Path) -> None:
    # It reads the password as the real one does: who writes it would end by SIGPIPE otherwise.
    checkout.add_tool("docker", '#!/bin/sh\necho "$*" >>"$CALLS"\ntest "$1" != login || cat >/dev/null\n')
    (step,) = [step for step in github()["jobs"]["deploy"]["steps"] if "docker build" in step.get("run", "")]
    calls = tmp_path / "calls"
    settings = {"IMAGE": "registry.example.com/ml/airflow", "USERNAME": "ci", "PASSWORD": "secret", "GITHUB_SHA": "abc"}
    assert checkout.run("bash", "-e", "-c", step["run"], CALLS=str(calls), **settings).returncode == 0
    expected = [
        "login registry.example.com --username ci --password-stdin",
        "build --tag registry.example.com/ml/airflow:abc .",
        "push registry.example.com/ml/airflow:abc",
    ]
    assert calls.read_text().splitlines() == expected
    calls.unlink()
    given = {"CI_REGISTRY": "registry.example.com", "CI_REGISTRY_IMAGE": "registry.example.com/ml/airflow"}
    given |= {"CI_REGISTRY_USER": "ci", "CI_REGISTRY_PASSWORD": "secret", "CI_COMMIT_SHA": "abc"}
    assert run_gitlab(checkout, "deploy image", CALLS=str(calls), **given).returncode == 0
    assert calls.read_text().splitlines() == expected


# CODEOWNERS


@pytest.mark.parametrize(
    ("file", "team"),
    [
        ("pipelines/iris-knn.yaml", "data-science"),
        ("pipelines/code/clean.py", "data-science"),
        ("pipelines/fraud/cards.yaml", "fraud"),
        ("pipelines/defaults.yaml", "ml-platform"),
        ("dags/load_pipelines.py", "ml-platform"),
        ("dags/callables/example.py", "ml-platform"),
        ("schemas/steps/train.schema.json", "ml-platform"),
        ("templates/pipeline.yaml.j2", "ml-platform"),
        ("pyproject.toml", "ml-platform"),
        (".github/CODEOWNERS", "ml-platform"),
        ("docs/pipelines/notes.md", "ml-platform"),
    ],
)
def test_everything_has_the_owner_that_it_should(file: str, team: str) -> None:
    assert owner_of(file) == f"@example/{team}"


def owner_of(file: str) -> str:
    """Of the forms that the example uses: everything, a folder and a file from the root. The last line counts."""
    found = ""
    for line in (ROOT / "deploy" / "CODEOWNERS").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, owner = line.split()
            assert pattern == "*" or pattern.startswith("/")
            is_folder = pattern.endswith("/")
            if pattern == "*" or (f"/{file}".startswith(pattern) if is_folder else f"/{file}" == pattern):
                found = owner
    return found
