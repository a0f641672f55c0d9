"""Reading YAML: data, positions and texts as written; hostile input ends in a problem with a place."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpipelines.document import MAX_SCALAR, parse_document, plain_value, read_document
from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.reading import MAX_BYTES
from mlpipelines.templating import yaml_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("False", False), ("on", "on"), ("yes", "yes"), ("null", None), ("~", None), ("", None),
        ("10", 10), ("010", 10), ("0o10", 8), ("0x1F", 31), ("1_000", "1_000"), ("1:30", "1:30"), ("-3", -3),
        ("0.10", 0.1), ("1e-3", 0.001), (".5", 0.5), ("1.", 1.0), (".inf", ".inf"), (".nan", ".nan"),
        ("1e999", "1e999"),
        ("2024-01-01", "2024-01-01"), ("1.2.3", "1.2.3"), ("-", "-"), ("+", "+"), ("9" * 500, "9" * 500),
    ],
)  # fmt: skip
def test_plain_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    assert plain_value(text) == value
    assert type(plain_value(text)) is type(value)


def test_positions_and_raw_texts_are_kept_beside_the_data() -> None:
    document = parse_document("a:\n  - b: 0.10\n    c: 'x'\n", "f")
    assert document.data == {"a": [{"b": 0.1, "c": "x"}]}
    assert document.position(("a", 0, "b")) == (2, 8)
    assert document.position(("a", 0, "b"), key=True) == (2, 5)
    assert document.position(("a", 0, "nowhere")) == (2, 5)
    assert document.raw == {("a", 0, "b"): "0.10"}


def test_an_alias_points_at_the_text_that_must_be_mended() -> None:
    document = parse_document("a: &x {b: 0.50}\nc: *x\n", "f")
    assert document.data["c"] == {"b": 0.5}
    assert document.position(("c", "b")) == (1, 11)
    assert document.raw[("c", "b")] == "0.50"
    assert document.data["a"] is not document.data["c"]


def _first(text: str) -> str:
    with pytest.raises(InvalidPipeline) as caught:
        parse_document(text, "f")
    return str(caught.value.problems[0])


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 100_000, "? " * 10_000])
def test_nesting_without_end_is_refused_at_once(text: str) -> None:
    assert "levels deep" in _first(text) or "must be text" in _first(text) or "valid YAML" in _first(text)


def test_a_scalar_of_a_megabyte_is_refused() -> None:
    assert f"a value may have {MAX_SCALAR:,}" in _first(f"a: {'x' * 1_000_000}\n")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00a", "YM12"), (b"a: 1\n\x00", "YM12"), (b"\x89PNG\r\n\x1a\n", "YM12"),
        (b"", "YM13"), (b"   \n", "YM13"), (b"x" * (MAX_BYTES + 1), "YM20"),
        (b"a: \x07\n", "YM12"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_yaml_text_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    with pytest.raises(InvalidPipeline) as caught:
        read_document(file)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    folder, link, missing = tmp_path / "folder.yaml", tmp_path / "link.yaml", tmp_path / "missing.yaml"
    folder.mkdir()
    link.symlink_to(missing)
    for file, words in ((folder, "a directory"), (link, "a link to nowhere"), (missing, "no such file")):
        with pytest.raises(InvalidPipeline) as caught:
            read_document(file)
        assert words in str(caught.value)


def test_an_unreadable_file_is_a_problem() -> None:
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.yaml"
        file.write_text("a: 1\n")
        file.chmod(0)
        Path(folder).chmod(0o755)
        if user == 0:
            os.seteuid(65534)  # root reads every file
        try:
            with pytest.raises(InvalidPipeline, match="permission denied"):
                read_document(file)
        finally:
            os.seteuid(user)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_every_value_survives_a_template(value: object) -> None:
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        return
    assert parse_document(f"x: {yaml_value(value)}\n", "f").data == {"x": value}


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list(" \t\n:-#{}[],'\"&*!|>%@`?~ab01.\u00a0\ufeff")), max_size=60))
def test_any_text_gives_data_or_problems(text: str) -> None:
    problems = _problems(text)
    assert problems is None or problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems or ())


def _problems(text: str) -> tuple[Problem, ...] | None:
    try:
        parse_document(text, "f")
    except InvalidPipeline as error:
        return error.problems
    return None


def test_aliases_cost_what_they_expand_to_and_no_more() -> None:
    """Thousands of aliases to small values in a large file; and aliases that nest without end."""
    entries = "\n".join(f"k{number}: {number}" for number in range(20_000))
    aliases = "\n".join("  - *a" for _ in range(5_000))
    assert len(parse_document(f"{entries}\nx: &a [1]\ny:\n{aliases}\n", "f").data["y"]) == 5_000
    nested = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200))
    assert "levels deep" in _first(nested)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: - b\n", "1:4: YM11", "a list cannot begin in the line of its key"),
        ("a: [,]\n", "1:5: YM11", "a value is missing before this"),
        ('a: "C:\\data"\n', "1:7: YM11", "begins a special character (use single quotes)"),
        ("a: | x\n  y\n", "1:6: YM11", "nothing may follow `|` or `>`"),
        ("a: 1\n... x\n", "2:5: YM11", "nothing may follow the pipeline"),
        ("a: }\n", "1:4: YM11", "this bracket has not been opened"),
        ("a: {b: c: d}\n", "1:9: YM11", "quote the text that contains `: `"),
        ("{a: 1\n", "2:1: YM11", "the bracket opened in line 1 is still open"),
        ("a: b\n- c\n", "2:1: YM11", "an item of a list stands where `key: value` is expected"),
        ("- a\nb: 1\n", "2:1: YM11", "an item of a list is expected here"),
        ("a: b: c\n", "1:5: YM11", "a second `: ` stands in this line"),
        ("a: b\n  c: d\n", "2:3: YM11", "has a value already (begin both in the same column)"),
        ("a:\n  - b: 1\n   c: 2\n", "3:4: YM11", "begins in column 4, and no line before it does"),
        ("a:\n  -b: 1\n   c: 2\n", "2:3: YM11", "a space is missing after the dash"),
        ("a:\n  b:1\n  c: 2\n", "2:3: YM18", "a space is missing after the colon"),
        ("x:\n  a: 'b\n", "2:6: YM11", "a quote is opened and never closed"),
        ("a: 'it's'\n", "1:8: YM11", "nothing may follow a closing quote or bracket"),
        ("a: b\n{% if x %}\n", "2:2: YM02", "use a step of type condition"),
        ("a: b\n=======\nc d\n", "2:1: YM22", "a conflict that git has left"),
    ],
)
def test_a_mistake_of_yaml_is_told_where_it_is_mended(text: str, place: str, words: str) -> None:
    assert _first(text).startswith(f"f:{place}: ")
    assert words in _first(text)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("YM03", ["yes", "Off"]),
        ("YM04", ["010", "-0777", "1_000", "1:30", "0b11", "190:20:30.15"]),
        ("YM09", ["\n  -b\n  -c", "b\n  -c"]),
        ("YM10", ["2026-01-31", "2026-1-1 6:00:00"]),
        ("", ["'yes'", "nothing", "007", "0815", "08:30", "1e-3", "1.2.3", "'010'", "0x1F", "2026-01", "'2026-01-31'"]),
        ("", ["-b", "\n  --flag", "a -b", "[a,\n  -b]", "\n  - -b", "\n  -1", "|\n  -b"]),
    ],
)
def test_what_may_be_meant_otherwise_is_remembered(rule: str, values: list[str]) -> None:
    for value in values:
        found = parse_document(f"x: {value}\n", "f").doubtful
        assert [rule for rule, _ in found.values()] == ([rule] if rule else []), value
