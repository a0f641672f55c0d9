"""Projects: finding files, defaults, names that clash, results that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpipelines.errors import InvalidPipeline
from mlpipelines.project import Project
from tests.conftest import ROOT

PIPELINE = """\
name: {name}
steps:
  data_prep: {{type: prepare, dataset: https://example.com/a.csv, target: y}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pipelines").mkdir()
    return tmp_path


def write(root: Path, name: str, text: str | None = None) -> Path:
    file = root / "pipelines" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PIPELINE.format(name=file.stem) if text is None else text)
    return file


def test_files_are_found_in_folders_and_sorted(root: Path) -> None:
    for name in ("b.yaml", "a.yml", "team/c.yaml", "defaults.yaml", ".hidden.yaml", "notes.txt"):
        write(root, name)
    assert [str(file.relative_to(root / "pipelines")) for file in Project.at(root).files()] == [
        "a.yml",
        "b.yaml",
        "team/c.yaml",
    ]


def test_two_files_of_one_name_are_both_named(root: Path) -> None:
    files = [write(root, name) for name in ("a.yaml", "a.yml", "team/a.yaml", "b.yaml")]
    results = dict(Project.at(root).compile_all(files))
    errors = {file: result for file, result in results.items() if isinstance(result, InvalidPipeline)}
    assert set(errors) == set(files[:3])
    assert "pipelines/a.yml, pipelines/team/a.yaml" in str(errors[files[0]])


def test_a_file_of_another_kind_has_worse_to_say_than_its_name(root: Path) -> None:
    write(root, "a.yaml")
    results = dict(Project.at(root).compile_all([write(root, "a.csv", "x,y\n1,2\n")]))
    assert "PL103" in str(next(iter(results.values())))


def test_one_broken_file_hides_no_other(root: Path) -> None:
    good, bad, folder = write(root, "good.yaml"), write(root, "bad.yaml", "name: [\n"), root / "pipelines" / "x.yaml"
    folder.mkdir()
    (root / "pipelines" / "gone.yaml").symlink_to(root / "nowhere")
    results = dict(Project.at(root).compile_all(Project.at(root).files()))
    assert not isinstance(results[good], InvalidPipeline)
    assert isinstance(results[bad], InvalidPipeline)
    assert "a directory" in str(results[folder])
    assert "a link to nowhere" in str(results[root / "pipelines" / "gone.yaml"])


def test_links_in_a_circle_end(root: Path) -> None:
    write(root, "a.yaml")
    (root / "pipelines" / "loop").symlink_to(root / "pipelines")
    assert len(Project.at(root).files()) == 1


def test_a_mistake_in_the_defaults_stands_at_its_place(root: Path) -> None:
    write(root, "defaults.yaml", "regoin: us-east-1\n")
    file = write(root, "a.yaml")
    assert [str(problem) for problem in Project.at(root).problems(file)] == [
        "pipelines/defaults.yaml:1:1: PL101: unknown field 'regoin' (did you mean 'region'?)"
    ]


def test_defaults_are_built_in_then_common_then_the_files_then_the_steps(root: Path) -> None:
    write(
        root,
        "defaults.yaml",
        "region: us-east-2\nretries: 1\ntrain: {instance_type: ml.m5.large}\ntags: {a: '1', b: '1'}\n",
    )
    file = write(
        root,
        "a.yaml",
        "name: a\ndefaults: {retries: 2, tags: {b: '2', c: '2'}, train: {volume_size: 5}}\nsteps:\n"
        "  t: {type: train, image: own, channels: {train: s3://bkt/x}, tags: {c: '3'}, retries: 3, "
        "volume_size: null, instance_type: ml.g5.xlarge}\n"
        "  u: {type: train, image: own, channels: {train: s3://bkt/x}}\n",
    )
    first, second = Project.at(root).compile(file).pipeline.steps
    assert first.fields["retries"] == 3
    assert second.fields["retries"] == 2
    assert first.fields["tags"] == {"a": "1", "b": "2", "c": "3"}
    assert (first.fields["instance_type"], second.fields["instance_type"]) == ("ml.g5.xlarge", "ml.m5.large")
    assert (first.fields["volume_size"], second.fields["volume_size"]) == (None, 5)


def test_a_result_is_kept_while_the_text_stays_the_same(root: Path) -> None:
    file = write(root, "a.yaml")
    project = Project.at(root)
    first = project.compile(file)
    assert project.compile(file) is first
    write(root, "a.yaml", PIPELINE.format(name="a") + "description: changed\n")
    assert project.compile(file) is not first


def test_a_fault_in_a_template_is_said_to_be_one(root: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "templates", root / "templates")
    (root / "templates/steps/prepare.yaml.j2").write_text("{{ task_id }}:\n  x: {{ step.nowhere }}\n")
    problem = Project.at(root).problems(write(root, "a.yaml"))[0]
    assert problem.code == "PL501"
    assert "nowhere" in problem.message
    assert "not of the pipeline" in problem.hint


def test_a_template_can_run_no_code(root: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "templates", root / "templates")
    (root / "templates/steps/prepare.yaml.j2").write_text("{{ task_id }}:\n  x: {{ step.__class__.__mro__ }}\n")
    assert Project.at(root).problems(write(root, "a.yaml"))[0].code == "PL501"


def test_many_files_give_the_same_problems_as_one_by_one(root: Path) -> None:
    from mlpipelines.batch import check_files

    files = [write(root, f"p{number}.yaml") for number in range(220)]
    files += [write(root, f"q{number}.yaml", "name: x\n") for number in range(30)]
    done: list[int] = []
    project = Project.at(root)
    assert check_files(project, files, done.append) == sorted(
        p for file in files for p in Project.at(root).problems(file)
    )
    assert done[-1] == 250


def test_folders_of_tools_are_no_place_for_pipelines(root: Path) -> None:
    write(root, "a.yaml")
    write(root, ".ipynb_checkpoints/a.yaml")
    assert [file.name for file in Project.at(root).files()] == ["a.yaml"]


def test_what_looks_like_a_pipeline_and_is_none_is_said(root: Path) -> None:
    write(root, "team/defaults.yaml", "region: us-east-1\n")
    write(root, "SHOUT.YAML")
    results = {file.name: str(result) for file, result in Project.at(root).compile_all(Project.at(root).files())}
    assert "only pipelines/defaults.yaml holds defaults" in results["defaults.yaml"]
    assert "'SHOUT' is not allowed here" in results["SHOUT.YAML"]


def test_folders_of_the_same_name_may_belong_to_others(root: Path) -> None:
    for folder in ("schemas", "templates"):
        (root / folder).mkdir()
        (root / folder / "index.html").write_text("x")
    assert Project.at(root).problems(write(root, "a.yaml")) == []


def test_templates_in_the_defaults_are_checked(root: Path) -> None:
    write(root, "defaults.yaml", "role: '{{ var.value.role }'\nbucket: '{{ nope }}'\n")
    assert [problem.code for problem in Project.at(root).defaults_problems()] == ["AF22", "AF21"]


def test_a_job_is_waited_for_as_long_as_the_merged_request_lets_it_run(root: Path) -> None:
    file = write(
        root,
        "a.yaml",
        "name: a\nsteps:\n  t:\n    {type: train, image: x, channels: {train: s3://bkt/x}, instance_type: ml.m5.large, "
        "max_runtime: 2h, request: {EnableManagedSpotTraining: true, StoppingCondition: {MaxRuntimeInSeconds: 172800, "
        "MaxWaitTimeInSeconds: 360000}}}\n",
    )
    task = Project.at(root).compile(file).config["tasks"]["t"]
    assert task["max_attempts"] * task["check_interval"] >= 360_000 + 3600
