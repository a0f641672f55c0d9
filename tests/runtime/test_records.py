"""Pieces of a file end where records end, whatever is quoted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpipelines.runtime.records import TextFile, line_of, read_records, record_starts

values = st.lists(st.text('ab",\n ', max_size=6), min_size=2, max_size=2)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(values, min_size=1, max_size=12), block=st.integers(1, 40), windows=st.booleans())
def test_no_record_is_torn(tmp_path_factory: pytest.TempPathFactory, rows: list, block: int, windows: bool) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n" if windows else "\n").writerows(rows)
    path = tmp_path_factory.mktemp("records") / "file"
    path.write_bytes(text.getvalue().encode())
    found = [
        row
        for records in read_records(TextFile(path, "file", "none"), b",", block)
        for row in csv.reader(io.StringIO(records.data.decode(), newline=""))
    ]
    assert found == [[value.replace("\r\n", "\n") for value in row] for row in rows]


@pytest.mark.parametrize(
    ("data", "starts"),
    [
        (b"a,b\nc,d\n", [0, 4]),
        (b"a,b\n\n  \nc,d", [0, 8]),
        (b'"a\nb",c\nd,e\n', [0, 8]),
        (b'5" x,b\n6" y,c\n', [0, 7]),
        (b'"a""\n""b",c\n1,2\n', [0, 12]),
    ],
)
def test_records_start_after_newlines_outside_quotes(data: bytes, starts: list[int]) -> None:
    assert record_starts(data, b",") == starts


def test_stray_quotes_do_not_glue_lines_together(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text('5" pipe,1\n' * 1001)
    pieces = list(read_records(TextFile(path, "file", "none"), b",", 1000))
    assert all(piece.data.endswith(b"\n") for piece in pieces)
    assert len(pieces) > 5


def test_lines_are_counted_from_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"ab\ncd\nef")
    assert [line_of(TextFile(path, "file", "none"), offset) for offset in (0, 2, 3, 6)] == [1, 1, 2, 3]
