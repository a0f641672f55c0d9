"""YAML text -> Document: plain data beside a table of positions and the raw text of its scalars.

Scalars follow the YAML 1.2 core schema (`on` is text, `1e-3` is a number, `010` is ten). Input is hostile until
proven otherwise: size, depth and alias expansion are bounded, and no tag ever constructs anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.reading import read_bytes
from mlpipelines.yaml_mistakes import UNQUOTED, syntax_problem

DocumentPath = tuple[str | int, ...]
Position = tuple[int, int]

MAX_SCALAR = 64 * 1024
MAX_DEPTH = 40
MAX_NODES = 50_000
#: What a file becomes has more: AWS's members for each entry of an author.
_MOST_GENERATED = 20 * MAX_NODES
#: So many values a step may have with its defaults: no request to AWS has as many.
MAX_STEP_NODES = 10_000
#: How many problems one check reports of one file: nobody mends more at once.
MAX_PROBLEMS = 100

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
#: What readers of YAML 1.1 see otherwise: https://yaml.org/type/
_WORDS = frozenset("yes Yes YES no No NO on On ON off Off OFF".split())
#: The ways to write a NUL character in double quotes.
_NULL = re.compile(r"\\(?:0|x00|u0000|U00000000)")
_OCTAL = re.compile(r"[-+]?0[0-7]+")
_OTHER_NUMBER = re.compile(
    r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|[1-9][0-9_]*(:[0-5]?[0-9])*|[0-9][0-9_]*(:[0-5]?[0-9])*\.[0-9_]*)"
)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?"
    r"([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?"
)
#: What plain scalars begin with that may be more than a text, to us or to those readers.
_TELLING = frozenset(["", *"0123456789-+.~tTfFnNyYoO"])
#: Nobody indents a line further.
_INDENTED = 200
_LIST_DASH = re.compile(r"^[ ]*(-)(?=[^\s\-0-9.])", re.M)
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}


@dataclass(frozen=True)
class Document:
    """A parsed file. `data` holds plain dicts, lists, texts, numbers, booleans and None."""

    file: str
    text: str = field(repr=False)
    data: Any
    values: dict[DocumentPath, Position] = field(repr=False)
    keys: dict[DocumentPath, Position] = field(repr=False)
    raw: dict[DocumentPath, str] = field(repr=False)
    """The text as written of every scalar that is not a text."""
    doubtful: dict[DocumentPath, tuple[str, Position]] = field(default_factory=dict, repr=False)
    """(rule, position) of plain scalars that may not be what their author meant."""

    def has(self, path: Sequence[str | int]) -> bool:
        return tuple(path) in self.values

    def position(self, path: Sequence[str | int], *, key: bool = False) -> Position:
        """Where `path` stands, or its nearest ancestor in the file; lines and columns count from 1."""
        table, path = (self.keys if key else self.values), tuple(path)
        while path and path not in table:
            table, path = self.values, path[:-1]
        return table.get(path, (1, 1))

    def problem(
        self,
        path: Sequence[str | int],
        code: str,
        message: str,
        hint: str = "",
        *,
        key: bool = False,
    ) -> Problem:
        line, column = self.position(path, key=key)
        return Problem(self.file, line, column, code, message, hint)


def read_document(path: Path, name: str | None = None) -> Document:
    """The document in `path`, called `name` in problems. Raises InvalidPipeline with every problem found."""
    name = name or str(path)
    return parse_document(read_text(path, name), name)


def read_text(path: Path, name: str) -> str:
    """The text of the file, called `name` in problems. Raises InvalidPipeline when there is none to be had."""
    return decode(read_bytes(path, name), name)


def parse_document(text: str, file: str, most: int = MAX_NODES) -> Document:
    """Parse YAML of at most so many values. Raises InvalidPipeline with every problem found."""
    builder = _Builder(text, file, most)
    try:
        data = builder.document()
    except yaml.YAMLError as error:
        raise InvalidPipeline([syntax_problem(text, file, error)]) from None
    if builder.problems:
        raise InvalidPipeline(builder.problems)
    return Document(file, text, data, builder.values, builder.keys, builder.raw, builder.doubtful)


def parse_data(text: str) -> Any:
    """The data of YAML that we generated ourselves: same reading, no positions."""
    return parse_document(text, "generated", _MOST_GENERATED).data


def decode(content: bytes, file: str) -> str:
    """The text of a file's content. Raises InvalidPipeline when it is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"the file is not UTF-8 text (byte 0x{content[error.start]:02x})"
        raise _invalid(file, line, column, "YM12", message, "save it as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _invalid(file, line, 1, "YM12", "this is a binary file, not YAML text")
    return text


def _invalid(file: str, line: int, column: int, code: str, message: str, hint: str = "") -> InvalidPipeline:
    return InvalidPipeline([Problem(file, line, column, code, message, hint)])


class _Builder:
    """Builds data from the parser's events, which come without recursion however deep the text nests."""

    def __init__(self, text: str, file: str, most: int) -> None:
        self.file, self.text, self.most = file, text, most
        self.nbsp = "\u00a0" in text
        self.null = _NULL.search(text) is not None
        self.next: Any = _PARSER(text).get_event
        self.values: dict[DocumentPath, Position] = {}
        self.keys: dict[DocumentPath, Position] = {}
        self.raw: dict[DocumentPath, str] = {}
        self.doubtful: dict[DocumentPath, tuple[str, Position]] = {}
        self.problems: list[Problem] = []
        self.paths: list[DocumentPath] = []
        """Every value's path, in the order of the text."""
        self.anchors: dict[str, tuple[DocumentPath, Any, list[DocumentPath]]] = {}
        self.nodes = 0

    def document(self) -> Any:
        self.next()  # stream start
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            raise _invalid(self.file, 1, 1, "YM13", "the file is empty", "start with `name:` and `steps:`")
        data = self.value(self.next(), (), 0)
        self.next()  # document end
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            self.report(event, "YM14", "a second document starts here", "one file holds one pipeline")
        return data

    def report(self, event: Any, code: str, message: str, hint: str = "") -> None:
        mark = event.start_mark
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, code, message, hint))
        if len(self.problems) >= MAX_PROBLEMS:
            raise InvalidPipeline(self.problems)

    def stop(self, event: Any, code: str, message: str, hint: str = "") -> InvalidPipeline:
        """The exception for what makes going on pointless, with all that was found so far."""
        self.report(event, code, message, hint)
        return InvalidPipeline(self.problems)

    def value(self, event: Any, path: DocumentPath, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > self.most:
            raise self.stop(event, "YM20", f"the file holds more than {self.most:,} values")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        mark = event.start_mark
        start = len(self.paths)
        self.paths.append(path)
        self.values[path] = (mark.line + 1, mark.column + 1)
        if event.tag is not None and event.tag != "!":
            self.report(event, "YM15", f"the YAML tag {event.tag!r} is not allowed", "write the plain value")
        if isinstance(event, yaml.ScalarEvent):
            result = self.scalar(event, path)
        else:
            if depth >= MAX_DEPTH:
                raise self.stop(event, "YM07", f"values are nested more than {MAX_DEPTH} levels deep")
            result = (self.mapping if isinstance(event, yaml.MappingStartEvent) else self.sequence)(path, depth + 1)
        if event.anchor:
            self.anchors[event.anchor] = (path, result, self.paths[start:])
        return result

    def scalar(self, event: Any, path: DocumentPath) -> Any:
        text: str = event.value
        if len(text) > MAX_SCALAR:
            message = f"this text has {len(text):,} characters; a value may have {MAX_SCALAR:,}"
            raise self.stop(event, "YM20", message)
        if self.null and "\0" in text:
            self.report(event, "YM12", "this text holds a NUL character", "Airflow's database and AWS keep none")
        if event.style:  # the C parser says '' for a plain scalar, the Python one None
            return text
        if self.nbsp and re.search(r"^\u00a0|:\u00a0", text):
            self.report(event, "YM05", "a non-breaking space (U+00A0) stands here", "type a plain space")
        if text[:1] not in _TELLING and " -" not in text:
            return text
        value = plain_value(text)
        if not isinstance(value, str):
            self.raw[path] = text
            if text and text[0] in "0-+" and _OCTAL.fullmatch(text) and int(text, 8) != value:
                self.doubtful[path] = ("YM04", self.values[path])
        else:
            self.doubt(event, path, text)
        return value

    def doubt(self, event: Any, path: DocumentPath, text: str) -> None:
        """Remember a text that is something else to other readers, or was meant to be a list."""
        if text in _WORDS:
            self.doubtful[path] = ("YM03", self.values[path])
        elif _DATE.fullmatch(text):
            self.doubtful[path] = ("YM10", self.values[path])
        elif _OTHER_NUMBER.fullmatch(text):
            self.doubtful[path] = ("YM04", self.values[path])
        elif "-" in text and (place := self.missed_item(event)):
            self.doubtful[path] = ("YM09", place)

    def missed_item(self, event: Any) -> Position | None:
        """Where a line of a text begins with a dash, which was to be an item of a list."""
        mark, end = event.start_mark, event.end_mark.index
        if mark.column > _INDENTED or self.text[end : end + _INDENTED].lstrip()[:1] in (",", "]", "}"):
            return None  # inside of brackets a dash begins no item
        lines = self.text[mark.index - mark.column : end]
        dash = _LIST_DASH.search(lines)
        if dash is None:
            return None
        before = lines[: dash.start(1)]
        return mark.line + 1 + before.count("\n"), len(before) - before.rfind("\n")

    def sequence(self, path: DocumentPath, depth: int) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            result.append(self.value(event, (*path, len(result)), depth))
        return result

    def mapping(self, path: DocumentPath, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = self.key(event)
            child = (*path, key)
            duplicate = key in result
            if duplicate:
                line = self.keys[child][0]
                self.report(event, "YM01", f"{key!r} is given twice", f"the first one is in line {line}")
            value = self.value(self.next(), child, depth)
            if value is None and self.raw.get(child) == "" and not event.style:
                self.suspicious(event, key)
            if not duplicate:
                result[key] = value
                self.keys[child] = (event.start_mark.line + 1, event.start_mark.column + 1)
        return result

    def key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            if self.text[event.start_mark.index - 1 : event.start_mark.index + 1] == "{{":
                raise self.stop(event, "YM02", *UNQUOTED)
            raise self.stop(event, "YM08", "a key must be text", "use a plain name as the key")
        text: str = event.value
        if self.null and "\0" in text:
            self.report(event, "YM12", "this key holds a NUL character")
        if not event.style and (text[:1] in _TELLING or text == "<<" or self.nbsp):
            if text == "<<":
                self.report(event, "YM16", "merge keys (`<<`) are not part of YAML 1.2", "use `defaults:` or `vars:`")
            elif not isinstance(plain_value(text), str) and not self.is_after_comma(event):
                self.report(event, "YM08", f"the key {text or 'null'} is not text", f'put it in quotes: "{text}"')
            if self.nbsp and "\u00a0" in text:
                message = "a non-breaking space (U+00A0) stands in this key"
                self.report(event, "YM05", message, "type a plain space")
        return text

    def is_after_comma(self, event: Any) -> bool:
        """Whether a number stands right after a comma, as in `0,7`: then `suspicious` has the better words."""
        index = event.start_mark.index
        return event.value.isdigit() and self.text[index - 1 : index] == ","

    def suspicious(self, event: Any, key: str) -> None:
        """A key without a value that was meant otherwise: `{train:0.7}`, `{train: 0,7}`."""
        if re.fullmatch(r"[\w.-]+:\S+", key):
            name, _, rest = key.partition(":")
            self.report(event, "YM18", f"a space is missing after the colon in {key!r}", f"write {name}: {rest}")
        elif re.fullmatch("[0-9]+", key):
            self.report(event, "YM19", "a comma separates entries", "write decimals with a point: 0.7")

    def alias(self, event: Any, path: DocumentPath) -> Any:
        """The anchored value again; its positions are copied, so that problems point at the text to mend."""
        if event.anchor not in self.anchors:
            raise self.stop(event, "YM17", f"no anchor &{event.anchor} stands before this alias")
        source, result, paths = self.anchors[event.anchor]
        self.nodes += len(paths)
        if self.nodes > self.most:
            message = f"aliases expand to more than {self.most:,} values"
            raise self.stop(event, "YM06", message, "write the values out")
        for original in paths:
            copy = (*path, *original[len(source) :])
            if len(copy) > MAX_DEPTH:
                raise self.stop(event, "YM07", f"values are nested more than {MAX_DEPTH} levels deep")
            self.paths.append(copy)
            self.values[copy] = self.values[original]
            if original in self.keys:
                self.keys[copy] = self.keys[original]
            if original in self.raw:
                self.raw[copy] = self.raw[original]
        return copy_data(result)


def plain_value(text: str) -> Any:
    """The YAML 1.2 core value of an unquoted scalar. Infinities and NaN stay text: no field accepts them."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    first = text[0]
    if first.isdigit() or first in "+-.":
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) < 400 else text
        if _BASED.fullmatch(text):
            return int(text, 0) if len(text) < 400 else text
        if _FLOAT.fullmatch(text):
            number = float(text)
            return number if abs(number) != float("inf") else text
    return text


def copy_data(value: Any) -> Any:
    """A copy of plain data that shares no mapping or list with it."""
    if isinstance(value, dict):
        return {key: copy_data(child) for key, child in value.items()}
    if isinstance(value, list):
        return [copy_data(child) for child in value]
    return value
