"""prepare, from a dataset on S3 or the web to the files and the summary."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.errors import StepError
from tests.runtime.support import CLASSES, COLUMNS, HALVES, IRIS, LIMITS, Bucket, Web, packed, prepared, text

pytestmark = pytest.mark.airflow

IRIS_URL = "https://archive.ics.uci.edu/ml/machine-learning-databases/iris/iris.data"
IRIS_SHA256 = "6f608b71a7317216319b4d27b4d9bc84e6abd734eda7872b71a458569e2656c0"
NUMBERS = text("a,b,y", *(f"{n}.0,{n}e-3,{n}.50" for n in range(1, 11)))


def test_iris_is_split_exactly_and_every_file_fits_the_others(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlpipelines.runtime.prepare import prepare

    monkeypatch.setenv("MLPIPELINES_DATASET_CACHE", str(tmp_path))
    settings: dict[str, Any] = {"columns": COLUMNS, "target": "species", "classes": CLASSES, **LIMITS}
    summary = prepare(dataset=IRIS_URL, output=bucket.uri("run/"), split={"train": 0.7, "test": 0.3}, **settings)
    assert summary == {
        "rows": 150,
        "feature_count": 4,
        "columns": COLUMNS[:4],
        "target": "species",
        "classes": CLASSES,
        "classes_uri": bucket.uri("run/classes.json"),
        "counts": {"train": 105, "test": 45},
        "train": bucket.uri("run/train.csv"),
        "train_features": bucket.uri("run/train_features.csv"),
        "train_labels": bucket.uri("run/train_labels.csv"),
        "test": bucket.uri("run/test.csv"),
        "test_features": bucket.uri("run/test_features.csv"),
        "test_labels": bucket.uri("run/test_labels.csv"),
        "sha256": IRIS_SHA256,
        "bytes": 4551,
    }
    assert json.loads(bucket.get(bucket.uri("run/summary.json"))) == summary
    assert json.loads(bucket.get(summary["classes_uri"]))["classes"] == CLASSES
    for part, each in {"train": 35, "test": 15}.items():
        whole = bucket.lines(summary[part])
        features, labels = bucket.lines(summary[f"{part}_features"]), bucket.lines(summary[f"{part}_labels"])
        assert whole == [f"{label},{row}" for label, row in zip(labels, features, strict=True)]
        assert Counter(labels) == {"0": each, "1": each, "2": each}
    source = Path("dags/mlpipelines/local/datasets/iris.data")
    expected = (Path(__file__).parents[2] / source).read_text().split()
    texts = {str(number): name for name, number in CLASSES.items()}
    written = [line for part in ("train", "test") for line in bucket.lines(summary[part])]
    assert sorted(f"{line[2:]},{texts[line[0]]}" for line in written) == sorted(expected)


def test_the_shipped_dataset_is_the_published_file() -> None:
    folder = Path(__file__).parents[2] / "dags/mlpipelines/local/datasets"
    for url, entry in json.loads((folder / "index.json").read_text()).items():
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], url


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_order(bucket: Bucket) -> None:
    first, second, other = (
        {name: bucket.get(bucket.uri(f"out/{name}.csv")) for name in ("train", "test_labels")}
        for seed in (1, 1, 2)
        if prepared(bucket, NUMBERS, seed=seed)
    )
    assert first == second
    assert first != other


def test_without_shuffle_the_first_rows_come_first(bucket: Bucket) -> None:
    summary = prepared(bucket, NUMBERS, shuffle=False)
    assert bucket.lines(summary["train_labels"]) == [f"{n}.50" for n in range(1, 6)]
    assert bucket.lines(summary["test_labels"]) == [f"{n}.50" for n in range(6, 11)]


def test_without_shuffle_each_class_gives_its_first_rows(bucket: Bucket) -> None:
    data = text("a,y", "1,n", "2,p", "3,n", "4,p", "5,n", "6,p", "7,n", "8,p")
    summary = prepared(bucket, data, classes={"n": 0, "p": 1}, shuffle=False)
    assert bucket.lines(summary["train"]) == ["0,1", "1,2", "0,3", "1,4"]
    assert bucket.lines(summary["test"]) == ["0,5", "1,6", "0,7", "1,8"]


def test_numbers_keep_the_text_they_were_written_with(bucket: Bucket) -> None:
    written = ["0.10", "1e-3", "-0", "1E5", "00.5", "5.", ".5", "+7", "12345678901234567890.123456789"]
    summary = prepared(bucket, text("a,y", *(f"{value},1.0" for value in written)), shuffle=False)
    assert bucket.lines(summary["train_features"]) + bucket.lines(summary["test_features"]) == written


ROWS = [(1, "x", 0.1), (2, "y", 0.25), (3, "x", 1e-05), (4, "y", 7.0)]


def _parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    kinds, buffer = zip(*ROWS, strict=True), io.BytesIO()
    a, y, b = kinds
    dictionary = pa.array(y).dictionary_encode()
    parquet.write_table(pa.table({"a": pa.array(a, pa.int32()), "y": dictionary, "b": pa.array(b)}), buffer)
    return buffer.getvalue()


CSV = text("a,y,b", *(f"{a},{y},{b}" for a, y, b in ROWS))
JSONL = text(*(json.dumps({"a": a, "y": y, "b": b}) for a, y, b in ROWS))
FORMATS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "csv": (CSV, "d.csv", {}),
    "csv by another name": (CSV, "d", {"format": "csv"}),
    "semicolons": (CSV.replace(",", ";"), "d.csv", {"delimiter": ";"}),
    "tsv": (CSV.replace(",", "\t"), "d.tsv", {}),
    "tsv packed": (packed(CSV.replace(",", "\t")), "d.tsv.gz", {}),
    "csv packed": (packed(CSV), "d.csv.gz", {}),
    "packed without saying so": (packed(CSV), "d.csv", {}),
    "no header": (CSV.partition("\n")[2], "d.csv", {"columns": ["a", "y", "b"]}),
    "header replaced": (CSV.replace("y", "Y", 1), "d.csv", {"columns": ["a", "y", "b"], "header": True}),
    "no header, named by number": (
        CSV.partition("\n")[2],
        "d.csv",
        {"header": False, "rename": {"column_1": "a", "column_2": "y", "column_3": "b"}},
    ),
    "byte-order mark": (b"\xef\xbb\xbf" + CSV.encode(), "d.csv", {}),
    "windows line ends": (CSV.replace("\n", "\r\n"), "d.csv", {}),
    "no newline at the end": (CSV.rstrip("\n"), "d.csv", {}),
    "blank lines": ("\n\n" + CSV.replace("\n", "\n\n") + "\n  \n\n", "d.csv", {}),
    "blanks around values": (CSV.replace(",", " , "), "d.csv", {}),
    "quoted": ("\n".join(",".join(f'"{v}"' for v in row.split(",")) for row in CSV.split()), "d.csv", {}),
    "jsonl": (JSONL, "d.jsonl", {}),
    "jsonl packed": (packed(JSONL), "d.jsonl.gz", {}),
    "jsonl, columns named": (JSONL.replace("}", ', "z": [1]}'), "d.jsonl", {"columns": ["a", "y", "b"]}),
    "parquet": (_parquet, "d.parquet", {}),
}


@pytest.mark.parametrize("case", FORMATS)
def test_every_format_gives_the_same_files(bucket: Bucket, case: str) -> None:
    data, name, settings = FORMATS[case]
    body = data() if callable(data) else data
    summary = prepared(bucket, body, name=name, classes="auto", shuffle=False, **settings)
    assert summary["columns"] == ["a", "b"]
    assert summary["classes"] == {"x": 0, "y": 1}
    lines = bucket.lines(summary["train"]) + bucket.lines(summary["test"])
    assert [[float(value) for value in line.split(",")] for line in lines] == [
        [float(y == "y"), a, b] for a, y, b in ROWS
    ]


COLUMN_CASES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "select sets the order": ({"select": ["c", "a"]}, ["c", "a"], "4,3,1"),
    "select may name the target": ({"select": ["y", "b"]}, ["b"], "4,2"),
    "drop": ({"drop": ["b"]}, ["a", "c"], "4,1,3"),
    "select then drop": ({"select": ["a", "b"], "drop": ["a"]}, ["b"], "4,2"),
    "rename first": ({"rename": {"a": "first"}, "select": ["first"]}, ["first"], "4,1"),
    "target first": ({"target": "a"}, ["b", "c", "y"], "1,2,3,4"),
    "target in the middle": ({"target": "b"}, ["a", "c", "y"], "2,1,3,4"),
    "target renamed": ({"rename": {"c": "t"}, "target": "t"}, ["a", "b", "y"], "3,1,2,4"),
}


@pytest.mark.parametrize("case", COLUMN_CASES)
@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
def test_columns_are_chosen(bucket: Bucket, case: str, quote: str) -> None:
    settings, columns, line = COLUMN_CASES[case]
    row = ",".join(f"{quote}{value}{quote}" for value in (1, 2, 3, 4))
    summary = prepared(bucket, text("a,b,c,y", row, row), **settings)
    assert summary["columns"] == columns
    assert bucket.lines(summary["train"]) == bucket.lines(summary["test"]) == [line]
    assert bucket.lines(summary["train_features"]) == [line.partition(",")[2]]


def test_data_without_a_target_has_features_only(bucket: Bucket) -> None:
    summary = prepared(bucket, text("a,b", "1,2", "3,4"), target=None, shuffle=False)
    assert summary["train_features"] == summary["train"]
    assert "train_labels" not in summary
    assert bucket.listing() == ["in/data.csv", "out/summary.json", "out/test.csv", "out/train.csv"]
    assert bucket.get(summary["test"]) == "3,4\n"


def test_files_may_have_other_names(bucket: Bucket) -> None:
    summary = prepared(bucket, NUMBERS, files={"train": "input/train.data", "test_labels": "answers.csv"})
    assert summary["train"] == bucket.uri("out/input/train.data")
    assert len(bucket.lines(bucket.uri("out/answers.csv"))) == 5


def test_features_of_unlabelled_data_may_have_a_name_of_their_own(bucket: Bucket) -> None:
    settings = {"target": None, "files": {"train_features": "f.csv"}, "split": {"train": 1}}
    summary = prepared(bucket, text("a", "1"), **settings)
    assert bucket.get(summary["train"]) == bucket.get(bucket.uri("out/f.csv")) == "1\n"


def test_classes_are_numbered_in_sorted_order_and_written_beside_the_data(bucket: Bucket) -> None:
    summary = prepared(bucket, text(*IRIS), columns=COLUMNS, target="species", classes="auto")
    assert summary["classes"] == {"Iris-setosa": 0, "Iris-versicolor": 1, "Iris-virginica": 2}
    assert json.loads(bucket.get(summary["classes_uri"]))["classes"] == summary["classes"]


def test_a_class_may_be_called_NA(bucket: Bucket) -> None:
    data = text("a,y", "1,NA", "2,DE", "3,NA", "4,DE")
    summary = prepared(bucket, data, classes={"NA": 0, "DE": 1}, shuffle=False)
    assert bucket.lines(summary["train_labels"]) == ["0", "1"]


MISSING: dict[str, tuple[Any, list[str]]] = {
    "drop": ("drop", ["1,1,10", "4,5,10"]),
    "constant": ({"fill": -1}, ["1,1,10", "2,-1,20", "3,3,-1", "4,5,10"]),
    "mean": ({"fill": "mean"}, ["1,1,10", "2,3.0,20", "3,3,13.333333333333334", "4,5,10"]),
    "median": ({"fill": "median"}, ["1,1,10", "2,3.0,20", "3,3,10.0", "4,5,10"]),
    "mode": ({"fill": "mode"}, ["1,1,10", "2,1,20", "3,3,10", "4,5,10"]),
    "by column": ({"a": "drop", "b": {"fill": 0}}, ["1,1,10", "3,3,0", "4,5,10"]),
}


@pytest.mark.parametrize("case", MISSING)
def test_missing_values_are_treated(bucket: Bucket, case: str) -> None:
    setting, expected = MISSING[case]
    data = text("a,b,y", "1,10,1", "?,20,2", "3,NaN,3", "5,10,4")
    summary = prepared(bucket, data, missing=setting, missing_values=["?"], split={"all": 1}, shuffle=False)
    assert bucket.lines(summary["all"]) == expected


def test_rows_without_a_label_are_dropped_when_told_so(bucket: Bucket) -> None:
    summary = prepared(bucket, text("a,y", "1,p", "2,", "3,q"), classes="auto", missing="drop", stratify=False)
    assert summary["rows"] == 2


def test_categories_become_numbers_and_their_mapping_is_written(bucket: Bucket) -> None:
    data = text("colour,size,y", "red,1,1", "blue,2,2", "red,3,3")
    summary = prepared(bucket, data, categories="encode", shuffle=False, split={"all": 1})
    assert bucket.lines(summary["all_features"]) == ["1,1", "0,2", "1,3"]
    assert json.loads(bucket.get(summary["classes_uri"]))["categories"] == {"colour": {"blue": 0, "red": 1}}


def test_a_missing_category_may_be_filled_with_the_most_frequent(bucket: Bucket) -> None:
    settings: dict[str, Any] = {"categories": "encode", "missing": {"fill": "mode"}, "shuffle": False}
    summary = prepared(bucket, text("c,y", "x,1", ",2", "x,3", "w,4"), split={"all": 1}, **settings)
    assert bucket.lines(summary["all_features"]) == ["1", "1", "1", "0"]


def test_quoted_values_may_hold_delimiters_and_newlines(bucket: Bucket) -> None:
    data = 'note,a,y\n"one, two",1,1\n"three\nfour ""five""",2,2\nsix" long,3,3\n'
    summary = prepared(bucket, data, drop=["note"], shuffle=False, split={"all": 1})
    assert bucket.lines(summary["all"]) == ["1,1", "2,2", "3,3"]


