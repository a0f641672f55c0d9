"""How wide a text is in Helvetica, Arial and Liberation Sans, whose letters are equally wide."""

from __future__ import annotations

import unicodedata

#: Widths of ASCII from the space on, in thousandths of the font size.
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
#: Other fonts that take their place are a little wider.
_SLACK = 1.08


def text_width(text: str, size: float) -> float:
    return sum(map(_width, text)) * size / 1000 * _SLACK


def _width(char: str) -> int:
    if " " <= char <= "~":
        return _WIDTHS[ord(char) - 32]
    if unicodedata.combining(char):
        return 0
    return 1000 if unicodedata.east_asian_width(char) in "WF" else 600


def shortened(text: str, size: float, width: float) -> str:
    """The text, with an ellipsis for the end that would be wider than `width`."""
    if text_width(text, size) <= width:
        return text
    kept, used = "", text_width("…", size)
    for char in text:
        used += text_width(char, size)
        if used > width:
            break
        kept += char
    return f"{kept.rstrip()}…"
