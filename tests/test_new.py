"""`mlpipelines new`: what it guesses of a dataset, that what it writes is valid, and what it does not accept."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import random
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.cli import main
from mlpipelines.document import parse_document
from mlpipelines.project import Project
from mlpipelines.scaffold.reading import MOST_BYTES, read_sample
from mlpipelines.scaffold.writing import scalar
from tests.conftest import ROOT

IRIS = ROOT / "dags" / "mlpipelines" / "local" / "datasets" / "iris.data"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with pipelines, and with defaults."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "defaults.yaml").write_text("region: us-east-2\n")
    return tmp_path


def new(folder: Path, *arguments: str | Path, status: int = 0) -> str:
    """What the command prints; of a refusal, the reason."""
    output, errors = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(output), redirect_stderr(errors), pytest.raises(SystemExit) as end:
        main(["new", *map(str, arguments)])
    assert end.value.code == status, output.getvalue() + errors.getvalue()
    return errors.getvalue() if status else output.getvalue()


def made(folder: Path, text: str | bytes, *arguments: str, name: str = "data.csv") -> dict[str, Any]:
    """The steps of the pipeline for a dataset of this text; it is valid, without a warning."""
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    new(folder, "x", "--dataset", name, "--force", *arguments)
    file = folder / "pipelines" / "x.yaml"
    assert [str(problem) for problem in Project.at(folder).problems(file)] == []
    steps: dict[str, Any] = parse_document(file.read_text(), "x.yaml").data["steps"]
    return steps


def table(*columns: str, rows: int = 40, header: str = "", delimiter: str = ",") -> str:
    """Rows whose cells are expressions over their number `n`, `r` being random."""
    chance = random.Random(1)
    lines = [delimiter.join(str(eval(column, {"n": n, "r": chance})) for column in columns) for n in range(rows)]
    return "\n".join([*([header] if header else []), *lines]) + "\n"


NUMBER = "round(r.random(), 3)"


def test_the_iris_data_become_the_pipeline_that_everybody_writes(project: Path) -> None:
    (project / "iris.data").write_bytes(IRIS.read_bytes())
    assert new(project, "flowers", "--dataset", "iris.data") == (
        "pipelines/flowers.yaml written: multiclass classification of 'column_5' from 4 columns with knn\n\n"
        "  mlpipelines validate pipelines/flowers.yaml\n"
        "  mlpipelines run pipelines/flowers.yaml --put iris.data=s3://mlpipelines-local/raw/flowers/iris.data\n"
    )
    assert (
        (project / "pipelines" / "flowers.yaml").read_text()
        == """\
name: flowers
description: Classify by column_5 with knn.
schedule: null                      # by hand; or a cron expression, @daily, {every: 6h}

steps:
  data_prep:
    type: prepare
    # To S3, once: aws s3 cp iris.data 's3://<Variable s3_bucket>/raw/flowers/iris.data'
    # On this machine: mlpipelines run ... --put iris.data=s3://mlpipelines-local/raw/flowers/iris.data
    dataset: "s3://{{ var.value.s3_bucket }}/raw/flowers/iris.data"
    # The file has no header: these names are made up, give them better ones.
    columns: [column_1, column_2, column_3, column_4, column_5]
    target: column_5
    classes: {Iris-setosa: 0, Iris-versicolor: 1, Iris-virginica: 2}
    split: {train: 0.7, test: 0.3}

  train_model:
    type: train
    # knn: few rows, and columns of numbers of about the same scale: neighbours are hard to beat
    algorithm: knn
    hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 5, sample_size: 105}
    channels: {train: "${data_prep.train}"}
    instance_type: ml.m5.large
    max_runtime: 1h

  create_model:
    type: model
    artifact: ${train_model.artifact}

  test_model:
    type: transform
    model: ${create_model.name}
    input: ${data_prep.test_features}
    instance_type: ml.m5.large

  quality:
    type: evaluate
    predictions: ${test_model.predictions}
    labels: ${data_prep.test_labels}
    metrics: [accuracy, balanced_accuracy, f1]
