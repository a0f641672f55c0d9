"""Files of the cases, cut, flipped and with things in them that nobody types: problems come out, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.checking import SEEDS, Checking, examples

TOKENS = (
    b"\0", b"\xef\xbb\xbf", b"\r\n", b"\r", b"\t", b"\xc2\x85", b"\xe2\x80\xa8", b"\xc2\xa0", b"\xe2\x80\xae", b"\xff",
    b"\xed\xa0\x80", "\U0001f600".encode(), "e\u0301".encode(), b"9" * 500, b"0x" + b"f" * 500, b"1e999", b"-0", b"0o7",
    b"[" * 50, b"{" * 50, b"{{", b"}}", b"{%", b"%}", b"{#", b"#}", b"${", b"$${", b"}", b"]", b"!!python/object/apply:os.system [id]",
    b"!!binary aGk=", b"&a ", b"*a", b"&a [*a]", b"<<: *a", b"? ", b": ", b"- ", b"---\n", b"...\n", b"%YAML 1.1\n", b"|\n", b">-\n",
    b"'", b'"', b"#", b" # mlpipelines: ignore[SM812] so", b"# mlpipelines: ignore[", b"\n\n", b"    ", b"null", b"true", b"~", b".inf", b".nan",
    b"2026-02-30", b"12:30:45", b"\x1b[31m", b"\x7f", b"\\x", b'"\\ud800"', b'"\\U0010ffff"', b"a" * 3000, b"<<<<<<< HEAD\n",
    b"name:", b"steps:\n", b"type: train", b"request: {}", b"defaults: {}", b"vars: {a: 1}", b"${vars.a}", b"{json: [1]}", b"{{ ds }}",
)  # fmt: skip
EDITS = st.lists(
    st.tuples(
        st.sampled_from(("flip", "cut", "copy", "insert", "line", "swap")),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def checking(tmp_path_factory: pytest.TempPathFactory) -> Checking:
    return Checking(tmp_path_factory.mktemp("bytes"))


@examples(500)
@given(seed=st.sampled_from(SEEDS), edits=EDITS)
def test_a_changed_file_is_no_crash(seed: Path, edits: Any, checking: Checking) -> None:
    content = seed.read_bytes()
    for edit in edits:
        content = changed(content, *edit)
    result = checking.check(content)
    if edits[0][2] % 8 == 0:
        checking.report(result)


@examples(200)
@given(content=st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join)))
def test_bytes_of_any_kind_are_no_crash(content: bytes, checking: Checking) -> None:
    checking.report(checking.check(content))


def changed(content: bytes, kind: str, where: float, number: int) -> bytes:
    place = int(where * (len(content) + 1))
    before, behind = content[:place], content[place:]
    if kind == "flip" and behind:
        return before + bytes([behind[0] ^ (number or 1)]) + behind[1:]
    if kind == "cut":
        return before + behind[number:]
    if kind == "copy":
        return before + behind[:number] + behind
    if kind == "line":
        lines = content.split(b"\n")
        line = int(where * len(lines))
        return b"\n".join([*lines[:line], b" " * (number % 9) + lines[line].lstrip(b" "), *lines[line + 1 :]])
    if kind == "swap":
        lines = content.split(b"\n")
        first, second = int(where * len(lines)), number % len(lines)
        lines[first], lines[second] = lines[second], lines[first]
        return b"\n".join(lines)
    return before + TOKENS[number % len(TOKENS)] + behind
