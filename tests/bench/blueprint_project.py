"""Our pipelines -> a project of airflow-blueprint that makes the same DAGs: a loader, classes, a YAML file for each."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

CLASSES = Path(__file__).with_name("blueprints.py")
LOADER = """\
from blueprint import build_all_airflow_dags

build_all_airflow_dags({folder!r})
"""
#: What its tasks have besides: each shows its step's YAML and its class's source.
OF_BLUEPRINT = ("template_fields", "template_fields_renderers")
PREFIX = "blueprint_"
ALGORITHM = ("algorithm", "algorithm_version")


def write_blueprint_project(folder: Path, pipelines: Iterable[tuple[Path, Mapping[str, Any]]]) -> Path:
    """Returns the DAG folder. `pipelines`: our file and what it is compiled to."""
    dags, project = folder / "dags", folder / "project"
    for new in (folder, dags, project):
        new.mkdir()
    shutil.copy(CLASSES, project / "steps.py")
    (dags / "loader.py").write_text(LOADER.format(folder=str(project)))
    for file, config in pipelines:
        data = _pipeline(yaml.safe_load(file.read_text(encoding="utf-8")), config)
        (project / f"{file.stem}.dag.yaml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return dags


def without_blueprint(dag: Mapping[str, Any]) -> dict[str, Any]:
    """A serialised DAG without what blueprint cannot leave out."""
    tasks = [{**task, "__var": _without(task["__var"])} for task in dag["tasks"]]
    return {**dag, "tasks": tasks}


def _without(task: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in task.items() if key not in OF_BLUEPRINT and not key.startswith(PREFIX)}


def _pipeline(ours: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    name, tags, schedule = ours["name"], ours["defaults"]["tags"], ours["schedule"]
    cron = {"schedule": schedule["cron"], "timezone": schedule["timezone"]} if isinstance(schedule, dict) else {}
    given = {key: ours[key] for key in ("description", "start_date", "tags", "owner")}
    prepare, train, _, transform = ours["steps"].values()
    requests = {task_id: task.get("config") for task_id, task in config["tasks"].items()}
    steps = {
        "data_prep": {"blueprint": "prepare", "pipeline": name} | _prepare(prepare),
        "train_model": {"blueprint": "train", "depends_on": ["data_prep"], "pipeline": name}
        | _train(train, requests["train_model"])
        | {"tags": dict(tags)},
        "create_model": {"blueprint": "model", "depends_on": ["train_model"], "trained_by": "train_model"}
        | _picked(train, *ALGORITHM)
        | {"tags": dict(tags)},
        "test_model": {"blueprint": "transform", "depends_on": ["create_model", "data_prep"], "pipeline": name}
        | {"model_of": "create_model", "prepared_by": "data_prep", "part": "test_features"}
        | _picked(transform, "instance_type", "instance_count", "batch_strategy", "max_payload")
        | {"max_seconds": int(transform["max_runtime"][:-1]) * 60, "tags": dict(tags)},
    }
    return {"dag_id": name, **given, "schedule": schedule, **cron, "steps": steps}


def _prepare(step: Mapping[str, Any]) -> dict[str, Any]:
    missing = step["missing"]
    return {
        "dataset": step["dataset"].partition("/{{")[0],
        **_picked(step, "columns", "drop", "target", "classes", "split", "seed"),
        **({"fill": missing["fill"]} if isinstance(missing, dict) else {"missing": missing}),
    }


def _train(step: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    channels = {}
    for name, channel in step["channels"].items():
        source, part = channel["uri"][2:-1].split(".")
        channels[name] = {"step": source, "part": part, "content_type": channel["content_type"]}
    return {
        **_picked(step, *ALGORITHM),
        "hyperparameters": request["HyperParameters"],
        "channels": channels,
        **_picked(step, "instance_type", "volume_size", "environment"),
        "max_seconds": int(step["max_runtime"][:-1]) * 3600,
    }


def _picked(step: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: step[key] for key in keys}
