"""What a project's settings and the comments in its files make of problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpipelines.batch import check_files
from mlpipelines.controls import read_controls
from mlpipelines.errors import InvalidPipeline
from mlpipelines.policy import Policy, family, near_rule, read_policy
from mlpipelines.project import Project

TRAIN = """\
name: a
steps:
  t:
    type: train
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1
    channels: {{train: s3://data/x}}
    instance_type: {machine}
"""
SECOND = "\n".join(TRAIN.replace("  t:", "  u:").splitlines()[2:]) + "\n"
#: SM812, a warning: the machine may be newer than our table. SM811, an error: no machine is called so.
NEW, WRONG = "ml.m99.large", "ml.m5.larg"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pipelines").mkdir()
    return tmp_path


def settings(root: Path, text: str) -> Policy:
    (root / "pyproject.toml").write_text(text)
    return read_policy(root / "pyproject.toml")


def found(root: Path, text: str, rules: str = "") -> list[str]:
    """`line:severity:id` of each problem of a file in a project with these settings."""
    if rules:
        (root / "pyproject.toml").write_text(f"[tool.mlpipelines.rules]\n{rules}\n")
    file = root / "pipelines" / "a.yaml"
    file.write_text(text)
    return [f"{p.line}:{p.severity}:{p.code}" for p in Project.at(root).problems(file)]


# The project's settings


@pytest.mark.parametrize(
    ("rules", "machine", "expected"),
    [
        ("", NEW, ["7:warning:SM812"]),
        ('SM812 = "error"', NEW, ["7:error:SM812"]),
        ('new-instance-type = "info"', NEW, ["7:info:SM812"]),
        ('sm812 = "off"', NEW, []),
        ('SM = "off"', NEW, []),
        ('SM8 = "info"', NEW, ["7:info:SM812"]),
        ('SM = "off"\nSM812 = "error"', NEW, ["7:error:SM812"]),
        ('SM812 = "error"\nSM8 = "off"\nSM = "info"', NEW, ["7:error:SM812"]),
        ('SM = "error"\nSM8 = "off"', NEW, []),
        ('SM1 = "off"', NEW, ["7:warning:SM812"]),
        ("", WRONG, ["7:error:SM811"]),
        ('SM811 = "warning"', WRONG, ["7:warning:SM811"]),
        ('PL = "off"', "[", ["7:error:YM11"]),
    ],
)
def test_a_project_sets_the_severity_of_rules(root: Path, rules: str, machine: str, expected: list[str]) -> None:
    assert [line.partition(":")[2] for line in found(root, TRAIN.format(machine=machine), rules)] == [
        line.partition(":")[2] for line in expected
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('[tool.mlpipelines.rules]\nSM8122 = "off"', "pyproject.toml:2:1: settings: there is no rule 'SM8122' (did"),
        ('[tool.mlpipelines.rules]\nSM812 = "of"', ":2:1: settings: SM812 = 'of': it can be error, warning, info, off"),
        ("[tool.mlpipelines.rules]\nSM812 = false", "SM812 = False: it can be"),
        ('[tool.mlpipelines.rules]\nSM812 = ["off"]', "SM812 = ['off']: it can be"),
        ('[tool.mlpipelines.rules]\nnew-instance-typ = "off"', "did you mean 'new-instance-type'?"),
        ('[tool.mlpipelines.rules]\nXX = "off"', "there is no rule 'XX' (`mlpipelines rules` lists them all)"),
        ('[tool.mlpipelines.rules]\nPL101 = "off"', "PL101 stays an error"),
        ('[tool.mlpipelines.rules]\nunknown-field = "warning"', "unknown-field stays an error"),
        ('[tool.mlpipelines.rules]\nSM812 = "off"\nnew-instance-type = "info"', "SM812 (new-instance-type) is set tw"),
        ('[tool.mlpipelines]\nrule = {}', ":2:1: settings: tool.mlpipelines has no setting 'rule' (did you mean"),
        ('[tool.mlpipelines]\nrules = "off"', "tool.mlpipelines.rules must be a table"),
        ('[tool]\nmlpipelines = 1', "tool.mlpipelines must be a table"),
        ("[tool.mlpipelines.rules\n", "pyproject.toml:1:1: settings: this is not valid TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_settings_is_said(root: Path, text: str, mistake: str) -> None:
    mistakes = settings(root, text).mistakes
    assert len(mistakes) == 1
    assert mistake in str(mistakes[0])


@pytest.mark.parametrize("text", ["", "[tool.ruff]\nx = 1\n", '[project]\nname = "mlpipelines"\n', "[tool.other\n"])
def test_the_settings_of_others_are_not_ours(root: Path, text: str) -> None:
    assert settings(root, text) == Policy()


def test_no_file_no_settings_and_one_that_cannot_be_read_is_said(root: Path) -> None:
    assert read_policy(root / "pyproject.toml") == Policy()
    (root / "pyproject.toml").write_bytes(b"\xff[tool.mlpipelines]")
    assert "cannot be read" in str(read_policy(root / "pyproject.toml").mistakes[0])


def test_what_is_right_holds_beside_what_is_wrong(root: Path) -> None:
    """Airflow goes on with it: a slip in the settings takes no DAG away."""
    policy = settings(root, '[tool.mlpipelines.rules]\nSM811 = "warning"\nnowhere = "off"\n')
    assert (policy.settings, len(policy.mistakes)) == ({"SM811": "warning"}, 1)


def test_a_family_leaves_fixed_rules_alone(root: Path) -> None:
    policy = settings(root, '[tool.mlpipelines.rules]\nPL = "off"\n')
    assert policy.mistakes == ()
    assert "PL101" not in policy.settings
    assert policy.settings["PL905"] == "off"


@pytest.mark.parametrize(
    ("word", "has", "lacks"), [("SM", "SM812", "AF05"), ("SM8", "SM812", "SM101"), ("af", "AF05", "SM101")]
)
def test_a_family_is_what_ids_begin_with(word: str, has: str, lacks: str) -> None:
    ids = {rule.id for rule in family(word)}
    assert has in ids
    assert lacks not in ids


@pytest.mark.parametrize("word", ["SM81", "SM812", "S", "AF0", "", "SM9x", "new"])
def test_other_words_are_no_family(word: str) -> None:
    assert family(word) == []


@pytest.mark.parametrize(
    ("word", "near"), [("SM8122", "SM812"), ("sm812x", "SM812"), ("new-instance", "new-instance-type"), ("zzz", "")]
)
def test_the_nearest_rule(word: str, near: str) -> None:
    assert near in near_rule(word)
    assert bool(near) == bool(near_rule(word))


# Comments


def comment(machine: str, end: str = "", above: str = "", top: str = "") -> str:
    lines = TRAIN.format(machine=machine).splitlines()
    lines[-1] += end
    lines[-1:-1] = [above] if above else []
    return "\n".join([*([top] if top else []), *lines]) + "\n"


IGNORE = "# mlpipelines: ignore[{}] a reason"


@pytest.mark.parametrize(
    "places",
    [
        {"end": f"  {IGNORE}"},
        {"above": f"    {IGNORE}"},
        {"above": f"{IGNORE}"},
        {"above": f"{IGNORE}\n\n  # and more\n"},
        {"top": IGNORE},
        {"top": f"# a pipeline\n\n{IGNORE}\n---"},
        {"top": f"---\n{IGNORE}"},
        {"top": f"%YAML 1.2\n{IGNORE}\n---"},
        {"end": "  #mlpipelines:ignore[ {} ] because"},
        {"end": "  # see the wiki # mlpipelines: ignore[{}]: because"},
        {"above": "    #\tmlpipelines :\tignore [{}] - because"},
    ],
)
@pytest.mark.parametrize(
    ("machine", "word"), [(NEW, "SM812"), (NEW, "new-instance-type"), (WRONG, "SM811"), (WRONG, "sm811")]
)
def test_a_comment_ignores_a_rule(root: Path, places: dict[str, str], machine: str, word: str) -> None:
    assert found(root, comment(machine, **{name: text.format(word) for name, text in places.items()})) == []


def test_one_comment_ignores_several_rules(root: Path) -> None:
    text = TRAIN.format(machine=f"[{NEW}, {WRONG}]  # mlpipelines: ignore[SM812, SM811] both will be there")
    assert found(root, text) == []
    assert found(root, text.replace("[SM812, SM811]", "[SM811]")) == ["7:warning:SM812"]


def test_each_line_has_its_own(root: Path) -> None:
    second = (
        "  u:\n    type: train\n    image: x\n    channels: {train: s3://data/x}\n    instance_type: ml.m99.large\n"
    )
    text = TRAIN.format(machine=f"{NEW} {IGNORE.format('SM812')}") + second
    assert found(root, text) == ["12:warning:SM812"]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_lines_may_end_as_elsewhere(root: Path, newline: str) -> None:
    text = comment(NEW, above=f"    {IGNORE.format('SM812')}").replace("\n", newline)
    file = root / "pipelines" / "a.yaml"
    file.write_bytes(text.encode())
    assert Project.at(root).problems(file) == []


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({"end": " # mlpipelines: ignore[SM812]"}, ["7:error:PL902"]),
        ({"end": " # mlpipelines: ignore[SM812] -"}, ["7:error:PL902"]),
        ({"end": " # mlpipelines: ignore"}, ["7:error:PL901", "7:warning:SM812"]),
        ({"end": " # mlpipelines: ignore[] why"}, ["7:error:PL901", "7:warning:SM812"]),
        ({"end": " # mlpipelines: ignore SM812 why"}, ["7:error:PL901", "7:warning:SM812"]),
        ({"end": " # mlpipelines: ingore[SM812] why"}, ["7:error:PL901", "7:warning:SM812"]),
        ({"end": " # mlpipelines: disable SM812"}, ["7:error:PL901", "7:warning:SM812"]),
        ({"end": " # mlpipelines: ignore[SM8122] why"}, ["7:error:PL903", "7:warning:SM812"]),
        ({"end": " # mlpipelines: ignore[SM] why"}, ["7:error:PL903", "7:warning:SM812"]),
        ({"end": " # mlpipelines: ignore[SM812, PL101] why"}, ["7:error:PL904"]),
        ({"end": " #mlpipelines:ignore[x] y", "top": "#mlpipelines:ignore[SM812]"}, ["1:error:PL902", "8:error:PL903"]),
        ({"end": " # mlpipelines: ignore[SM812, SM811] why"}, ["7:warning:PL905"]),
        ({"above": " # mlpipelines: ignore[SM811] why"}, ["7:warning:PL905", "8:warning:SM812"]),
        ({"top": "# mlpipelines: ignore[SM811] why"}, ["1:warning:PL905", "8:warning:SM812"]),
        ({"end": " # mlpipelines: the linter"}, ["7:warning:SM812"]),
        ({"end": " # mlpipelines validates this"}, ["7:warning:SM812"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_comment_is_said(root: Path, places: dict[str, str], expected: list[str]) -> None:
    assert sorted(found(root, comment(NEW, **places))) == sorted(expected)


def test_a_mistake_in_a_comment_stands_at_the_word(root: Path) -> None:
    line = "a: 1  # mlpipelines: ignore[SM812,  SM8122] why"
    (problem,) = read_controls(line, "x").problems
    assert (problem.column, problem.hint) == (line.index("SM8122") + 1, "did you mean 'SM812'?")


@pytest.mark.parametrize(
    "text",
    [
        'a: "x # mlpipelines: ignore[SM812]"',
        "a: 'x # mlpipelines: ignore[SM812]'",
        "a: |\n  # mlpipelines: ignore[SM812]\n",
        "a: >-\n  x\n  # mlpipelines: ignore[SM812]\nb: 1",
        'a: "x\n  # mlpipelines: ignore[SM812]\n  y"',
        "a: x#mlpipelines: ignore[SM812]",
        "ä: 😀\nb: '# mlpipelines: ignore[SM812]'",
    ],
)
def test_what_yaml_does_not_call_a_comment_is_none(text: str) -> None:
    controls = read_controls(text, "x")
    assert (controls.ignores, controls.problems) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "a: | # mlpipelines: ignore[SM812] why\n  text\n",
        "a: >-  # mlpipelines: ignore[SM812] why\n  text\n",
        "a: 'x # y' # mlpipelines: ignore[SM812] why",
        "a: '# mlpipelines: ignore[SM811]' # mlpipelines: ignore[SM812] why",
        "a: [1, # mlpipelines: ignore[SM812] why\n 2]",
        "a: |\n  text\n# mlpipelines: ignore[SM812] why\nb: 1",
        "a: |\n    text\n  # mlpipelines: ignore[SM812] why\nb: 1",
        "a: plain # mlpipelines: ignore[SM812] why",
        "😀: 漢字 # mlpipelines: ignore[SM812] why",
    ],
)
def test_what_yaml_calls_a_comment_is_one(text: str) -> None:
    controls = read_controls(text, "x")
    assert ([ignore.rule for ignore in controls.ignores], controls.problems) == (["SM812"], ())


def test_an_ignore_is_not_called_unused_before_all_checks_ran(root: Path) -> None:
    text = comment("ml.m5.large", end=f" {IGNORE.format('SM812')}")
    assert found(root, text) == ["7:warning:PL905"]
    assert found(root, text.replace("s3://data/x", "'${nowhere.x}'")) == ["6:error:PL202"]


def test_what_is_known_only_at_run_time_may_be_ignored(root: Path) -> None:
    assert found(root, comment('"{{ var.value.machine }}"', end=f" {IGNORE.format('SM811')}")) == []


def test_an_ignore_behind_the_last_line_is_for_nothing(root: Path) -> None:
    assert found(root, TRAIN.format(machine="ml.m5.large") + f"{IGNORE.format('SM812')}\n") == ["8:warning:PL905"]


def test_defaults_have_their_own_comments(root: Path) -> None:
    defaults = root / "pipelines" / "defaults.yaml"
    text = TRAIN.format(machine="").replace("    instance_type: \n", "")
    defaults.write_text(f"train: {{instance_type: {WRONG}}}\n")
    assert found(root, text) == ["1:error:SM811"]
    defaults.write_text(f"train: {{instance_type: {WRONG}}}  {IGNORE.format('SM811')}\n")
    assert found(root, text) == []
    assert found(root, f"{IGNORE.format('SM811')}\n{text}") == ["1:warning:PL905"], "what stands elsewhere is not meant"


def test_mistakes_in_the_comments_of_defaults_are_told_once(root: Path) -> None:
    (root / "pipelines" / "defaults.yaml").write_text("retries: 1  # mlpipelines: ignore[SM8122] why\n")
    file = root / "pipelines" / "a.yaml"
    file.write_text(TRAIN.format(machine="ml.m5.large"))
    project = Project.at(root)
    assert [problem.code for problem in check_files(project, [file], lambda _: None)] == ["PL903"]


def test_warnings_in_the_defaults_are_told_and_stop_nothing(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nAF21 = "warning"\n')
    (root / "pipelines" / "defaults.yaml").write_text("bucket: '{{ nope }}'\n")
    file = root / "pipelines" / "a.yaml"
    file.write_text(TRAIN.format(machine="ml.m5.large"))
    problems = check_files(Project.at(root), [file], lambda _: None)
    assert ("pipelines/defaults.yaml", "warning", "AF21") in {(p.file, p.severity, p.code) for p in problems}
    assert not any(problem.severity == "error" for problem in problems)


def test_many_files_are_held_to_the_same_policy(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nSM812 = "error"\n')
    for number in range(220):
        text = comment(NEW, end=f" {IGNORE.format('SM812')}" if number % 2 else "")
        (root / "pipelines" / f"p{number}.yaml").write_text(text.replace("name: a", f"name: p{number}"))
    project = Project.at(root)
    problems = check_files(project, project.files(), lambda _: None)
    assert {(p.severity, p.code) for p in problems} == {("error", "SM812")}
    assert len(problems) == 110


# What becomes of pipelines


def tasks(root: Path, text: str) -> dict[str, list[str]]:
    file = root / "pipelines" / "a.yaml"
    file.write_text(text)
    config = Project.at(root).compile(file).config
    return {name: task["ignored_rules"] for name, task in config["tasks"].items() if "ignored_rules" in task}


def test_an_ignored_error_does_not_keep_a_pipeline_from_being_built(root: Path) -> None:
    with pytest.raises(InvalidPipeline):
        tasks(root, TRAIN.format(machine=WRONG))
    assert tasks(root, comment(WRONG, end=f" {IGNORE.format('SM811')}")) == {"t": ["SM811"]}


def test_tasks_know_what_they_are_not_to_refuse(root: Path) -> None:
    first = TRAIN.format(machine=f"{WRONG}  {IGNORE.format('SM811')}")
    second = SECOND.format(machine="ml.m5.large")
    prepare = "  p: {type: prepare, dataset: https://example.com/a.csv, target: y}\n"
    assert tasks(root, first + second + prepare) == {"t": ["SM811"]}
    assert tasks(root, f"{IGNORE.format('SM811')}\n" + first + second + prepare) == {"t": ["SM811"], "u": ["SM811"]}
    defaults = f"defaults:\n  retries: 1 {IGNORE.format('SM811')}\n"
    assert tasks(root, first + second + defaults) == {"t": ["SM811"], "u": ["SM811"]}, "behind the steps too"
    (root / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nSM811 = "warning"\nSM812 = "off"\nAF05 = "off"\n')
    assert tasks(root, TRAIN.format(machine=WRONG) + second + prepare) == {"t": ["SM811"], "u": ["SM811"]}


def test_tasks_know_nothing_of_warnings(root: Path) -> None:
    assert tasks(root, comment(NEW, end=f" {IGNORE.format('SM812')}")) == {}


def test_hostile_comments_take_no_time() -> None:
    many = "# mlpipelines: ignore[SM812] x\n" * 30_000
    assert len(read_controls(f"a: 1\n{many}", "x").ignores) == 30_000
    assert len(read_controls("a: 1\n" + many.replace("SM812", "SM8122"), "x").problems) == 100
    assert len(read_controls('a:\n- "# mlpipelines: ignore[SM812] x"\n' + '- "x"\n' * 100_000 + many, "x").ignores) > 1
    read_controls("a: 1 # mlpipelines: ignore[" + "SM812," * 10_000 + "] x", "x")
    read_controls("a: 1 # mlpipelines: ignore[" + "SM8122," * 100_000 + "] x", "x")
    read_controls("#" * 500_000 + " mlpipelines" + " #" * 100_000 + " " * 100_000, "x")
