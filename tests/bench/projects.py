"""A number of pipelines and a seed -> a project folder of realistic, all different pipelines of four steps."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TEAMS = "churn demand fraud pricing routing search credit returns forecast quality support energy".split()
REGIONS = "daily weekly emea apac americas nordics retail wholesale mobile web store partner".split()
NOUNS = "age income tenure visits basket margin latency region device channel price stock clicks score weight".split()
INSTANCES = "ml.m5.large ml.m5.xlarge ml.m5.2xlarge ml.c5.xlarge ml.c5.2xlarge ml.m4.xlarge".split()
SCHEDULES = (
    "null",
    '"@daily"',
    '"0 {hour} * * *"',
    '"{minute} {hour} * * 1-5"',
    "{{cron: '{minute} {hour} * * *', timezone: Europe/Berlin}}",
)
#: What people get wrong: a text of the valid file and what stands there instead.
MISTAKES = (
    ("type: transform", "type: tranform"),
    ("    instance_type: ml.", "    instance_typ: ml."),
    ("max_runtime: ", "max_runtime: about "),
    ("${create_model.name}", "${creat_model.name}"),
    ("split: {train: 0.", "split: {train: 1."),
    ("retries: 2", "retries: two"),
    ("description:", "descripton:"),
    ("    artifact: ${", "  artifact: ${"),
)


def write_project(folder: Path, count: int, *, invalid: float = 0.0, seed: int = 1) -> list[Path]:
    """A project in `folder` with new pipelines; returns their files."""
    pipelines = folder / "pipelines"
    pipelines.mkdir()
    copy_project(folder)
    shutil.copy(ROOT / "pipelines" / "defaults.yaml", pipelines)
    files = []
    for name, text in texts(count, invalid=invalid, seed=seed):
        files.append(pipelines / f"{name}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    return sorted(files)


def copy_project(folder: Path, *more: Path) -> None:
    """This repository's schemas, templates and package in `folder`, and more folders of it."""
    for source in (ROOT / "schemas", ROOT / "templates", ROOT / "dags", *more):
        shutil.copytree(source, folder / source.name)


def texts(count: int, *, invalid: float = 0.0, seed: int = 1) -> Iterator[tuple[str, str]]:
    """(name, YAML) of each pipeline; the share `invalid` of them has one mistake, spread evenly."""
    dice = random.Random(seed)
    every = round(1 / invalid) if invalid else 0
    for number in range(count):
        name = f"{dice.choice(TEAMS)}-{dice.choice(REGIONS)}-{number:04d}"
        text = _text(name, dice)
        if every and number % every == every // 2:
            right, wrong = MISTAKES[number // every % len(MISTAKES)]
            assert right in text, right
            text = text.replace(right, wrong, 1)
        yield name, text


def _text(name: str, dice: random.Random) -> str:
    columns = dice.sample(NOUNS, dice.randint(6, 11))
    target, dropped = columns[-1], columns[0]
    share = dice.choice((6, 7, 8))
    hour, minute = dice.randrange(24), dice.randrange(60)
    schedule = dice.choice(SCHEDULES).format(hour=hour, minute=minute)
    classes = ", ".join(f"{word}: {number}" for number, word in enumerate(dice.sample(TEAMS, dice.randint(2, 4))))
    instance, volume, hours = dice.choice(INSTANCES), dice.choice((20, 30, 50, 100)), dice.randint(1, 9)
    return f"""\
# yaml-language-server: $schema=../schemas/pipeline.schema.json
name: {name}
description: Predict {target} for {name.split("-")[0]} from {len(columns) - 2} columns, version {dice.randint(1, 40)}.
schedule: {schedule}
start_date: "2026-{dice.randint(1, 9):02d}-{dice.randint(1, 28):02d}"
tags: [{name.split("-")[0]}, {name.split("-")[1]}]
owner: {dice.choice(("ada", "grace", "alan", "edsger"))}
defaults:
  retries: 2
  tags: {{cost-center: "{dice.randint(1000, 9999)}", team: {name.split("-")[0]}}}

steps:
  # From the warehouse's nightly export to what the algorithm reads.
  data_prep:
    type: prepare
    dataset: s3://warehouse-exports/{name}/{{{{ run_key(dag_run) }}}}/part.csv
    columns: [{", ".join(columns)}]
    drop: [{dropped}]
    target: {target}
    classes: {{{classes}}}
    missing: {dice.choice(("drop", "error", "{fill: median}"))}
    split: {{train: 0.{share}, validation: 0.1, test: 0.{9 - share}}}
    seed: {dice.randint(1, 999)}

  train_model:
    type: train
    algorithm: xgboost
    algorithm_version: 1.7-1
    hyperparameters:
      objective: multi:softmax
      num_class: {classes.count(":")}
      num_round: {dice.randrange(50, 500, 10)}
      eta: 0.{dice.randint(1, 5)}0
      max_depth: {dice.randint(3, 9)}
      subsample: 0.{dice.randint(5, 9)}
    channels:
      train: {{uri: "${{data_prep.train}}", content_type: text/csv}}
      validation: {{uri: "${{data_prep.validation}}", content_type: text/csv}}
    instance_type: {instance}
    volume_size: {volume}
    max_runtime: {hours}h
    environment: {{STAGE: {dice.choice(("test", "live"))}, LOG_LEVEL: INFO}}

  create_model:
    type: model
    artifact: ${{train_model.artifact}}

  test_model:
    type: transform
    model: ${{create_model.name}}
    input: ${{data_prep.test_features}}
    instance_type: {dice.choice(INSTANCES)}
    instance_count: {dice.randint(1, 3)}
    batch_strategy: MultiRecord
    max_payload: {dice.randint(1, 6)}
    max_runtime: {dice.randint(10, 90)}m
"""
