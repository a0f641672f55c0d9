"""What `mlpipelines diff` says of two states of a project, and that it says nothing where nothing changes."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from mlpipelines.cli import main
from mlpipelines.diff.members import Member, differences
from tests.conftest import CASES, ROOT

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
IRIS = (ROOT / "pipelines" / "iris-knn.yaml").read_text()
DEFAULTS = "region: us-east-2\n"
TWO_STEPS = """\
steps:
  a: {type: delete_model, model: one}
  b: {type: delete_model, model: two, after: a}
"""


def git(folder: Path, *arguments: str) -> str:
    own = ("-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *own, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        file = folder / "pipelines" / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit: the iris pipeline."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    write(folder, **{"iris-knn": IRIS, "defaults": DEFAULTS})
    commit(folder)
    return folder


def diff(folder: Path, *arguments: str | Path, status: int = 1) -> str:
    output, errors = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(output), redirect_stderr(errors), pytest.raises(SystemExit) as end:
        main(["diff", *map(str, arguments)])
    assert end.value.code == status, output.getvalue() + errors.getvalue()
    return errors.getvalue() if status == 2 else output.getvalue()


def told(folder: Path, *arguments: str | Path) -> list[str]:
    """The lines below the first one, without blank ones and indentation."""
    return [line.strip() for line in diff(folder, *arguments).splitlines()[1:] if line.strip()]


def edited(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_nothing_changes(repository: Path) -> None:
    assert diff(repository, status=0) == "HEAD -> the working tree\nno differences\n"
    write(repository, **{"iris-knn": f"# another comment\n{IRIS}"})
    assert "no differences" in diff(repository, status=0)


def test_each_kind_of_change_has_its_line(repository: Path) -> None:
    text = edited(
        IRIS,
        ("schedule: null", 'schedule: "@daily"'),
        ("train: 0.7, test: 0.3", "train: 0.8, test: 0.2"),
        (
            "    instance_type: ml.m5.large\n    max_runtime: 100m\n",
            "    instance_type: ml.m5.xlarge\n    retries: 2\n",
        ),
        ("k: 3, ", "k: 5, index_metric: COSINE, "),
        ('{train: "${data_prep.train}"}', '{train: "${data_prep.train}", test: "${data_prep.test}"}'),
        ("${data_prep.test_labels}", "s3://bucket/labels.csv"),
    )
    write(repository, **{"iris-knn": f"{text}\n  note: {{type: experiment, after: quality}}\n"})
    assert told(repository) == [
        "~ iris-knn",
        "DAG",
        "+ schedule: @daily",
        "steps",
        "+ note (experiment), after quality",
        "data_prep",
        "~ split.train: 0.7 -> 0.8",
        "~ split.test: 0.3 -> 0.2",
        "train_model",
        "+ retries: 2",
        "train_model: CreateTrainingJob",
        "~ HyperParameters.k: 3 -> 5",
        "+ HyperParameters.index_metric: COSINE",
        "+ InputDataConfig[test].ContentType: text/csv",
        "+ InputDataConfig[test].DataSource.S3DataSource.S3DataType: S3Prefix",
        "+ InputDataConfig[test].DataSource.S3DataSource.S3Uri: ${data_prep.test}",
        "~ ResourceConfig.InstanceType: ml.m5.large -> ml.m5.xlarge",
        "~ StoppingCondition.MaxRuntimeInSeconds: 6000 -> 86400",
        "quality",
        "- waits for data_prep",
        "~ labels: ${data_prep.test_labels} -> s3://bucket/labels.csv",
        "1 pipeline: 1 changed",
    ]


def test_pipelines_come_go_move_and_are_renamed(repository: Path) -> None:
    write(repository, bye=f"name: bye\n{TWO_STEPS}", walker=edited(IRIS, ("iris-knn", "walker")))
    commit(repository)
    (repository / "pipelines" / "bye.yaml").unlink()
    (repository / "pipelines" / "iris-knn.yaml").unlink()
    (repository / "pipelines" / "walker.yaml").unlink()
    write(
        repository,
        iris=edited(IRIS, ("name: iris-knn", "name: iris"), ("k: 3", "k: 5")),
        hello="name: hello\nsteps:\n  x: {type: experiment}\n",
        team__walker=edited(IRIS, ("iris-knn", "walker")),
    )
    assert told(repository) == [
        "~ iris",
        "~ file: pipelines/iris-knn.yaml -> pipelines/iris.yaml",
        "~ DAG id: iris-knn -> iris",
        "train_model: CreateTrainingJob",
        "~ HyperParameters.k: 3 -> 5",
        "~ walker",
        "~ file: pipelines/walker.yaml -> pipelines/team/walker.yaml",
        "New",
        "+ hello: pipelines/hello.yaml, 1 step",
        "Gone",
        "- bye: pipelines/bye.yaml, 2 steps",
        "4 pipelines: 1 new, 1 gone, 1 changed, 1 moved",
    ]


def test_a_step_of_another_type_is_another_step(repository: Path) -> None:
    write(repository, x=f"name: x\n{TWO_STEPS}")
    commit(repository)
    write(repository, x="name: x\nsteps:\n  a: {type: experiment}\n  b: {type: delete_model, model: two}\n")
    assert told(repository)[1:4] == ["steps", "+ a (experiment), at once", "- a (delete_model)"]
    assert "waits for" not in diff(repository), "the step that was waited for is gone"
    write(repository, x=f"name: x\n{TWO_STEPS}".replace(", after: a", ""))
    assert told(repository)[1:3] == ["b", "- waits for a"]


def test_a_default_is_told_once_for_hundreds_of_pipelines(repository: Path) -> None:
    names = [f"p{number}" for number in range(300)]
    write(repository, **{name: f"name: {name}\n{TWO_STEPS}" for name in names})
    write(repository, p7=f"name: p7\n{TWO_STEPS}".replace("a:", "c:").replace("a}", "c}"))
    commit(repository)
    write(repository, defaults="region: eu-west-1\nbucket: other-bucket\nretries: 3\n")
    text = told(repository)
    assert text[:5] == [
        "Files",
        "~ pipelines/defaults.yaml changed",
        "~ 301 pipelines: iris-knn, p0, p1, p10, p100, p101, p102, p103 and 293 more",
        "605 steps",
        "+ retries: 3",
    ]
    assert len(text) < 25
    assert "~ OutputDataConfig.S3OutputPath: s3://{{ var.value.s3_bucket }}/iris-knn/" in diff(repository)
    (repository / "pipelines" / "defaults.yaml").unlink()
    assert "~ pipelines/defaults.yaml changed" not in told(repository)
    assert "- pipelines/defaults.yaml gone" in told(repository)


def test_broken_pipelines_are_said_and_stop_nothing(repository: Path) -> None:
    write(repository, was_bad="name: nothing\n", bad_twice="name: [\n", still=f"name: still\n{TWO_STEPS}")
    commit(repository)
    write(repository, **{"was_bad": f"name: was_bad\n{TWO_STEPS}", "iris-knn": edited(IRIS, ("prepare", "prepar"))})
    write(repository, bad_twice="name: [\n# the same mistake\n", still=f"name: still\n{TWO_STEPS}".replace("two", "2b"))
    (repository / "pipelines" / "fresh.yaml").write_bytes(b"\x00\xff")
    text = diff(repository)
    assert re.search("! fresh\n  ! new, and invalid\n +pipelines/fresh.yaml:1:2: YM12", text)
    assert re.search("! iris-knn\n  ! no longer valid in the working tree\n +pipelines/iris-knn.yaml:9:11: ", text)
    assert "! was_bad\n  ! valid now; it was invalid in HEAD, so nothing is compared\n" in text
    assert "bad_twice" not in text
    assert "model: two -> 2b" in text.replace("ModelName", "model")
    (repository / "pipelines" / "was_bad.yaml").unlink()
    assert "! was_bad\n  ! gone; it was invalid in HEAD" in diff(repository)


def test_defaults_that_are_wrong_are_told_once(repository: Path) -> None:
    write(repository, **{f"p{number}": f"name: p{number}\n{TWO_STEPS}" for number in range(20)})
    commit(repository)
    write(repository, defaults="region: [\n")
    text = diff(repository)
    assert text.count("pipelines/defaults.yaml:") == 1
    assert "! 21 pipelines: iris-knn, p0, " in text


def test_code_that_changes_is_said(repository: Path) -> None:
    (repository / "dags" / "callables").mkdir(parents=True)
    (repository / "dags" / "callables" / "own.py").write_text("def f(): ...\n")
    (repository / "pipelines" / "code.py").write_text("print()\n")
    assert told(repository) == [
        "Files",
        "+ dags/callables/own.py new",
        "+ pipelines/code.py new",
        "no pipeline changes",
    ]
    commit(repository)
    write(repository, defaults=f"# only a comment\n{DEFAULTS}")
    assert "no pipeline changes" in diff(repository, status=0)


def test_secrets_are_masked_in_every_format(repository: Path) -> None:
    write(repository, **{"iris-knn": f"{IRIS}\n".replace("100m\n", "100m\n    environment: {DB_PASSWORD: hunter2}\n")})
    commit(repository)
    secret = "environment: {DB_PASSWORD: swordfish, A: 'https://u:hush@x.org/?token=hush'}"
    secret = f"100m\n    {secret}\n    tags: {{api_key: hush}}\n"
    write(repository, **{"iris-knn": IRIS.replace("100m\n", secret)})
    for form in ("text", "markdown", "json"):
        text = diff(repository, "--format", form)
        assert not re.search("hunter2|swordfish|hush", text)
        assert "DB_PASSWORD" in text
    assert "~ Environment.DB_PASSWORD: *** -> *** (another value)" in told(repository)


def test_sides_are_commits_ranges_folders_and_files(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "feature")
    write(repository, **{"iris-knn": edited(IRIS, ("k: 3", "k: 5"))})
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    write(repository, other=f"name: other\n{TWO_STEPS}")
    commit(repository)
    assert diff(repository, "main", "feature").startswith("main -> feature\n")
    assert diff(repository, "main..feature") == diff(repository, "main", "feature")
    assert "other" in diff(repository, "main..feature")
    assert "other" not in diff(repository, "main...feature")
    assert "k: 3 -> 5" in diff(repository, "main...feature")
    assert "+ other:" in diff(repository, first[:8], "HEAD")
    assert "no differences" in diff(repository, "main", "./pipelines", status=0)
    assert "+ other" in diff(repository, "feature", "pipelines/other.yaml")
    copy = tmp_path / "copy"
    write(copy, **{"iris-knn": edited(IRIS, ("k: 3", "k: 9")), "defaults": DEFAULTS})
    assert "k: 3 -> 9" in diff(repository, ".", copy)
    assert "k: 3 -> 9" in diff(repository, "feature~1", copy / "pipelines")
    assert (
        told(repository, "pipelines/iris-knn.yaml", copy / "pipelines" / "iris-knn.yaml")[2]
        == "~ HyperParameters.k: 3 -> 9"
    )
    assert told(repository, "feature", "pipelines/iris-knn.yaml")[2] == "~ HyperParameters.k: 5 -> 3"
    assert told(repository, "pipelines/iris-knn.yaml", "feature")[2] == "~ HyperParameters.k: 3 -> 5"
    git(repository, "tag", "v1")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "y")
    assert "no differences" in diff(repository / "pipelines", "v1", status=0)


def test_uncommitted_work_and_the_index_stay_as_they_are(repository: Path) -> None:
    write(repository, other=f"name: other\n{TWO_STEPS}")
    before = git(repository, "status", "--porcelain"), git(repository, "worktree", "list")
    diff(repository, "HEAD")
    assert (git(repository, "status", "--porcelain"), git(repository, "worktree", "list")) == before


def test_a_project_below_the_repository_s_folder_and_one_that_lost_its_pipelines(repository: Path) -> None:
    inner = repository / "team a"
    write(inner, x=f"name: x\n{TWO_STEPS}")
    commit(repository)
    write(inner, x=f"name: x\n{TWO_STEPS}".replace("two", "three"))
    assert "~ ModelName: two -> three" in diff(inner)
    assert "iris-knn" not in diff(inner / "pipelines", "HEAD~1")
    for file in (repository / "pipelines").iterdir():
        file.unlink()
    (repository / "pipelines").rmdir()
    assert "- iris-knn:" in diff(repository)


def test_links_out_of_the_commit_are_not_followed(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(f"name: outside\n{TWO_STEPS}")
    (repository / "pipelines" / "outside.yaml").symlink_to(tmp_path / "outside.yaml")
    (repository / "pipelines" / "up.yaml").symlink_to("../../outside.yaml")
    (repository / "pipelines" / "inside.yaml").symlink_to("iris-knn.yaml")
    commit(repository)
    report = json.loads(diff(repository, "HEAD~1", "HEAD", "--format", "json"))
    assert [pipeline["name"] for pipeline in report["pipelines"]] == ["inside"]


def test_names_that_nobody_knows(repository: Path, tmp_path: Path) -> None:
    assert diff(repository, "nowhere", status=2) == (
        "mlpipelines: 'nowhere' is no branch, tag or commit that git knows here, and no file or folder\n"
    )
    assert "no commit in common: one of them is not known here" in diff(repository, "main...nowhere", status=2)
    assert "two sides at the most" in diff(repository, "a", "b", "c", status=2)
    plain = tmp_path / "plain"
    write(plain, **{"iris-knn": IRIS})
    assert "this is no git repository" in diff(plain, status=2)
    assert "this is no git repository" in diff(plain, "main...", status=2)
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    assert "is no branch" in diff(empty, status=2)


def test_markdown_is_for_pull_requests(repository: Path) -> None:
    write(repository, **{"iris-knn": edited(IRIS, ("tags: [example]", 'tags: ["```"]'))})
    assert diff(repository, "--format", "markdown") == (
        "### 1 pipeline: 1 changed\n\nFrom `HEAD` to `the working tree`.\n\n**`iris-knn`**\n\n"
        "````diff\n@@ DAG @@\n- tags: [example]\n+ tags: [```]\n````\n"
    )
    write(repository, **{f"p{number}": f"name: p{number}\nsteps: {number}\n" for number in range(900)})
    text = diff(repository, "--format", "markdown")
    assert 50_000 < len(text) < 65_536
    assert re.search("And [0-9]+ more", text)


def test_json_is_for_programs(repository: Path) -> None:
    write(repository, **{"iris-knn": edited(IRIS, ("k: 3", "k: 5"))})
    assert json.loads(diff(repository, "--format", "json")) == {
        "old": "HEAD",
        "new": "the working tree",
        "files": [],
        "pipelines": [
            {
                "name": "iris-knn",
                "file": "pipelines/iris-knn.yaml",
                "state": "changed",
                "changes": [
                    {
                        "step": "train_model",
                        "kind": "request",
                        "where": "CreateTrainingJob",
                        "path": "HyperParameters.k",
                        "old": "3",
                        "new": "5",
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize("file", sorted((CASES / "valid").glob("*.yaml")), ids=lambda file: file.stem)
def test_a_case_is_equal_to_itself(file: Path) -> None:
    assert "no differences" in diff(ROOT, file, file, status=0)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": True}, [Member("a", "1", "true")]),
        ({"a": {}}, {"a": {"b": "x"}}, [Member("a.b", None, "x")]),
        ({"a": ["x"]}, {"a": ["x", "y"]}, [Member("a", "[x]", "[x, y]")]),
        ({"a": " x"}, {"a": "x\ny"}, [Member("a", '" x"', '"x\\ny"')]),
        ({"Tags": [{"Key": "a", "Value": "1"}]}, {"Tags": [{"Key": "a", "Value": "2"}]}, [Member("Tags[a]", "1", "2")]),
        (
            {"C": [{"ChannelName": "a", "X": 1}, {"ChannelName": "b", "X": 1}]},
            {"C": [{"ChannelName": "b", "X": 1}, {"ChannelName": "a", "X": 2}]},
            [Member("C[a].X", "1", "2")],
        ),
        ({"C": [{"X": 1}]}, {"C": [{"X": 1}, {"X": 2}]}, [Member("C[1].X", None, "2")]),
        ({"h": {"a.b": 1}}, {"h": {}}, [Member("h['a.b']", "1", None)]),
        ({"E": [{"Name": "TOKEN", "Value": "x"}]}, {"E": []}, [Member("E[TOKEN]", "***", None)]),
    ],
)  # fmt: skip
def test_members_that_differ(old: object, new: object, found: list[Member]) -> None:
    assert differences(old, new) == found