"""
    )


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        (table(NUMBER, NUMBER, header="a;b", delimiter=";"), "a.csv", {"delimiter": ";", "target": "b"}),
        (table(NUMBER, NUMBER, header="a|b", delimiter="|"), "a.csv", {"delimiter": "|", "target": "b"}),
        (table(NUMBER, NUMBER, header="a\tb", delimiter="\t"), "a.tsv", {"target": "b"}),
        (table(NUMBER, NUMBER, header="a\tb", delimiter="\t"), "a.txt", {"format": "tsv", "target": "b"}),
        (table(NUMBER, NUMBER, header="a b", delimiter=" "), "a.txt", {"delimiter": " ", "target": "b"}),
        (table(NUMBER, NUMBER, "['x y', 'z'][n % 2]", header="a,b,c"), "a.txt", {"target": "c"}),
        (gzip.compress(table(NUMBER, NUMBER, header="a,b").encode(), mtime=0), "a.csv.gz", {"target": "b"}),
        ("\ufeff" + table(NUMBER, NUMBER, header="a,b"), "a.csv", {"target": "b"}),
        (table(NUMBER, NUMBER, header="a,b").replace("\n", "\r\n"), "a.csv", {"target": "b"}),
        (table("n % 2", NUMBER, NUMBER), "a.csv", {"target": "column_1", "classes": {"0": 0, "1": 1}}),
        (table("['u', 'v'][n % 2]", NUMBER), "a.csv", {"target": "column_1", "classes": {"u": 0, "v": 1}}),
        (table(NUMBER, "n % 2", NUMBER, header="a,Label,b"), "a.csv", {"target": "Label"}),
        (table(NUMBER, "['no', 'yes'][n % 3 > 0]", header="a,b"), "a.csv", {"classes": {"no": 0, "yes": 1}}),
        (table(NUMBER, "['M', 'B'][n % 3 > 0]", header="a,b"), "a.csv", {"classes": {"B": 0, "M": 1}}),
        (table(NUMBER, "['p', 'q'][n % 3 > 0]", header="a,b"), "a.csv", {"classes": {"q": 0, "p": 1}}),
        (table(NUMBER, "3 + n % 6", header="a,b"), "a.csv", {"classes": {str(n + 3): n for n in range(6)}}),
        (table(NUMBER, "'null' if n == 3 else n / 7", header="a,b"), "a.csv", {"missing": {"b": "drop"}}),
        (
            table("'NA' if n == 3 else n / 7", "['u', 'v', ''][n % 3]", NUMBER, header="a,b,c"),
            "a.csv",
            {"missing": {"a": {"fill": "median"}, "b": {"fill": "mode"}}, "categories": "encode"},
        ),
        (table("'?' if n == 3 else n / 7", NUMBER, header="a,b"), "a.csv", {"missing_values": ["?"]}),
        (table("n", "f'k{n}'", NUMBER, NUMBER, header="id,key,a,b"), "a.csv", {"drop": ["id", "key"]}),
        (table("'2024-01-%02d' % (n % 28 + 1)", "5", NUMBER, NUMBER, header="t,c,a,b"), "a.csv", {"drop": ["t", "c"]}),
        (table("n", NUMBER, NUMBER, header=",a,b"), "a.csv", {"header": True, "columns": ["column_1", "a", "b"]}),
        (table(NUMBER, NUMBER, header="a,a"), "a.csv", {"columns": ["a", "a_2"], "header": True}),
        (table(NUMBER, NUMBER, header='"a\nb","{{ c }}"'), "a.csv", {"columns": ["a_b", "c"], "header": True}),
        (table(NUMBER, NUMBER, header='"a ""q"", x",true'), "a.csv", {"target": "true"}),
        (table("n / 7", "{'a': 1}['a']", header="${x.y},2019 b"), "a.csv", {"columns": ["x_y", "2019 b"]}),
        ("".join(f'{{"a": {n / 7}, "b": {n % 2}, "c": [1]}}\n' for n in range(20)), "a.jsonl", {"columns": ["a", "b"]}),
        ('{"a": 1.5, "ok": true}\n{"a": 2.5, "ok": false}\n' * 9, "a.json", {"format": "jsonl", "target": "ok"}),
    ],
)  # fmt: skip
def test_a_dataset_is_understood(text: str | bytes, name: str, wanted: dict[str, Any], project: Path) -> None:
    steps = made(project, text, name=name)
    found = {field: steps["data_prep"].get(field) for field in wanted}
    assert found == wanted


def test_parquet_is_read_where_pyarrow_is(project: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    data = {"a": [n / 7 for n in range(30)], "b": ["u", "v", None] * 10, "c": [True, False] * 15, "d": [[1]] * 30}
    parquet.write_table(pa.table(data), project / "t.parquet")
    steps = made(project, (project / "t.parquet").read_bytes(), name="t.parquet")
    assert steps["data_prep"]["columns"] == ["a", "b", "c"]
    assert steps["data_prep"]["classes"] == {"0": 0, "1": 1}


@pytest.mark.parametrize(
    ("columns", "algorithm", "hyperparameters"),
    [
        ((NUMBER, NUMBER), "knn", {"predictor_type": "regressor", "feature_dim": 1, "k": 3, "sample_size": 28}),
        ((NUMBER, "n % 2"), "knn", {"predictor_type": "classifier"}),
        (("n * 1000", NUMBER, "n % 3"), "xgboost", {"objective": "multi:softmax", "num_class": 3}),
        (("'uv'[n % 2]", NUMBER, "n % 2"), "xgboost", {"objective": "binary:logistic", "eval_metric": "logloss"}),
        (("'uv'[n % 2]", NUMBER), "xgboost", {"objective": "reg:squarederror", "eval_metric": "rmse"}),
        ((NUMBER,) * 60 + ("n % 3",), "linear-learner", {"num_classes": 3, "feature_dim": 60, "mini_batch_size": 7}),
        ((NUMBER,) * 60 + ("n % 2",), "linear-learner", {"predictor_type": "binary_classifier"}),
    ],
)
def test_an_algorithm_is_proposed_with_its_reason(
    columns: tuple[str, ...], algorithm: str, hyperparameters: dict[str, Any], project: Path
) -> None:
    train = made(project, table(*columns, header=",".join(f"f{n}" for n in range(len(columns)))))["train_model"]
    assert train["algorithm"] == algorithm
    assert train["hyperparameters"].items() >= hyperparameters.items()
    assert f"    # {algorithm}: " in (project / "pipelines" / "x.yaml").read_text()


@pytest.mark.parametrize("algorithm", ["knn", "linear-learner", "xgboost"])
@pytest.mark.parametrize("problem", ["regression", "binary", "multiclass"])
def test_every_algorithm_for_every_problem_is_valid(algorithm: str, problem: str, project: Path) -> None:
    target = {"regression": NUMBER, "binary": "n % 2", "multiclass": "n % 3"}[problem]
    text = table(NUMBER, "'uv'[n % 2]", target, header="a,b,c")
    steps = made(project, text, "--algorithm", algorithm, "--problem", problem)
    assert steps["train_model"]["algorithm"] == algorithm
    assert ("rmse" in steps["quality"]["metrics"]) == (problem == "regression")
    arguments = ("--dataset", "https://example.com/a.csv", "--algorithm", algorithm, "--problem", problem)
    new(project, "unseen", *arguments, "--target", "c", "--force")
    file = project / "pipelines" / "unseen.yaml"
    assert [str(problem) for problem in Project.at(project).problems(file)] == []


def test_the_target_and_the_problem_can_be_said(project: Path) -> None:
    text = table("n % 2", "n % 3", NUMBER, header="a,b,c")
    steps = made(project, text, "--target", "b")
    assert (steps["data_prep"]["target"], steps["data_prep"]["classes"]) == ("b", {"0": 0, "1": 1, "2": 2})
    steps = made(project, text, "--target", "b", "--problem", "regression")
    assert "classes" not in steps["data_prep"]
    assert steps["quality"]["task"] == "regression"


def test_rare_classes_are_not_divided_evenly(project: Path) -> None:
    assert made(project, table(NUMBER, "['u', 'v'][n > 0]", header="a,b"))["data_prep"]["stratify"] is False
    assert "stratify" not in made(project, table(NUMBER, "['u', 'v'][n > 5]", header="a,b"))["data_prep"]


def test_of_a_large_file_only_the_beginning_is_read(project: Path) -> None:
    line = "0.25,0.5,word,1\n0.75,0.125,other,0\n"
    (project / "big.csv").write_text("a,b,c,d\n" + line * 200_000)
    sample = read_sample(project / "big.csv")
    assert sample.truncated
    assert len(sample.rows) < MOST_BYTES / 15
    assert abs(sample.count - 400_000) < 4000
    steps = made(project, (project / "big.csv").read_bytes(), name="big.csv")
    assert steps["data_prep"]["classes"] == "auto", "there may be classes that were not seen"
    quoted = "".join(f'{n},"a\nb,c",{n % 2}\n' for n in range(100_000))
    (project / "quoted.csv").write_text(quoted)
    assert {len(row) for row in read_sample(project / "quoted.csv").rows} == {3}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"a,b\n", "too few rows (1)"),
        (b"a\n1\n2\n", "only one column is found"),
        (b"a,b\n1,2\n", "too few rows (1)"),
        (b"\x00\x01,\x02\n", "this is no text"),
        (b"PK\x03\x04zip", "a zip archive or a workbook"),
        (b"<!doctype html><p>login", "a web page"),
        ("a,b\n1,ü\n".encode("latin-1"), "line 2: the text is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], "cut off or damaged"),
        (b'{"a": 1}\n[1]\n', "line 2: a JSON object per line is expected"),
        (b'{"a": 1, "b": [1]}\n' * 9, "two are needed"),
        (b"a,b\n1,2\n1,2,3\n" + b"1,2\n" * 9, "line 3: 3 fields where 2 are expected"),
        (b"a,b\n1,\n2,\n3,\n4,\n5,\n6,\n", "no column of numbers or words to learn from"),
        (b"a;b\n1,5;2,5\n2,5;3,5\n" * 1 + b"1,5;2,75\n" * 9, "decimal commas"),
        (b'a,b\n1,"x\n' + b"1,2\n" * 99_999, "a quote is opened in it, or before, and not closed"),
        (b"a,b\nx1,u\nx2,u\nx3,u\nx4,u\nx5,u\n", "all rows of 'b' are 'u'"),
    ],
)  # fmt: skip
def test_what_is_no_dataset_is_said(content: bytes, reason: str, project: Path) -> None:
    (project / "data.csv").write_bytes(content)
    (project / "data.txt").write_bytes(content)
    name = "data.txt" if content.startswith(b"{") else "data.csv"
    assert reason in new(project, "x", "--dataset", name, status=2)
    assert not (project / "pipelines" / "x.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["X"], "'X' cannot be a pipeline's name"),
        (["../x"], "cannot be a pipeline's name"),
        (["defaults"], "cannot be a pipeline's name"),
        (["there"], "there.yaml is there already; --force replaces it"),
        (["inner"], "the pipeline 'inner' is there already: pipelines/team/inner.yaml"),
        (["x", "--output", "pipelines/y.yaml"], "must be called x.yaml, not 'y.yaml'"),
        (["x", "--dataset", "nowhere.csv"], "there is no file nowhere.csv"),
        (["x", "--dataset", "pipelines"], "pipelines is a folder"),
        (["x", "--dataset", "https://example.com/a b"], "is no address"),
        (["x", "--dataset", "https://example.com/${a.b}"], "is no address"),
        (["x", "--dataset", "a.csv", "--target", "lable"], "did you mean 'label'?"),
        (
            ["x", "--dataset", "a.csv", "--target", "label", "--problem", "multiclass"],
            "which is binary, not multiclass",
        ),
        (["x", "--dataset", "a.csv", "--target", "w", "--problem", "regression"], "holds words"),
        (["x", "--delimiter", ",,"], "--delimiter is one character"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said(arguments: list[str], reason: str, project: Path) -> None:
    (project / "pipelines" / "team").mkdir()
    for name in ("there", "team/inner"):
        (project / "pipelines" / f"{name}.yaml").write_text("name: x\n")
    (project / "a.csv").write_text(table(NUMBER, "'uvw'[n % 3]", "n % 2", header="a,w,label"))
    assert reason in new(project, *arguments, status=2)
    assert (project / "pipelines" / "there.yaml").read_text() == "name: x\n"


def test_without_a_project_one_begins(tmp_path: Path) -> None:
    new(tmp_path, "first")
    text = (tmp_path / "pipelines" / "first.yaml").read_text()
    assert "region: us-east-1" in text
    assert "iris.data" in text
    assert Project.at(tmp_path).problems(tmp_path / "pipelines" / "first.yaml") == []
    new(tmp_path, "second", "--region", "eu-west-1", "--output", "pipelines/team/second.yaml")
    assert "region: eu-west-1" in (tmp_path / "pipelines" / "team" / "second.yaml").read_text()


def test_the_editor_finds_the_schema(tmp_path: Path) -> None:
    for folder in ("schemas", "templates"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    new(tmp_path, "x", "--output", "pipelines/team/x.yaml")
    first = (tmp_path / "pipelines" / "team" / "x.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/pipeline.schema.json"


@pytest.mark.parametrize(
    ("bucket", "uri", "put"),
    [
        ("my-bucket", "s3://my-bucket/raw/x/a.csv", "--put a.csv=s3://my-bucket/raw/x/a.csv"),
        (
            '"{{ var.value.lake }}"',
            "s3://{{ var.value.lake }}/raw/x/a.csv",
            "--put a.csv=s3://mlpipelines-local/raw/x/a.csv --var lake=mlpipelines-local",
        ),
        ('"{{ conn.x.host }}"', "s3://{{ var.value.s3_bucket }}/raw/x/a.csv", "--put a.csv=s3://mlpipelines-local/raw"),
    ],
)
def test_a_local_file_goes_to_the_project_s_bucket(bucket: str, uri: str, put: str, project: Path) -> None:
    (project / "pipelines" / "defaults.yaml").write_text(f"region: us-east-2\nbucket: {bucket}\n")
    assert made(project, table(NUMBER, NUMBER, header="a,b"), name="a.csv")["data_prep"]["dataset"] == uri
    assert put in (project / "pipelines" / "x.yaml").read_text()


def test_an_address_is_not_asked_without_a_terminal(project: Path) -> None:
    new(project, "x", "--dataset", "http://127.0.0.1:9/a.tsv?token=x", "--target", "label")
    text = (project / "pipelines" / "x.yaml").read_text()
    assert "# Nobody has looked at the data yet" in text


def on_terminal(folder: Path, answers: str, *arguments: str) -> tuple[int, str]:
    """(exit status, what is seen) of the command with a person at the keys."""
    controller, terminal = pty.openpty()
    env = os.environ | {"PYTHONPATH": str(ROOT / "dags")}
    command = [sys.executable, "-m", "mlpipelines", "new", *arguments]
    with subprocess.Popen(command, cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal, env=env) as process:
        os.close(terminal)
        os.write(controller, answers.encode())
        seen = b""
        try:
            while chunk := os.read(controller, 4096):
                seen += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        status = process.wait(timeout=30)
    os.close(controller)
    return status, seen.decode().replace("\r\n", "\n")


def test_on_a_terminal_what_is_not_said_is_asked(project: Path) -> None:
    (project / "a.csv").write_text(table(NUMBER, "'uvw'[n % 3]", "n % 2", header="a,w,label"))
    status, seen = on_terminal(project, "a.csv\nww\nw\nregression\n\nknn\n", "x")
    assert status == 0, seen
    assert "Column to predict (a, w, label) [label]: " in seen
    assert "There is no 'ww'." in seen
    assert "holds words" in seen
    assert "Problem (regression, binary, multiclass) [multiclass]: " in seen
    steps = parse_document((project / "pipelines" / "x.yaml").read_text(), "x").data["steps"]
    assert steps["data_prep"]["classes"] == {"u": 0, "v": 1, "w": 2}
    assert steps["train_model"]["algorithm"] == "knn"
    status, seen = on_terminal(project, "", "y", "--dataset", "a.csv", "--yes")
    assert (status, "[" in seen) == (0, False)


@pytest.mark.parametrize(
    "text", ["a", "true", "1", "1e3", "", "a: b", "- x", "#x", "ü", "a\nb", "*x", '"', "'", "no", "~", " a"]
)
def test_texts_are_read_as_they_were(text: str) -> None:
    assert parse_document(f"x: [{scalar(text, key=True)}]", "x").data == {"x": [text]}
    assert parse_document(f"{{{scalar(text, key=True)}: 1}}", "x").data == {text: 1}


@pytest.mark.parametrize("seed", range(25))
def test_whatever_a_table_holds_the_pipeline_is_valid_or_the_reason_is_told(seed: int, project: Path) -> None:
    chance = random.Random(seed)
    pieces = [
        "a",
        "B",
        " ",
        ",",
        '"',
        "'",
        "\n",
        "{{",
        "}}",
        "${",
        "}",
        "#",
        ":",
        "é",
        "漢",
        "\u2028",
        "&",
        "%",
        "0",
        "-",
        "é",
    ]

    def word() -> str:
        return "".join(chance.choices(pieces, k=chance.randint(0, 8)))

    width = chance.randint(2, 6)
    kinds = [
        chance.choice([lambda: str(chance.random()), lambda: str(chance.randint(0, 3)), word]) for _ in range(width)
    ]
    rows = [[word() for _ in range(width)], *([kind() for kind in kinds] for _ in range(60))]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    (project / "data.csv").write_text("\n".join(quoted) + "\n", newline="")
    output, errors = io.StringIO(), io.StringIO()
    with chdir(project), redirect_stdout(output), redirect_stderr(errors), pytest.raises(SystemExit) as end:
        main(["new", "x", "--dataset", "data.csv", "--delimiter", ","])
    file = project / "pipelines" / "x.yaml"
    if end.value.code == 0:
        assert Project.at(project).problems(file) == []
        assert json.dumps(parse_document(file.read_text(), "x").data)
    else:
        assert (end.value.code, file.exists()) == (2, False), errors.getvalue()
