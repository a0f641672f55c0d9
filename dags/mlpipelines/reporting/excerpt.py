"""A source line and a span in it -> the line with a mark below the span, cut to fit."""

from __future__ import annotations

from mlpipelines.reporting.printable import columns, shown

_CUT = "…"


def excerpt(line: str, column: int, end: int | None, width: int) -> tuple[str, str]:
    """(the line, the spaces and carets below it), neither wider than `width`; `column` and `end` count from 1."""
    start = min(column - 1, len(line))
    end = min(max(end - 1 if end else 0, start + 1), len(line) + 1)
    left = max(0, start - width - 1)  # what is further away is not shown: a file may be one line of a megabyte
    right = min(len(line), start + width + 2)
    line, start, end, more = line[left:right], start - left, end - left, right < len(line)
    cells = [shown(character) for character in line] if not line.isprintable() else list(line)
    first, last = _window(cells, start, width, whole=not left and not more)
    before = _CUT if first or left else ""
    after = _CUT if last < len(cells) or more else ""
    spaces = columns(before) + columns("".join(cells[first:start]))
    marks = columns("".join(cells[start : min(end, last)])) or 1
    return f"{before}{''.join(cells[first:last])}{after}".rstrip(), " " * spaces + "^" * marks


def _window(cells: list[str], start: int, width: int, *, whole: bool) -> tuple[int, int]:
    """Which cells are shown: all of them, or those around `start`, more behind it than before it."""
    if whole and sum(map(columns, cells)) <= width:
        return 0, len(cells)
    room = max(width - 2 * len(_CUT), 8)
    first, used = start, 0
    while first > 0 and used + columns(cells[first - 1]) <= room // 3:
        first -= 1
        used += columns(cells[first])
    last = start
    while last < len(cells) and used + columns(cells[last]) <= room:
        used += columns(cells[last])
        last += 1
    while first > 0 and used + columns(cells[first - 1]) <= room:  # little stands behind it: show more before it
        first -= 1
        used += columns(cells[first])
    return first, last