def test_a_plain_split_of_integers_may_be_stratified(bucket: Bucket) -> None:
    data = text("a,y", *(f"{n},{n % 2}" for n in range(20)))
    summary = prepared(bucket, data, stratify=True)
    assert Counter(bucket.lines(summary["train_labels"])) == {"0": 5, "1": 5}
    assert summary["classes"] is None


def test_settings_may_arrive_as_text_from_templates(bucket: Bucket) -> None:
    settings = {"split": {"train": "0.5", "test": "0.5"}, "seed": "3", "timeout": "5", "attempts": "2"}
    assert prepared(bucket, NUMBERS, **settings)["counts"] == {"train": 5, "test": 5}


def test_a_dataset_from_the_web_is_asked_for_once_when_there_is_a_cache(
    bucket: Bucket, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlpipelines.runtime.prepare import prepare

    url = web.serve("/numbers.csv", NUMBERS)
    settings: dict[str, Any] = {"output": bucket.uri("out"), "split": HALVES, "target": "y", **LIMITS}
    monkeypatch.setenv("MLPIPELINES_DATASET_CACHE", str(tmp_path / "cache"))
    for _ in range(2):
        prepare(dataset=url, **settings)
    assert web.requests == ["/numbers.csv"]
    prepare(dataset=url, **settings, sha256=_digest(NUMBERS))
    with pytest.raises(StepError, match="sha256"):
        prepare(dataset=url, **settings, sha256="0" * 64)
    assert len(web.requests) == 2
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [hashlib.sha256(url.encode()).hexdigest()]


def test_the_right_digest_passes(bucket: Bucket) -> None:
    assert prepared(bucket, NUMBERS, sha256=_digest(NUMBERS).upper())["sha256"] == _digest(NUMBERS)


def _digest(data: str) -> str:
    return hashlib.sha256(data.encode()).hexdigest()


def test_everything_that_is_written_is_encrypted_with_the_key(bucket: Bucket) -> None:
    prepared(bucket, NUMBERS, classes="auto", stratify=False, kms_key="alias/data")
    written = [key for key in bucket.listing() if key.startswith("out/")]
    assert len(written) == 8
    assert {bucket.encryption(key) for key in written} == {("aws:kms", "alias/data")}


@pytest.mark.parametrize(("count", "kept"), [(100, True), (101, False)])
def test_many_classes_are_beside_the_data_and_not_in_xcom(bucket: Bucket, count: int, kept: bool) -> None:
    data = text("a,y", *(f"{n},class-{n % count}" for n in range(count * 2)))
    result = prepared(bucket, data, classes="auto")
    classes = json.loads(bucket.get(result["classes_uri"]))["classes"]
    assert len(classes) == count
    assert result["classes"] == (classes if kept else None)
    assert json.loads(bucket.get(bucket.uri("out/summary.json")))["classes"] == classes


@pytest.mark.parametrize(("count", "kept"), [(500, True), (501, False)])
def test_many_columns_are_in_the_summary_and_not_in_xcom(bucket: Bucket, count: int, kept: bool) -> None:
    names = [f"c{n}" for n in range(count)]
    row = ",".join(["1"] * (count + 1))
    result = prepared(bucket, text(",".join([*names, "y"]), *[row] * 4))
    assert result["columns"] == (names if kept else None)
    assert result["feature_count"] == count
    assert json.loads(bucket.get(bucket.uri("out/summary.json"))) == result | {"columns": names}
