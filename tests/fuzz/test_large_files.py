"""Files of nearly a megabyte, each made to keep one part of the checks busy, in a process of their own: time, memory,
and that nothing in them is ever run."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlpipelines.reading import MAX_BYTES
from tests.fuzz.children import Children, Ran
from tests.fuzz.large_files import LARGE

#: What is promised of every file: seconds of the processor, and megabytes with all that the command itself needs.
MOST_SECONDS, MOST_MEGABYTES = 2.0, 300
#: All of them take a minute; these are the worst of each kind.
ALL = "MLPIPELINES_FUZZ" in os.environ
WORST = (
    "many steps", "2,000 steps", "2,000 steps with a mistake in each", "2,000 steps with one mistake", "references to each other", "texts of open references", "a long range", "10,000 channels in the request",
    "unknown hyperparameters in a request", "unknown fields in many steps", "unknown members", "duplicate keys", "repeated items",
    "mappings as deep as they may be", "many unknown variables", "large defaults", "requests of 'a-'", "alternatives",
    "classes of all", "open brackets", "endless patterns of params", "a schema of many", "many full params", "comments in a row",
    "comments of many rules", "one line of problems", "splits", "outputs", "columns in use",
)  # fmt: skip


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    folder = tmp_path_factory.mktemp("large")
    (folder / "pipelines").mkdir()
    with Children(folder) as children:
        yield children


def sound(ran: Ran) -> None:
    assert ran.status in (0, 1, 2), ran.errors
    assert "PL502" not in ran.output
    assert "PL501" not in ran.output
    assert ran.seconds < MOST_SECONDS
    assert ran.megabytes < MOST_MEGABYTES


@pytest.mark.parametrize("name", LARGE if ALL else WORST)
def test_a_large_file_takes_little_time_and_memory(name: str, children: Children, tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_text(LARGE[name](), encoding="utf-8")
    assert file.stat().st_size <= MAX_BYTES
    ran = children.run("validate", file)
    sound(ran)
    assert len(ran.output) < 1_000_000, "a report is there to be read"


@pytest.mark.parametrize("form", ["json", "github", "sarif", "junit"])
@pytest.mark.parametrize("name", ["one line of problems", "unknown fields at the top", "comments of hashes"])
def test_every_report_of_a_large_file_is_well_formed(name: str, form: str, children: Children, tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_text(LARGE[name](), encoding="utf-8")
    ran = children.run("validate", file, "--format", form)
    sound(ran)
    if form == "junit":
        ElementTree.fromstring(ran.output)
    elif form != "github":
        json.loads(ran.output)


#: One of each: the name has quotes, an angle bracket, a line break, a colour and a mark of direction.
NAMES = (
    "a\"b'<c>&.yaml",
    "a\nb.yaml",
    "a\x1b[31mb.yaml",
    "a\u202eb.yaml",
    "-a.yaml",
    "a%0Ab,c:d.yaml",
    "\udcff.yaml",
    "a" * 240 + ".yaml",
)
#: What would do something if anybody ran it.
CODE = (
    "name: code\nsteps:\n"
    "  a: {type: python, function: 'os.system', arguments: {command: 'touch ran'}}\n"
    "  b: {type: python, function: 'evil.run', arguments: {}}\n"
    "  c: {type: process, script: 'evil.py', image: '123456789012.dkr.ecr.us-east-2.amazonaws.com/o:1', instance_type: ml.m5.large}\n"
    "  d: {type: prepare, dataset: 'http://127.0.0.1:9/x.csv', callable: evil.run}\n"
    "  e: {type: notebook, notebook: evil.ipynb}\n"
    "  f: {type: delete_model, model: '{{ ().__class__.__base__.__subclasses__() }}'}\n"
    "  g: {type: evaluate, predictions: 'http://127.0.0.1:9/x', metrics: [evil.run], labels: 's3://b/l'}\n"
    "  h: {type: delete_model, model: \"{{ cycler.__init__.__globals__.os.popen('touch ran').read() }}\"}\n"
)
TEXTS = (
    CODE,
    CODE.replace("name: code", "name: !!python/object/apply:os.system ['touch ran']"),
    "name: a\nparams: {p: {default: [1], type: array, items: {$ref: 'http://127.0.0.1:9/x.json'}}}\nsteps:\n  s: {type: delete_model, model: m}\n",
    "name: a\nparams: {p: {default: a, type: string, format: regex, pattern: '(?{touch ran})'}}\nsteps:\n  s: {type: delete_model, model: m}\n",
    "name: [\n",
    "name: valid\nsteps:\n  s: {type: delete_model, model: m}\n",
    "name: other\ndescription: '`touch ran` $(touch ran) <script>alert(1)</script>'\nsteps:\n  s: {type: delete_model, model: '\"]; click s href \"javascript:alert(1)\"'}\n",
)


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_nothing_in_a_file_is_run_and_nothing_is_asked_of_the_network(
    number: int, children: Children, tmp_path: Path
) -> None:
    """Seen by Python's own audit: no process, no socket, nothing written, no module but ours and Python's."""
    (tmp_path / "pipelines").mkdir()
    for module in (
        tmp_path / "pipelines" / "evil.py",
        tmp_path / "dags" / "callables" / "evil.py",
        tmp_path / "evil.py",
    ):
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text("open('ran', 'w')\ndef run(): ...\n")
    file = tmp_path / "pipelines" / "code.yaml"
    file.write_text(TEXTS[number], encoding="utf-8")
    for command in (
        ["validate"],
        ["validate", "--format", "sarif"],
        ["graph"],
        ["graph", "--format", "svg"],
        ["render"],
    ):
        ran = children.run(*command, file, audit=True)
        sound(ran)
        assert ran.events == []


def test_the_audit_sees_what_it_looks_for(children: Children, tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    file = tmp_path / "pipelines" / "a.yaml"
    file.write_text(TEXTS[5].replace("valid", "a"), encoding="utf-8")
    ran = children.run("graph", file, "--output", tmp_path / "a.svg", audit=True)
    assert ran.events == [f"writes {str(tmp_path / 'a.svg')!r}"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_hostile_name_of_a_file_is_no_crash(name: str, children: Children, tmp_path: Path) -> None:
    file = tmp_path / name
    try:
        file.write_text(TEXTS[4], encoding="utf-8")
    except (OSError, UnicodeError):
        pytest.skip("no file can have this name here")
    for form in ("text", "json", "github", "sarif", "junit"):
        ran = children.run("validate", "--format", form, "--", file)
        sound(ran)
        assert form == "github" or "\x1b" not in ran.output
        if form in ("json", "sarif"):
            json.loads(ran.output)
        elif form == "junit":
            ElementTree.fromstring(ran.output)
    sound(children.run("graph", "--", file))
    sound(children.run("explain", "--", name, "SM101"))


def test_a_difference_of_large_files_takes_little_time(children: Children, tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    for names in (
        ("a chain of 2,000 steps", "a cycle of 2,000 steps"),
        ("a chain of 2,000 steps", "conditions"),
        ("many tags", "secrets"),
    ):
        for file, name in zip((one, other), names, strict=True):
            file.write_text(LARGE[name](), encoding="utf-8")
        for form in ("text", "markdown", "json"):
            sound(children.run("diff", one, other, "--format", form))


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg"])
def test_a_picture_of_many_steps_takes_little_time(form: str, children: Children, tmp_path: Path) -> None:
    for name in ("a chain of 2,000 steps", "everything after everything"):
        file = tmp_path / "large.yaml"
        file.write_text(LARGE[name](), encoding="utf-8")
        ran = children.run("graph", file, "--format", form)
        sound(ran)
        if form == "svg" and ran.status == 0:
            ElementTree.fromstring(ran.output)
