"""A difference as text for a terminal, as Markdown for a pull request, as JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict

from mlpipelines.diff.compare import Difference
from mlpipelines.diff.lines import Block, Line, blocks, summary

FORMATS = ("text", "markdown", "json")
#: GitHub refuses comments of more than 65,536 characters.
_LONGEST_COMMENT = 60_000
_COLOURS = {" ": "", "+": "32", "-": "31", "!": "31", "~": "33"}


def as_text(difference: Difference, *, colour: bool = False) -> str:
    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text

    lines = [f"{difference.old} -> {difference.new}"]
    for block in blocks(difference):
        lines += ["", paint(f"{block.sign} {block.title}".strip(), "1")]
        depth = 2
        for line in block.lines:
            if not line.sign:
                depth = 4
                lines.append(f"  {_plain(line.text)}")
            else:
                lines.append(" " * depth + paint(f"{line.sign} {_sentence(line)}", _COLOURS[line.sign]))
    return "\n".join([*lines, "", summary(difference)] if len(lines) > 1 else [*lines, summary(difference)])


def as_markdown(difference: Difference) -> str:
    parts = [f"### {summary(difference).capitalize()}", f"From {_code(difference.old)} to {_code(difference.new)}."]
    left, used = 0, 0
    for block in blocks(difference):
        part = _markdown_block(block)
        used += len(part)
        if used > _LONGEST_COMMENT:
            left += 1
        else:
            parts.append(part)
    if left:
        parts.append(f"And {left} more; `mlpipelines diff` shows all.")
    return "\n\n".join(parts)


def as_json(difference: Difference) -> str:
    pipelines = []
    for pipeline in difference.pipelines:
        data = asdict(pipeline)
        pipelines.append({key: value for key, value in data.items() if key in ("name", "file", "state") or value})
    files = [{"file": file, "state": state} for file, state in difference.files]
    shown = {"old": difference.old, "new": difference.new, "files": files, "pipelines": pipelines}
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _sentence(line: Line) -> str:
    if not line.member:
        return _plain(line.text)
    differs = " (another value)" if line.text == line.new else ""
    return _plain(f"{line.member}: {line.text} -> {line.new}{differs}")


def _markdown_block(block: Block) -> str:
    names, _, rest = block.title.partition(": ")
    title = f"{names}: {_code(rest)}" if rest else _code(block.title)
    lines = list(_diff_lines(block))
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", "\n".join(lines))), 3)
    return "\n".join([f"**{title if block.sign else block.title}**", "", f"{fence}diff", *lines, fence])


def _diff_lines(block: Block) -> Iterator[str]:
    for line in block.lines:
        if line.sign == "~" and line.member:
            yield _plain(f"- {line.member}: {line.text}")
            yield _plain(f"+ {line.member}: {line.new}")
        else:
            sign = line.sign.replace("~", "!")
            yield _plain(f"{sign} {line.text}" if sign else f"@@ {line.text} @@")


def _code(text: str) -> str:
    ticks = "`" * (1 + max((len(found) for found in re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{ticks}{space}{_plain(text)}{space}{ticks}"


def _plain(text: str) -> str:
    """In one line, without what a terminal would obey."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
