"""Text of files -> text that a terminal shows as it stands, with the columns that it takes there."""

from __future__ import annotations

import unicodedata

_TAB = "    "
#: Marks that change the direction of what follows can make a line look like another one.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = "·"


def printable(text: str) -> str:
    """A text in one line, with nothing in it that a terminal would obey."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(_escaped(character) for character in text)


def shown(character: str) -> str:
    """One character of a source line as it is shown: tabs as spaces, what would be obeyed as a dot."""
    return _TAB if character == "\t" else _UNSEEN if _is_obeyed(character) else character


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode() if _is_obeyed(character) else character


def _is_obeyed(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _DIRECTIONS


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
