"""Text and tables -> Markdown that shows them as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def prose(text: str) -> str:
    """Text for Markdown: references as code, and nothing that would be taken for HTML."""
    parts = re.split(r"(`[^`]*`)", text)
    for index in range(0, len(parts), 2):
        pieces = re.split(r"(\$\{[^}]*\}|\{\{[^}]*\}\}|\{[^{}]*\})", parts[index])
        parts[index] = "".join(f"`{p}`" if n % 2 else p.replace("<", "&lt;") for n, p in enumerate(pieces))
    return "".join(parts)


def as_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines)


def fenced(text: str, language: str = "") -> str:
    """A block of code, whatever backticks it holds."""
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", text)), 3)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"
