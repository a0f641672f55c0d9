"""Whether what is printed may have colour, and how wide it may be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TextIO

#: Without a terminal, and on very wide ones.
_WIDTH = 120


def has_colour(stream: TextIO) -> bool:
    """On a terminal that is not dumb. `NO_COLOR` and `FORCE_COLOR` decide otherwise; the first of them goes first."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    return max(40, min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH)) if stream.isatty() else _WIDTH


def painter(colour: bool) -> Callable[[str, str], str]:
    """(text, the number of a terminal's colour) -> the text in it, if there is to be colour."""
    return (lambda text, code: f"\033[{code}m{text}\033[0m") if colour else (lambda text, code: text)
