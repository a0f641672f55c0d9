"""Doubtful values are told in few words, whatever they hold."""

from __future__ import annotations

import pytest

from mlpipelines.checks.doubts import doubts
from mlpipelines.document import parse_document


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("x: no\n", "1:4: YM03", 'write false, or "no" for the word'),
        (
            "x: -010\n",
            "1:4: YM04",
            '-010 is -8 to readers of YAML 1.1, and not here (write -10, or "-010" for the text)',
        ),
        ("x: 1:30\n", "1:4: YM04", 'a number to readers of YAML 1.1 (put it in quotes: "1:30")'),
        ("x: 0_0\n", "1:4: YM04", 'write 0, or "0_0" for the text'),
        ("x:\n- a\n  -b\n", "3:3: YM09", "write a space after each dash"),
        ("x: 2026-01-31\n", "1:4: YM10", 'put it in quotes: "2026-01-31"'),
    ],
)
def test_a_doubt_says_what_to_write(text: str, place: str, words: str) -> None:
    (found,) = map(str, doubts(parse_document(text, "f")))
    assert found.startswith(f"f:{place}: ")
    assert words in found


def test_a_date_where_one_is_expected_is_none() -> None:
    text = "start_date: 2026-01-31\nvars: {since: 2026-01-31}\nparams: {since: 2026-01-31}\n"
    assert list(doubts(parse_document(text, "f"))) == []


def test_long_numbers_are_shown_in_part() -> None:
    (found,) = doubts(parse_document(f"x: {'1_' * 20_000}\n", "f"))
    assert len(str(found)) < 300
