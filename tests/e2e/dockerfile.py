"""A Dockerfile -> its stages, what each copies from which files, and what it runs: enough to repeat a build by hand."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

_ASSIGNMENT = re.compile(r"(\w+)=(\S*)")


@dataclass
class Stage:
    """A FROM with what follows it; `base` is another stage or an image."""

    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)


def read_stages(file: Path) -> dict[str, Stage]:
    """The stages by name, in order. An unnamed one has its number."""
    text = re.sub(r"(?m)^\s*#.*\n", "", file.read_text(encoding="utf-8")).replace("\\\n", " ")
    stages: dict[str, Stage] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            stages[name or str(len(stages))] = Stage(name or str(len(stages)), base)
        else:
            list(stages.values())[-1].instructions.append((instruction, rest.strip()))
    return stages


def instructions(stages: dict[str, Stage], name: str) -> list[tuple[str, str]]:
    """All that makes a stage, from the first on."""
    stage = stages[name]
    return [*(instructions(stages, stage.base) if stage.base in stages else []), *stage.instructions]


def assignments(rest: str) -> dict[str, str]:
    """NAME=VALUE ... of ENV and ARG."""
    return dict(_ASSIGNMENT.findall(rest))


class Context:
    """The files that are sent to the builder: those of a folder that its .dockerignore lets through."""

    def __init__(self, root: Path) -> None:
        self.root = root
        lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
        self._rules = [
            (line.startswith("!"), _pattern(line.removeprefix("!")))
            for line in lines
            if line.strip() and not line.startswith("#")
        ]

    def sends(self, path: PurePosixPath) -> bool:
        """The last rule that fits the path, or a folder that it lies in, decides."""
        sent = True
        for lets_through, pattern in self._rules:
            if any(pattern.fullmatch(str(each)) for each in (path, *path.parents)):
                sent = lets_through
        return sent

    def copy(self, rest: str, root: Path, workdir: str) -> None:
        """Do what `COPY rest` does, to the file system at `root`."""
        *sources, target = [word for word in shlex.split(rest) if not word.startswith("--")]
        into = root / (PurePosixPath(workdir) / target).relative_to("/")
        for source in sources:
            here = self.root / source
            assert here.exists(), f"COPY {source}: there is no such file"
            files = [here] if here.is_file() else [file for file in here.rglob("*") if file.is_file()]
            for file in files:
                path = PurePosixPath(file.relative_to(self.root).as_posix())
                if self.sends(path):
                    place = into / (file.name if here.is_file() else file.relative_to(here))
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(file, place)


def _pattern(line: str) -> re.Pattern[str]:
    text = re.escape(line.strip().rstrip("/"))
    return re.compile(text.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*").replace(r"\?", "[^/]"))
