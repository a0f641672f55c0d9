"""Template files -> their text with the files that they include in place, and where each line of it comes from.

Jinja makes a context of its own for every `{% include %}`, which takes longer than what most of ours do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import BaseLoader, Environment, TemplateNotFound

_INCLUDE = re.compile(r"\s*\{% include \"(?P<name>[\w./-]+)\" %\}\s*")
#: Files include each other no deeper than this.
_DEEPEST = 10

Line = tuple[str, int, str]
"""(file, number, text)"""


class TemplateFiles(BaseLoader):
    """Jinja's loader for a folder of templates; `{% include "file" %}` stands on a line of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: dict[str, list[Line]] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        lines = self._lines[template] = self._flat(template, 0)
        return "".join(text for _, _, text in lines), template, None

    def origin(self, template: str, line: int) -> tuple[str, int]:
        """The (file, line) that a line of a template's text comes from."""
        lines = self._lines.get(template, [])
        return lines[line - 1][:2] if 0 < line <= len(lines) else (template, line)

    def _flat(self, name: str, depth: int) -> list[Line]:
        try:
            text = (self._folder / name).read_text(encoding="utf-8")
        except OSError:
            raise TemplateNotFound(name) from None
        if depth > _DEEPEST:
            raise TemplateNotFound(name, f"{name} includes itself")
        result: list[Line] = []
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            included = _INCLUDE.fullmatch(line)
            result += self._flat(included["name"], depth + 1) if included else [(name, number, line)]
        return result
