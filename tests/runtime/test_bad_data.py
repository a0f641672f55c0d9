"""Each mistake in a dataset or its settings has one clear message, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlpipelines.errors import StepError
from tests.runtime.support import CLASSES, COLUMNS, IRIS, Bucket, packed, prepared, text

pytestmark = pytest.mark.airflow

IRIS_SETTINGS: dict[str, Any] = {"columns": COLUMNS, "target": "species", "classes": CLASSES}
SIMPLE = text("a,b,y", "1,2,1", "3,4,0", "5,6,1", "7,8,0")

# What is wrong: (data, settings, what the message must hold).
CASES: dict[str, tuple[bytes | str, dict[str, Any], tuple[str, ...]]] = {
    "a row too short": (text("a,b,y", "1,2,1", "", "3,4"), {}, ("line 4", "2 fields where 3 are expected")),
    "a row too long": (text("a,b,y", "1,2,1", "3,4,5,6"), {}, ("line 3", "4 fields where 3")),
    "a short row after a long quote": (
        'a,b,y\n"1","2","3\n\n"\n"4","5"\n',
        {"drop": ["b"]},
        ("line 5", "2 fields where 3"),
    ),
    "no delimiter found": (text("a;b;y", "1;2;1"), {}, ("only one column", "delimiter: ';'")),
    "wrong delimiter, columns named": (
        text("1;2;1"),
        {"columns": ["a", "b", "y"]},
        ("line 1", "1 field where 3 are expected", "delimiter: ';'"),
    ),
    "a value that is no number": (text("a,b,y", "1,2,1", "3,four,0"), {}, ("line 3", "'b'", "'four'", "categories")),
    "a header where none is expected": (
        text("a,b,y", "1,2,1"),
        {"columns": ["a", "b", "y"]},
        ("line 1", "is not a number", "if this line names the columns, write `header: true`"),
    ),
    "a column of numbers with a word in it": (
        text("a,y", *(f"{row},{row % 2}" for row in range(20)), "12.5 cm,1"),
        {"categories": "encode"},
        ("'a'", "it holds numbers, and '12.5 cm'", "cannot be encoded"),
    ),
    "a number with a comma": ('a,y\n"1,5",2\n', {}, ("line 2", "'a'", "'1,5'")),
    "a feature is infinite": (text("a,y", "1,2", "-inf,2"), {}, ("line 3", "'a'", "'-inf' is not a finite number")),
    "a feature is too large": (text("a,y", "1,2", "1e999,2"), {}, ("line 3", "'1e999' is not a finite number")),
    "a feature is NaN": (text("a,y", "NaN,2"), {}, ("line 2", "'a'", "missing", "`missing`")),
    "a feature is missing": (text("a,b,y", "1,2,1", "3,,0"), {}, ("line 3", "'b'", "the value is missing")),
    "the target is missing": (text("a,y", "1,2", "3,"), {}, ("line 3", "'y'", "the target is missing")),
    "the target of a class is missing": (
        text("a,y", "1,p", "3,"),
        {"classes": "auto"},
        ("line 3", "target is missing"),
    ),
    "the target is no number": (text("a,y", "1,p"), {}, ("line 2", "'p' is not a number", "classes: auto")),
    "an unknown class": (
        text(*IRIS[:12], "", "1,2,3,4,Iris-versicolour"),
        IRIS_SETTINGS,
        ("line 14", "'species'", "'Iris-versicolour'", "did you mean 'Iris-versicolor'?"),
    ),
    "one class only": (text(*IRIS[:10]), IRIS_SETTINGS, ("'species'", "one class", "'Iris-setosa'")),
    "a class with fewer rows than parts": (
        text("a,y", *["1,p"] * 8, "2,q"),
        {"classes": "auto"},
        ("class 'q' has only 1 of the rows", "2 parts", "stratify: false"),
    ),
    "a part without rows": (
        text("a,y", *["1,2"] * 4),
        {"split": {"train": 0.98, "test": 0.02}},
        ("part 'test'", "none of the 4 rows"),
    ),
    "too many classes": (text("a,y", "1,1"), {"target": "z"}, ("`target` names 'z'", "the columns are a, y")),
    "no rows": ("a,b,y\n", {}, ("no rows",)),
    "no rows in text without header": ("\n \n", {"columns": ["a", "y"]}, ("empty",)),
    "nothing at all": ("", {}, ("the file is empty",)),
    "all rows dropped": (text("a,y", ",1", ",2"), {"missing": "drop"}, ("all 2 rows have missing values",)),
    "a column without values is filled": (
        text("a,b,y", "1,,1", "2,,2"),
        {"missing": {"fill": "mean"}},
        ("'b'", "every value is missing"),
    ),
    "the mean of a text": (
        text("a,y", "1,1", "x,2", ",3"),
        {"missing": {"fill": "mean"}},
        ("line 3", "'a'", "the mean of a column that holds text"),
    ),
    "the target is filled": (SIMPLE, {"missing": {"y": {"fill": 0}}}, ("fills the target", "drop")),
    "an unknown treatment": (SIMPLE, {"missing": "ignore"}, ("`missing` is 'ignore'", "error, drop")),
    "missing names no column": (SIMPLE, {"missing": {"bb": "drop"}}, ("'bb'", "did you mean 'b'?")),
    "a web page": ("  <!DOCTYPE html><title>Sign in</title>", {}, ("web page", "login")),
    "xml": ("<?xml version='1.0'?><Error/>", {}, ("XML",)),
    "utf-16": ("a,y\n1,2\n".encode("utf-16"), {}, ("UTF-16", "save it as UTF-8")),
    "latin-1": ("a,y\n1,p\n2,caf\xe9\n".encode("latin-1"), {"classes": "auto"}, ("line 3", "not UTF-8")),
    "latin-1 in the header": ("caf\xe9,y\n1,1\n".encode("latin-1"), {}, ("line 1", "not UTF-8")),
    "a zip archive": (b"PK\x03\x04rest", {}, ("zip",)),
    "binary": (b"\x00\x01\x02", {}, ("not text",)),
    "parquet by the name of csv": (b"PAR1....", {}, ("format: parquet",)),
    "no parquet": (b"PAR1....", {"format": "parquet"}, ("cannot be read as Parquet",)),
    "gzip cut off": (packed(SIMPLE * 500)[:-20], {"drop": ["b"]}, ("gzip", "cut off")),
    "gzip damaged": (packed(SIMPLE)[:12] + b"\xff\xff\xff" + packed(SIMPLE)[15:], {}, ("gzip", "damaged")),
    "gzip not unpacked": (packed(SIMPLE), {"compression": "none"}, ("compression: gzip",)),
    "a quote that never ends": ('a,y\n1,2\n"3,4\n5,6\n', {}, ("line 3", "never ends")),
    "duplicate column names": (text("a,a,y", "1,2,3"), {}, ("'a' occurs more than once", "`columns` or `rename`")),
    "duplicate names by renaming": (SIMPLE, {"rename": {"a": "b"}}, ("'b' occurs more than once",)),
    "an unknown column is renamed": (SIMPLE, {"rename": {"aa": "c"}}, ("`rename` names 'aa'", "did you mean 'a'?")),
    "an unknown column is selected": (
        text("sepal_length,y", "1,2"),
        {"select": ["sepal_lenght"]},
        ("`select` names 'sepal_lenght'", "did you mean 'sepal_length'?"),
    ),
    "an unknown column is dropped": (SIMPLE, {"drop": ["zzz"]}, ("`drop` names 'zzz'", "the columns are a, b, y")),
    "the target is dropped": (SIMPLE, {"drop": ["y"]}, ("'y' is the target", "`drop`")),
    "no feature is left": (SIMPLE, {"drop": ["a", "b"]}, ("no feature",)),
    "a header of another width": (SIMPLE, {"columns": ["a", "y"], "header": True}, ("3 columns", "2")),
    "shares that do not add up": (SIMPLE, {"split": {"train": 0.7, "test": 0.2}}, ("add up to 0.9",)),
    "a share that is no number": (SIMPLE, {"split": {"train": "most"}}, ("`split`", "numbers")),
    "a share below zero": (SIMPLE, {"split": {"a": 1.5, "b": -0.5}}, ("more than 0",)),
    "a reserved part": (SIMPLE, {"split": {"rows": 1}}, ("'rows'",)),
    "parts that collide": (SIMPLE, {"split": {"a": 0.5, "a_labels": 0.5}}, ("'a_labels'",)),
    "an unknown output": (SIMPLE, {"files": {"trian": "x"}}, ("'trian'", "did you mean 'train'?")),
    "a file outside": (SIMPLE, {"files": {"train": "../x"}}, ("'../x'",)),
    "two outputs in one file": (SIMPLE, {"files": {"train": "x", "test": "x"}}, ("both be written",)),
    "classes without a target": (SIMPLE, {"target": None, "classes": "auto"}, ("`classes` needs a `target`",)),
    "a class that is no number": (SIMPLE, {"classes": {"1": "one"}}, ("whole number",)),
    "a negative seed": (SIMPLE, {"seed": -1}, ("`seed`",)),
    "the wrong digest": (SIMPLE, {"sha256": "0" * 64}, ("sha256", "0000", "has changed")),
    "larger than allowed": (SIMPLE, {"max_size": 10}, ("larger than `max_size` (10 bytes)",)),
    "json that is none": ('{"a": 1, "y": 2}\n\n{"a": 1,}\n', {"format": "jsonl"}, ("line 3", "JSON")),
    "json that is a list": ("[1, 2]\n", {"format": "jsonl"}, ("line 1", "object")),
    "json that is nested": ('{"a": {"b": 1}, "y": 2}\n', {"format": "jsonl"}, ("line 1", "'a'", "flatten")),
    "json without the column": (
        '{"a": 1, "y": 2}\n',
        {"format": "jsonl", "columns": ["a", "z", "y"]},
        ("'z'", "columns"),
    ),
    "json with a word": ('{"a": 1, "y": 2}\n{"a": "x", "y": 2}\n', {"format": "jsonl"}, ("line 2", "'a'", "'x'")),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_explained_and_nothing_is_written(bucket: Bucket, case: str) -> None:
    data, settings, parts = CASES[case]
    with pytest.raises(StepError) as caught:
        prepared(bucket, data, **settings)
    for part in parts:
        assert part in str(caught.value)
    assert bucket.listing() == ["in/data.csv"]


@pytest.mark.parametrize(
    ("late", "line"), [("x,1", 300_002), ("1", 300_002), ("1,", 300_002)], ids=["text", "ragged", "missing"]
)
@pytest.mark.parametrize("windows", [False, True])
def test_lines_are_those_of_the_file_however_large_it_is(bucket: Bucket, late: str, line: int, windows: bool) -> None:
    data = "a,y\n" + "1234567.25,12345.5\n" * 300_000 + late + "\n"
    with pytest.raises(StepError, match=f"line {line}\\b"):
        prepared(bucket, data.replace("\n", "\r\n") if windows else data)


def test_a_missing_bucket_is_named(bucket: Bucket) -> None:
    with pytest.raises(StepError, match=r"no-such-bucket.*does not exist"):
        prepared(bucket, SIMPLE, output="s3://no-such-bucket/out")


def test_a_missing_object_is_named(bucket: Bucket) -> None:
    with pytest.raises(StepError, match=r"nothing\.csv.*no such object"):
        prepared(bucket, SIMPLE, dataset=bucket.uri("nothing.csv"))


@pytest.mark.parametrize("dataset", ["s3://bucket/folder/", "file:///etc/passwd", "/etc/passwd", "ftp://host/a.csv"])
def test_other_places_are_refused(bucket: Bucket, dataset: str) -> None:
    with pytest.raises(StepError, match=r"folder|https://"):
        prepared(bucket, SIMPLE, dataset=dataset)


def test_no_temporary_file_stays(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    prepared(bucket, SIMPLE)
    with pytest.raises(StepError):
        prepared(bucket, SIMPLE + "oops\n")
    assert not list(tmp_path.iterdir())


def test_an_upload_that_fails_leaves_no_summary(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlpipelines.runtime.storage import Storage

    upload = Storage.upload

    def break_at_test(self: Storage, path: Path, uri: str) -> None:
        if uri.endswith("test.csv"):
            raise StepError("the network is gone")
        upload(self, path, uri)

    monkeypatch.setattr(Storage, "upload", break_at_test)
    with pytest.raises(StepError, match="network"):
        prepared(bucket, SIMPLE)
    assert not [key for key in bucket.listing() if key.endswith(".json")]
