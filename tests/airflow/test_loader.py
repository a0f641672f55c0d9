"""What Airflow sees of a deployed project: all valid pipelines, and every mistake as an import error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlpipelines.assembly import assembled_text
from tests.airflow.deployment import PIPELINE, Deployment
from tests.conftest import CASES, ROOT
from tests.own_step_type import PIPELINE as PIPELINE_OF_OWN_TYPE
from tests.own_step_type import add_step_type

pytestmark = pytest.mark.airflow


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def test_every_valid_case_becomes_a_dag(deployment: Deployment) -> None:
    shutil.copytree(CASES / "callables", deployment.root / "dags" / "callables", dirs_exist_ok=True)
    shutil.copytree(CASES / "valid" / "code", deployment.pipelines / "code")
    for file in [*CASES.glob("valid/*.yaml"), *CASES.glob("real/*.yaml")]:
        deployment.add(file.stem, file.read_text(encoding="utf-8"))
    result = deployment.dagbag()
    assert result["errors"] == {}
    assert set(result["dags"]) == {file.stem for file in deployment.pipelines.glob("*.yaml")} - {"defaults"}


def test_one_broken_file_hides_no_dag_and_is_an_import_error(deployment: Deployment) -> None:
    deployment.add("good", PIPELINE.format(name="good"))
    for name in ("cycle", "unknown-step-field", "tab", "alias-bomb", "empty"):
        deployment.add(name, (CASES / "invalid" / f"{name}.yaml").read_text())
    (deployment.pipelines / "folder.yaml").mkdir()
    (deployment.pipelines / "link.yaml").symlink_to("nowhere")
    result = deployment.dagbag()
    assert list(result["dags"]) == ["good"]
    (file, text), *others = result["errors"].items()
    assert others == []
    assert file.endswith("invalid_pipelines.py")
    for line in (
        "pipelines/cycle.yaml:3:3: PL205: the steps wait for each other in a circle: first -> third -> second -> first",
        "pipelines/unknown-step-field.yaml:13:5: PL101: unknown field 'instance_typ'",
        "pipelines/tab.yaml:4:1: YM05:",
        "pipelines/alias-bomb.yaml:6:35: YM06:",
        "pipelines/empty.yaml:1:1: YM13:",
        "pipelines/folder.yaml:1:1: YM21:",
        "pipelines/link.yaml:1:1: YM21:",
    ):
        assert line in text


def test_two_files_of_one_name_are_both_reported(deployment: Deployment) -> None:
    deployment.add("good", PIPELINE.format(name="good"))
    for folder in ("a", "b"):
        (deployment.pipelines / folder).mkdir()
        (deployment.pipelines / folder / "twin.yaml").write_text(PIPELINE.format(name="twin"))
    result = deployment.dagbag()
    assert list(result["dags"]) == ["good"]
    assert "pipelines/a/twin.yaml:1:1: PL110" in str(result["errors"])
    assert "pipelines/b/twin.yaml:1:1: PL110" in str(result["errors"])


def test_what_only_airflow_refuses_hides_no_other_dag(deployment: Deployment) -> None:
    deployment.add("good", PIPELINE.format(name="good"))
    deployment.add("odd", PIPELINE.format(name="odd"))
    template = deployment.root / "templates" / "steps" / "prepare.yaml.j2"
    broken = '{% if pipeline.name == "odd" %}\n  no_such_argument: 1\n{% endif %}\n'
    template.write_text(template.read_text() + broken)
    result = deployment.dagbag()
    assert list(result["dags"]) == ["good"]
    assert "pipelines/odd.yaml:1:1: PL503: Airflow refuses this pipeline" in str(result["errors"])


def test_while_a_task_starts_only_its_own_dag_is_built(deployment: Deployment) -> None:
    for name in ("one", "two"):
        deployment.add(name, PIPELINE.format(name=name))
    deployment.add("broken", "name: [")
    result = deployment.dagbag(_AIRFLOW_PARSING_CONTEXT_DAG_ID="two")
    assert list(result["dags"]) == ["two"]
    assert result["errors"] == {}


def test_the_same_files_give_the_same_serialised_dags(deployment: Deployment) -> None:
    for file in CASES.glob("valid/*.yaml"):
        if file.stem != "prepare-everything":
            deployment.add(file.stem, file.read_text(encoding="utf-8"))
    first, second = (deployment.dagbag(PYTHONHASHSEED=seed)["dags"] for seed in ("1", "2"))
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


def test_the_dag_says_what_its_author_wrote(deployment: Deployment) -> None:
    text = (ROOT / "pipelines" / "iris-knn.yaml").read_text().replace("tags: [example]", "tags: [a, b]\nowner: flowers")
    text += "    description: How good is it?\n    retries: 2\n    retry_delay: 5m\n    timeout: 1h\n"
    deployment.add("iris-knn", text)
    dag = deployment.dagbag()["dags"]["iris-knn"]["dag"]
    assert text.strip() in dag["doc_md"]
    assert sorted(dag["tags"]) == ["a", "b"], "dag-factory's tag, which its telemetry looks for, is gone"
    tasks = {task["__var"]["task_id"]: task["__var"] for task in dag["tasks"]}
    assert set(tasks["data_prep"]["downstream_task_ids"]) == {"train_model", "test_model", "quality"}
    assert (tasks["quality"]["retries"], tasks["quality"]["retry_delay"], tasks["quality"]["execution_timeout"]) == (
        2,
        300.0,
        3600.0,
    )


def test_schedules_are_those_of_airflow(deployment: Deployment) -> None:
    for file in CASES.glob("valid/schedules-*.yaml"):
        deployment.add(file.stem, file.read_text())
    dags = {name: data["dag"] for name, data in deployment.dagbag()["dags"].items()}
    timetables = {name: dag["timetable"] for name, dag in dags.items()}
    assert timetables["schedules-preset"]["__var"]["expression"] == "0 0 * * *"
    assert timetables["schedules-cron-timezone"]["__var"]["timezone"] == "Europe/Berlin"
    assert timetables["schedules-interval"]["__var"]["delta"] == 6 * 3600.0
    assert "AssetTriggered" in timetables["schedules-assets"]["__type"]
    assert dags["schedules-cron-timezone"]["catchup"] is True


def test_parameters_are_those_of_the_trigger_form(deployment: Deployment) -> None:
    deployment.add("params", (CASES / "valid" / "params.yaml").read_text())
    params = dict(deployment.dagbag()["dags"]["params"]["dag"]["params"])
    assert params["neighbours"]["default"] == 3
    assert params["neighbours"]["schema"]["__var"]["maximum"] == 50
    assert params["note"]["default"] == "hello"


def test_both_dag_files_are_seen_by_safe_mode() -> None:
    """Airflow parses only files that hold both words, in any case."""
    for name in ("load_pipelines.py", "invalid_pipelines.py"):
        text = (ROOT / "dags" / name).read_bytes().lower()
        assert b"dag" in text
        assert b"airflow" in text


def test_a_step_of_several_tasks_is_a_task_group(deployment: Deployment) -> None:
    schema = {
        "type": "object",
        "title": "Say something twice",
        "x-common": ["airflow"],
        "x-result": "second",
        "properties": {"words": {"type": "string", "description": "What to say."}},
        "x-outputs": {"said": {"value": "result", "description": "What was said."}},
    }
    (deployment.root / "schemas/steps/say.schema.json").write_text(json.dumps(schema))
    tasks = "".join(
        f'{{{{ task_id ~ "_{name}" }}}}:\n  operator: airflow.providers.standard.operators.bash.BashOperator\n'
        f'  bash_command: {{{{ "echo " ~ step.words }}}}\n{more}'
        for name, more in (("first", ""), ("second", '  dependencies: [{{ task_id ~ "_first" }}]\n'))
    )
    (deployment.root / "templates/steps/say.yaml.j2").write_text(tasks)
    (deployment.root / "schemas/validate.schema.json").write_text(assembled_text(deployment.root / "schemas"))
    deployment.add("talk", "name: talk\nsteps:\n  a: {type: say, words: hi}\n  b: {type: say, words: '${a.said}'}\n")
    result = deployment.dagbag()
    assert result["errors"] == {}
    tasks_by_id = {task["__var"]["task_id"]: task["__var"] for task in result["dags"]["talk"]["dag"]["tasks"]}
    downstream = {name: sorted(task.get("downstream_task_ids", ())) for name, task in tasks_by_id.items()}
    assert downstream == {
        "a.a_first": ["a.a_second"],
        "a.a_second": ["b.b_first"],
        "b.b_first": ["b.b_second"],
        "b.b_second": [],
    }
    assert "'a.a_second'" in tasks_by_id["b.b_first"]["bash_command"]


def test_a_broken_defaults_file_is_reported_once(deployment: Deployment) -> None:
    for number in range(3):
        deployment.add(f"p{number}", PIPELINE.format(name=f"p{number}"))
    (deployment.pipelines / "defaults.yaml").write_text("regoin: us-east-2\n")
    result = deployment.dagbag()
    assert result["dags"] == {}
    [text] = result["errors"].values()
    assert text.count("unknown field 'regoin'") == 1


def test_what_a_project_or_a_comment_lets_pass_is_a_dag_whose_tasks_let_it_pass_too(deployment: Deployment) -> None:
    shutil.copytree(CASES / "callables", deployment.root / "dags" / "callables", dirs_exist_ok=True)
    shutil.copytree(CASES / "valid" / "code", deployment.pipelines / "code")
    settings = [f'{word} = "warning"' for word in ("SM811", "SM001", "HP")]
    (deployment.root / "pyproject.toml").write_text("\n".join(["[tool.mlpipelines.rules]", *settings, 'AF21 = "off"']))
    for file in CASES.glob("valid/*.yaml"):  # tasks of every step type
        deployment.add(file.stem, file.read_text(encoding="utf-8"))
    wrong = PIPELINE.format(name="wrong").replace("ml.m5.large", "ml.m5.larg")
    deployment.add("wrong", wrong + "    max_runtime: 29d  # mlpipelines: ignore[SM118] AWS has raised it for us\n")
    (deployment.pipelines / "defaults.yaml").write_text("region: us-east-2\nbucket: '{{ nope }}'\n")
    result = deployment.dagbag()
    assert result["errors"] == {}
    assert "wrong" in result["dags"]
    tasks = {task["__var"]["task_id"]: task["__var"] for task in result["dags"]["wrong"]["dag"]["tasks"]}
    assert "ignored_rules" not in tasks["data_prep"]


def test_a_slip_in_the_settings_takes_no_dag_away(deployment: Deployment) -> None:
    (deployment.root / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nSM8122 = "off"\n')
    deployment.add("good", PIPELINE.format(name="good"))
    result = deployment.dagbag()
    assert list(result["dags"]) == ["good"]
    assert "pyproject.toml:2:1: settings: there is no rule" in str(result["errors"])


def test_a_step_type_of_ones_own_sends_its_request_by_an_operator_of_the_project(deployment: Deployment) -> None:
    add_step_type(deployment.root)
    deployment.add("own", PIPELINE_OF_OWN_TYPE)
    result = deployment.dagbag()
    assert result["errors"] == {}
    tasks = {task["__var"]["task_id"]: task["__var"] for task in result["dags"]["own"]["dag"]["tasks"]}
    assert tasks["prefer_new"]["_task_module"] == "mlpipelines.runtime.resources"
    assert tasks["prefer_new"]["task_type"] == "RequestOperator"
    assert tasks["prefer_new"]["downstream_task_ids"] == ["note"]
    assert "'deploy'" in tasks["prefer_new"]["config"]["EndpointName"]


def test_a_project_without_pipelines_says_so(deployment: Deployment) -> None:
    shutil.rmtree(deployment.pipelines)
    errors = deployment.dagbag()["errors"]
    assert errors
    assert all("PL504: no folder `pipelines`" in text for text in errors.values())
