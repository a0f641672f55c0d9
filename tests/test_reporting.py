"""Reports: what people see of a problem, and what programs, GitHub and CI systems read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from mlpipelines.errors import Problem
from mlpipelines.reporting import FORMATS, Outcome, report
from mlpipelines.reporting.excerpt import excerpt
from mlpipelines.reporting.outcome import repository_prefix
from mlpipelines.reporting.printable import columns, printable
from mlpipelines.reporting.sources import Sources, value_end

LINE = "    instance_typ: ml.m5.large"
ERROR = Problem("pipelines/a.yaml", 2, 5, "PL101", "unknown field 'instance_typ'", "did you mean 'instance_type'?")
WARNING = Problem("pipelines/a.yaml", 2, 19, "SM812", "may be newer than our table", severity="warning")
INFO = Problem("pipelines/b.yaml", 1, 1, "SM812", "a note", severity="info")


def outcome(
    *problems: Problem, files: tuple[str, ...] = ("pipelines/a.yaml", "pipelines/b.yaml"), **more: Any
) -> Outcome:
    return Outcome(problems, files, **more)


def sources(folder: Path, text: str | bytes, name: str = "pipelines/a.yaml") -> Sources:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Sources(folders=[folder])


# Text


def test_text_shows_the_line_and_marks_the_value(tmp_path: Path) -> None:
    text = report(outcome(ERROR, WARNING, INFO, sources=sources(tmp_path, f"steps:\n{LINE}\n")), "text")
    assert text.splitlines() == [
        "pipelines/a.yaml:2:5: error: unknown field 'instance_typ' [PL101]",
        "    2 |     instance_typ: ml.m5.large",
        "      |     ^^^^^^^^^^^^",
        "    did you mean 'instance_type'?",
        "",
        "pipelines/a.yaml:2:19: warning: may be newer than our table [SM812]",
        "    2 |     instance_typ: ml.m5.large",
        "      |                   ^^^^^^^^^^^",
        "",
        "pipelines/b.yaml:1:1: info: a note [SM812]",
        "",
        "2 files checked: 1 error, 1 warning, 1 info in 2 files",
    ]


def test_a_summary_counts() -> None:
    assert outcome(files=("a",)).summary() == "1 file checked: no problems"
    assert outcome(ERROR, ERROR, files=("a",)).summary() == "1 file checked: 2 errors in 1 file"
    assert outcome(files=("a",) * 1200).summary() == "1,200 files checked: no problems"


def test_colour_only_when_asked_for(tmp_path: Path) -> None:
    found = outcome(ERROR, WARNING, INFO, sources=sources(tmp_path, f"steps:\n{LINE}\n"))
    coloured = report(found, "text", colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == report(found, "text")
    assert "\x1b[31;1merror:\x1b[0m" in coloured
    assert all("\x1b" not in report(found, form, colour=True) for form in FORMATS if form != "text")


@pytest.mark.parametrize(
    ("line", "column", "end", "shown", "marks"),
    [
        ("a: bc", 4, 6, "a: bc", "   ^^"),
        ("a: bc", 4, None, "a: bc", "   ^"),
        ("a:", 3, None, "a:", "  ^"),
        ("a:", 99, 120, "a:", "  ^"),
        ("", 1, None, "", "^"),
        ("a:\tb\tc", 4, 5, "a:    b    c", "      ^"),
        ("a:\tb\tc", 3, 5, "a:    b    c", "  ^^^^^"),
        ("漢字: x", 5, 6, "漢字: x", "      ^"),
        ("a: 漢字", 4, 6, "a: 漢字", "   ^^^^"),
        ("e\u0301: x", 5, 6, "e\u0301: x", "   ^"),
        ("😀 x", 3, 4, "😀 x", "   ^"),
        ("a: \x1b[31mx", 4, 5, "a: ·[31mx", "   ^"),
        ("a: \u202ex", 5, 6, "a: ·x", "    ^"),
        ("a: b\r", 4, 5, "a: b·", "   ^"),
    ],
)
def test_the_mark_stands_below_the_value(line: str, column: int, end: int | None, shown: str, marks: str) -> None:
    assert excerpt(line, column, end, 80) == (shown, marks)


@pytest.mark.parametrize("line", ["x" * 5000, "漢" * 5000, "a b " * 1500, "\t" * 3000])
@pytest.mark.parametrize("column", [1, 7, 40, 2500, 2999, 5001])
@pytest.mark.parametrize("width", [40, 100])
def test_a_long_line_is_cut_around_the_mark(line: str, column: int, width: int) -> None:
    shown, marks = excerpt(line, column, column + 3000, width)
    assert columns(shown) <= width
    assert columns(marks) <= width + 1
    assert "…" in shown
    first, last = marks.index("^"), len(marks)
    if column == 2500:
        assert (shown[0], shown[-1]) == ("…", "…") or "\t" in line
        assert first < width / 2 < last


def test_what_stands_in_a_file_commands_no_terminal() -> None:
    problem = Problem("a\x1b[2J.yaml", 1, 1, "PL101", "one\ntwo \x1b[31m \u202e \u2028", "a\rb\x9b")
    text = report(outcome(problem), "text")
    assert not set(text) & set("\x1b\r\x9b\u202e\u2028")
    assert r"one\ntwo \x1b[31m \u202e \u2028" in text
    assert printable("ä 漢 é") == "ä 漢 é"


def test_lines_are_counted_as_yaml_counts_them(tmp_path: Path) -> None:
    for newline in ("\n", "\r\n", "\r", "\x85", "\u2028"):
        found = sources(tmp_path, f"\ufeffa: 1{newline}b: 2{newline}c: 3")
        assert found.line(Problem("pipelines/a.yaml", 2, 1, "PL101", "")) == "b: 2"
    assert sources(tmp_path, "a: 1\x0cx\nb: 2").line(Problem("pipelines/a.yaml", 2, 1, "PL101", "")) == "b: 2"


def test_what_cannot_be_read_has_no_lines(tmp_path: Path) -> None:
    assert Sources(folders=[tmp_path]).line(ERROR) is None
    (tmp_path / "pipelines" / "a.yaml").mkdir(parents=True)
    assert Sources(folders=[tmp_path]).line(ERROR) is None
    assert sources(tmp_path, "x\n" * 10**6, "b").line(Problem("b", 1, 1, "PL101", "")) is None
    assert sources(tmp_path, b"\xff: 1", "b").line(Problem("b", 1, 1, "PL101", "")) == "\ufffd: 1"
    assert sources(tmp_path, "x", "b").line(Problem("b", 2, 1, "PL101", "")) is None


@pytest.mark.parametrize("line", ["    password: hunter22", "    uri: https://me:hunter22@host/x", "# token: hunter22"])
def test_secrets_are_not_repeated(tmp_path: Path, line: str) -> None:
    text = report(outcome(WARNING, sources=sources(tmp_path, f"steps:\n{line}\n")), "text")
    assert "hunter22" not in text


def test_what_the_rule_about_secrets_finds_is_not_shown(tmp_path: Path) -> None:
    found = Problem("pipelines/a.yaml", 2, 3, "SM130", "a secret stands here")
    text = report(outcome(found, sources=sources(tmp_path, "    password:\n  hunter22\n")), "text")
    assert "hunter22" not in text


@pytest.mark.parametrize(
    ("line", "start", "value"),
    [
        ("a: plain text # comment", 3, "plain text"),
        ("a: plain text   ", 3, "plain text"),
        ("a: x#y", 3, "x#y"),
        ("a: http://x:80/y", 3, "http://x:80/y"),
        ("a: one, two", 3, "one, two"),
        ("key: value", 0, "key"),
        ("key:", 0, "key"),
        ("a: {b: one, c: 2}", 7, "one"),
        ("a: {b: one, c: 2}", 15, "2"),
        ("a: {b: one, c: 2} # x", 3, "{b: one, c: 2}"),
        ("a: [1, [2, '] [']] # x", 3, "[1, [2, '] [']]"),
        ("a: [one, two", 4, "one"),
        ("a: '{' # x", 3, "'{'"),
        ("a: it's {x", 3, "it's {x"),
        ('a: {b: "x, y}"}', 7, '"x, y}"'),
        ('a: "q \\" z" # x', 3, '"q \\" z"'),
        ("a: 'it''s' # x", 3, "'it''s'"),
        ("a: *anchor # x", 3, "*anchor"),
        ("a: !tag x", 3, "!tag"),
        ("a: |  # x", 3, "|"),
        ("- item", 2, "item"),
        ('a: {t: "${x.y}", b: c}', 7, '"${x.y}"'),
        ('a: {t: "${x.y}", b: c d}', 20, "c d"),
        ("a: 漢字 # x", 3, "漢字"),
    ],
)
def test_where_a_value_ends(line: str, start: int, value: str) -> None:
    end = value_end(line, start)
    assert end is not None
    assert line[start:end] == value


@pytest.mark.parametrize(
    ("line", "start"),
    [("a: [1, 2", 3), ("a: {b: c", 3), ('a: "open', 3), ("a: 'open", 3), ("a:", 2), ("a: b", 9), ("", 0)],
)
def test_a_value_that_does_not_end_in_its_line(line: str, start: int) -> None:
    assert value_end(line, start) is None


def test_odd_lines_take_no_time() -> None:
    for line in (
        "[" * 60_000,
        '"' * 60_001,
        "'" * 60_001,
        "a: " + "x " * 60_000,
        ": " * 60_000,
        '"\\' * 60_000,
        " #" * 60_000,
    ):
        for start in (0, 3, len(line) // 2):
            value_end(line, start)
            excerpt(line, start + 1, None, 100)


# JSON


def test_json_has_everything(tmp_path: Path) -> None:
    data = json.loads(report(outcome(ERROR, WARNING, INFO, sources=sources(tmp_path, f"steps:\n{LINE}\n")), "json"))
    assert {key: value for key, value in data.items() if key != "problems"} == {
        "files": 2, "errors": 1, "warnings": 1, "infos": 1,
    }  # fmt: skip
    assert data["problems"][0] == {
        "file": "pipelines/a.yaml", "line": 2, "column": 5, "end_column": 17, "code": "PL101", "rule": "unknown-field",
        "message": "unknown field 'instance_typ'", "hint": "did you mean 'instance_type'?", "severity": "error",
    }  # fmt: skip
    assert data["problems"][2]["end_column"] is None


# GitHub


def test_annotations_have_github_s_words_and_escapes(tmp_path: Path) -> None:
    odd = Problem("pipelines/a,b:c%.yaml", 3, 1, "PL101", "100%\r\nof: a, b", "x\ny")
    lines = report(outcome(ERROR, WARNING, INFO, odd, sources=sources(tmp_path, f"steps:\n{LINE}\n")), "github").split(
        "\n"
    )
    assert lines == [
        "::error file=pipelines/a.yaml,line=2,col=5,endColumn=17,title=PL101 unknown-field::"
        "unknown field 'instance_typ' (did you mean 'instance_type'?)",
        "::warning file=pipelines/a.yaml,line=2,col=19,endColumn=30,title=SM812 new-instance-type::"
        "may be newer than our table",
        "::notice file=pipelines/b.yaml,line=1,col=1,title=SM812 new-instance-type::a note",
        "::error file=pipelines/a%2Cb%3Ac%25.yaml,line=3,col=1,title=PL101 unknown-field::100%25%0D%0Aof: a, b (x%0Ay)",
        "2 files checked: 2 errors, 1 warning, 1 info in 3 files",
    ]


def test_files_are_named_from_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    project = tmp_path / "ml" / "flowers"
    project.mkdir(parents=True)
    assert [repository_prefix(folder) for folder in (project, tmp_path)] == ["ml/flowers", ""]
    found = outcome(ERROR, prefix=repository_prefix(project))
    assert "file=ml/flowers/pipelines/a.yaml," in report(found, "github")
    assert '"ml/flowers/pipelines/a.yaml"' in report(found, "sarif")
    assert 'name="ml/flowers/pipelines/a.yaml"' in report(found, "junit")
    assert found.in_repository("../other/x.yaml") == "ml/other/x.yaml"
    assert found.in_repository("/elsewhere/x.yaml") == "/elsewhere/x.yaml"


# SARIF

_TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}},
    "additionalProperties": False,
}
_POSITIVE = {"type": "integer", "minimum": 1}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}


def members(required: str, **properties: Any) -> dict[str, Any]:
    """An object of these members and no others."""
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


#: What SARIF 2.1.0 says of the members that we write. Reports have been held against its whole schema as well.
SARIF = members(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": members(
            "tool results",
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            originalUriBaseIds={"additionalProperties": members("", uri={"type": "string"}, description=_TEXT)},
            tool=members(
                "driver",
                driver=members(
                    "name",
                    name={"type": "string"},
                    version={"type": "string"},
                    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": members(
                            "id",
                            id={"type": "string"},
                            name={"type": "string"},
                            shortDescription=_TEXT,
                            fullDescription=_TEXT,
                            help=members("text", text={"type": "string"}, markdown={"type": "string"}),
                            defaultConfiguration=members("", level=_LEVEL),
                            properties={
                                "type": "object",
                                "properties": {
                                    "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
                                },
                            },
                        ),
                    },
                ),
            ),
            results={
                "type": "array",
                "items": members(
                    "message",
                    ruleId={"type": "string"},
                    ruleIndex={"type": "integer", "minimum": -1},
                    level=_LEVEL,
                    message=_TEXT,
                    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
                    locations={
                        "type": "array",
                        "items": members(
                            "",
                            physicalLocation=members(
                                "artifactLocation",
                                artifactLocation=members(
                                    "", uri={"type": "string", "pattern": "^[^ \\\\]*$"}, uriBaseId={"type": "string"}
                                ),
                                region=members("", startLine=_POSITIVE, startColumn=_POSITIVE, endColumn=_POSITIVE),
                            ),
                        ),
                    },
                ),
            },
        ),
    },
)


def sarif(*problems: Problem, **more: Any) -> dict[str, Any]:
    log = json.loads(report(outcome(*problems, **more), "sarif"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    (run,) = log["runs"]
    return run


def test_sarif_has_what_code_scanning_shows(tmp_path: Path) -> None:
    run = sarif(ERROR, WARNING, INFO, sources=sources(tmp_path, f"steps:\n{LINE}\n"))
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert [rule["id"] for rule in rules] == ["PL101", "SM812"]
    for rule in rules:
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["text"]
    assert rules[0]["name"] == "UnknownField"
    assert [result["level"] for result in results] == ["error", "warning", "note"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in results)
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "pipelines/a.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endColumn": 17}
    assert run["columnKind"] == "unicodeCodePoints"


def test_sarif_of_nothing_has_no_results() -> None:
    assert sarif()["results"] == []


def test_sarif_names_files_by_uris() -> None:
    odd = Problem("pipelines/ä b%#?.yaml", 1, 1, "airflow", "Airflow refuses this")
    result = sarif(odd, Problem("/elsewhere/a.yaml", 1, 1, "PL101", "x"))["results"]
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in result]
    assert places == [
        {"uri": "pipelines/%C3%A4%20b%25%23%3F.yaml", "uriBaseId": "%SRCROOT%"},
        {"uri": "/elsewhere/a.yaml"},
    ]


def test_fingerprints_stay_when_lines_move_and_differ_for_each_problem(tmp_path: Path) -> None:
    def prints(text: str, *lines: int) -> list[str]:
        problems = [Problem("pipelines/a.yaml", line, 1, "PL101", "x") for line in lines]
        run = sarif(*problems, sources=sources(tmp_path, text))
        return [result["partialFingerprints"]["mlpipelines/v1"] for result in run["results"]]

    first = prints("a: 1\nb: 2\na: 1\n", 1, 2, 3)
    assert len(set(first)) == 3
    assert prints("# new\n  a: 1\nb: 2\n\na: 1\n", 2, 3, 5) == first


# JUnit


def junit(*problems: Problem, **more: Any) -> ElementTree.Element:
    root = ElementTree.fromstring(report(outcome(*problems, **more), "junit").encode())
    assert root.tag == "testsuites"
    return root


def test_junit_has_a_case_for_each_file(tmp_path: Path) -> None:
    root = junit(ERROR, WARNING, INFO, files=("pipelines/a.yaml", "pipelines/b.yaml", "pipelines/c.yaml"))
    (suite,) = root
    for element in (root, suite):
        assert {key: element.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
            "tests": "3", "failures": "1", "errors": "0", "skipped": "0",
        }  # fmt: skip
    first, second, third = suite
    assert first.attrib == {
        "name": "pipelines/a.yaml", "classname": "mlpipelines.validate", "file": "pipelines/a.yaml", "line": "2",
    }  # fmt: skip
    assert [child.tag for child in first] == ["failure", "system-out"]
    assert first[0].attrib == {"message": "unknown field 'instance_typ'", "type": "PL101"}
    assert "pipelines/a.yaml:2:5: error: unknown field" in str(first[0].text)
    assert "warning: may be newer" in str(first[1].text)
    assert [child.tag for child in second] == ["system-out"]
    assert list(third) == []


def test_junit_fails_on_warnings_when_they_fail_the_check() -> None:
    (suite,) = junit(ERROR, WARNING, INFO, fail_on="warning")
    (failure,) = suite[0]
    assert (failure.get("message"), failure.get("type")) == ("2 problems", "PL101, SM812")
    assert suite.get("failures") == "1", "an info never fails"


def test_junit_has_cases_for_files_that_were_not_asked_for() -> None:
    (suite,) = junit(Problem("pipelines/defaults.yaml", 1, 1, "PL101", "x"), files=("pipelines/a.yaml",))
    assert [case.get("name") for case in suite] == ["pipelines/a.yaml", "pipelines/defaults.yaml"]


def test_junit_is_xml_whatever_files_hold() -> None:
    odd = Problem('a"<&>\x00.yaml', 1, 1, "PL101", "\x1b ]]> <b> & \ufffe \ud800 ok", "\x07")
    (suite,) = ElementTree.fromstring(report(outcome(odd), "junit").encode("utf-8"))
    assert "]]> <b> & " in str(suite[2][0].text)


# What fails


@pytest.mark.parametrize(
    ("problems", "fail_on", "failed"),
    [
        ((), "error", False), ((INFO,), "error", False), ((WARNING,), "error", False), ((ERROR,), "error", True),
        ((), "warning", False), ((INFO,), "warning", False), ((WARNING,), "warning", True), ((ERROR,), "warning", True),
    ],
)  # fmt: skip
def test_what_fails(problems: tuple[Problem, ...], fail_on: Any, failed: bool) -> None:
    assert outcome(*problems, fail_on=fail_on).failed is failed
