"""The short way through plain text gives what the long way gives, or steps aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpipelines.errors import StepError
from mlpipelines.runtime.cleaning import Cleaner
from mlpipelines.runtime.columns import plan_columns
from mlpipelines.runtime.csv_tables import CsvBlock, CsvSource
from mlpipelines.runtime.labels import Labels
from mlpipelines.runtime.missing import missing_rules
from mlpipelines.runtime.plain import PlainCleaner
from mlpipelines.runtime.records import Records, TextFile
from mlpipelines.runtime.tables import MISSING_TEXTS

NAMES = ("a", "b", "c", "y")


def cleaner(classes: Any = None, **choice: Any) -> Cleaner:
    columns = plan_columns("file", NAMES, **{"target": "y"} | choice)
    rules = missing_rules("file", "error", columns)
    kind: Any = "none" if columns.target is None else "number" if classes is None else "class"
    return Cleaner("file", columns, Labels("file", "y", classes), kind, rules, frozenset(MISSING_TEXTS))


def both(data: str, cleaner: Cleaner, delimiter: str = ",") -> tuple[Any, Any]:
    file = TextFile(Path("/dev/null"), "file", "none")
    block = CsvBlock(CsvSource(file, NAMES, delimiter, frozenset(MISSING_TEXTS), 0), Records(data.encode(), 0))
    short = PlainCleaner(cleaner, delimiter).clean(data.encode(), _reversed)
    try:
        return short, cleaner.clean(block, _reversed)
    except StepError:
        return short, None


def _reversed(rows: int) -> Any:
    return np.arange(rows)[::-1].copy()


def same(short: Any, long: Any) -> None:
    assert short.features.to_pylist() == long.features.to_pylist()
    assert (short.labels is None) == (long.labels is None)
    if short.labels is not None:
        assert short.labels.to_pylist() == long.labels.to_pylist()
    if short.codes is not None:
        assert [short.texts[code] for code in short.codes] == [long.texts[code] for code in long.codes]


PLAIN = "1,2.5,-3,0\n4,5e-3,+.6,1\n7.,8,9E9,0\n"


@pytest.mark.parametrize("target", [None, "y", "a", "b"])
@pytest.mark.parametrize("choice", [{}, {"select": ["c", "b"]}, {"select": ["b", "c"]}, {"drop": ["c"]}], ids=str)
@pytest.mark.parametrize("ending", ["", "\n\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_plain_text_goes_the_short_way(target: str | None, choice: dict[str, Any], ending: str, delimiter: str) -> None:
    data = (PLAIN.removesuffix("\n") + ending).replace(",", delimiter)
    short, long = both(data, cleaner(target=target, **choice), delimiter)
    assert short is not None
    same(short, long)


@pytest.mark.parametrize("classes", ["auto", {"0": 5, "1": 7}])
def test_classes_go_the_short_way(classes: Any) -> None:
    short, long = both(PLAIN, cleaner(classes))
    assert short is not None
    same(short, long)


NOT_PLAIN = {
    "quotes": PLAIN.replace("2.5", '"2.5"'),
    "a missing value": PLAIN.replace("2.5", ""),
    "a word": PLAIN.replace("2.5", "two"),
    "blanks": PLAIN.replace("2.5", " 2.5"),
    "a missing label": PLAIN.replace("-3,0", "-3,"),
    "a label that says nothing is there": PLAIN.replace("-3,0", "-3,NA"),
    "an unknown class": PLAIN.replace("-3,0", "-3,2"),
    "a label with blanks": PLAIN.replace("-3,0", "-3, 0"),
    "a blank line between": PLAIN.replace("0\n4", "0\n\n4"),
    "a line too short": PLAIN.replace("2.5,", ""),
    "a line too long": PLAIN.replace("2.5", "2.5,2.5"),
    "perhaps too large": PLAIN.replace("2.5", "1e100"),
    "bare returns": PLAIN.replace("0\n4", "0\r4"),
}


@pytest.mark.parametrize("case", NOT_PLAIN)
def test_what_is_not_plain_goes_the_long_way(case: str) -> None:
    assert both(NOT_PLAIN[case], cleaner({"0": 0, "1": 1}))[0] is None


field = st.one_of(
    st.sampled_from(
        ["", " 1", "1", "-2.50", "1e-3", ".5", "5.", "+7", "nan", "inf", "x", '"3"', "1e999", "1,2", "--1"]
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(field, field, field, st.sampled_from(["p", "q", "", " p", "NA", "r"])), min_size=1, max_size=4)
)
def test_the_short_way_never_differs_from_the_long_way(rows: list[tuple[str, ...]]) -> None:
    data = "".join(",".join(row) + "\n" for row in rows)
    for classes in ({"p": 0, "q": 1}, "auto"):
        short, long = both(data, cleaner(classes))
        if short is not None:
            same(short, long)


WIDE = tuple(f"c{number}" for number in range(900))


@pytest.mark.parametrize("target", [None, 0, 1, 450, 899])
@pytest.mark.parametrize("drop", [(), ("c7",), ("c899", "c3")])
def test_wide_tables_go_the_short_way_too(target: int | None, drop: tuple[str, ...]) -> None:
    name = None if target is None else f"c{target}"
    if name in drop:
        return
    columns = plan_columns("file", WIDE, target=name, drop=drop)
    rules = missing_rules("file", "error", columns)
    kind: Any = "none" if name is None else "number"
    wide = Cleaner("file", columns, Labels("file", name or "", None), kind, rules, frozenset(MISSING_TEXTS))
    rows = [[str(number * factor) for number in range(900)] for factor in (1, 20)]
    found = PlainCleaner(wide, ",").clean("".join(",".join(row) + "\n" for row in rows).encode(), _reversed)
    assert found is not None
    expected = [[row[position] for position in columns.features] for row in reversed(rows)]
    assert found.features.to_pylist() == [(",".join(row) + "\n").encode() for row in expected]
    if target is not None:
        assert found.labels.to_pylist() == [f"{row[target]},".encode() for row in reversed(rows)]
