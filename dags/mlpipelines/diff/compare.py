"""Two sides -> what became of every pipeline, with all that changes in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlpipelines.diff.changes import Change, changes
from mlpipelines.diff.sides import PLACES, Side
from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.layout import DEFAULTS
from mlpipelines.masking import mask_secrets
from mlpipelines.project import Compiled

#: Two files with so much in common are one that was renamed.
_SIMILAR = 0.6
#: More files than this are not searched for renamed ones; each is compared with each.
_MOST_SEARCHED = 60

Result = Compiled | InvalidPipeline


@dataclass(frozen=True)
class PipelineDiff:
    """`state`: new, gone, changed, same (it only moved), or broken: invalid on a side.

    `before` and `now` say of a broken one what it is there: valid, invalid, or absent.
    """

    name: str
    file: str
    state: str
    old_file: str | None = None
    """Where it was, if elsewhere."""
    changes: tuple[Change, ...] = ()
    steps: int = 0
    problems: tuple[Problem, ...] = ()
    before: str = ""
    now: str = ""

    @property
    def old_name(self) -> str:
        return Path(self.old_file or self.file).stem


@dataclass(frozen=True)
class Difference:
    old: str
    new: str
    files: tuple[tuple[str, str], ...]
    """(file, new | gone | changed) of what is no pipeline: defaults, schemas, templates, code."""
    pipelines: tuple[PipelineDiff, ...]

    @property
    def is_empty(self) -> bool:
        """Whether all that runs stays the same. What defaults and templates do is seen in the pipelines; what code
        does is not."""
        return not self.pipelines and not any(_is_code(file) for file, _ in self.files)


@dataclass
class _Tree:
    """The texts of one side: pipelines by name, everything else by place."""

    side: Side
    pipelines: dict[str, Path] = field(default_factory=dict)
    others: dict[str, bytes] = field(default_factory=dict)


def compare(old: Side, new: Side) -> Difference:
    """Compile both sides, as far as they differ. Raises ProjectError for schemas that cannot be used."""
    before, after = _tree(old), _tree(new)
    files = tuple(_changed_files(before.others, after.others))
    pairs = list(_pairs(before.pipelines, after.pipelines, old, new))
    if not files:
        pairs = [(one, other) for one, other in pairs if not _same(one, other, old, new)]
    olds = dict(old.project.compile_all([one for one, _ in pairs if one]))
    news = dict(new.project.compile_all([other for _, other in pairs if other]))
    found = [
        _pipeline((one, olds[one]) if one else None, (other, news[other]) if other else None, old, new)
        for one, other in pairs
    ]
    return Difference(old.label, new.label, files, tuple(sorted(filter(None, found), key=lambda each: each.name)))


def _tree(side: Side) -> _Tree:
    tree = _Tree(side, {_place(file, side): file for file in side.files()})
    if side.only is None:
        own = set(tree.pipelines.values())
        for folder in (side.project.pipelines, *(side.project.root / place for place in PLACES[1:])):
            for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
                if file not in own and file.is_file() and file.suffix not in (".md", ".pyc"):
                    tree.others[_place(file, side)] = file.read_bytes()
    elif (defaults := side.project.pipelines / DEFAULTS).is_file():
        tree.others[_place(defaults, side)] = defaults.read_bytes()
    return tree


def _place(file: Path, side: Side) -> str:
    """Where a file lies, in words that both sides have in common."""
    project = side.project
    if file.is_relative_to(project.pipelines):
        return f"pipelines/{file.relative_to(project.pipelines).as_posix()}"
    return file.relative_to(project.root).as_posix() if file.is_relative_to(project.root) else file.name


def _changed_files(old: dict[str, bytes], new: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    for place in sorted(old.keys() | new.keys()):
        if old.get(place) != new.get(place):
            yield place, "new" if place not in old else "gone" if place not in new else "changed"


def _pairs(
    old: dict[str, Path], new: dict[str, Path], before: Side, after: Side
) -> Iterator[tuple[Path | None, Path | None]]:
    """What is one pipeline on both sides: the same place, else the same name, else nearly the same text."""
    if before.only and after.only:
        yield next(iter(old.values()), None), next(iter(new.values()), None)
        return
    gone = {place: file for place, file in old.items() if place not in new}
    come = {place: file for place, file in new.items() if place not in old}
    yield from ((old[place], new[place]) for place in old if place in new)
    names = [(one, other) for one in gone for other in come if gone[one].stem == come[other].stem]
    for one, other in (*names, *_similar(gone, come)):
        if one in gone and other in come:
            yield gone.pop(one), come.pop(other)
    yield from ((file, None) for file in gone.values())
    yield from ((None, file) for file in come.values())


def _similar(gone: dict[str, Path], come: dict[str, Path]) -> list[tuple[str, str]]:
    """Pairs of places whose texts are much alike, the most alike first."""
    if not gone or not come or len(gone) > _MOST_SEARCHED or len(come) > _MOST_SEARCHED:
        return []
    texts = {file: _lines(file) for file in (*gone.values(), *come.values())}
    scored = []
    for one, old in gone.items():
        for other, new in come.items():
            score = difflib.SequenceMatcher(None, texts[old], texts[new], autojunk=False).ratio()
            scored.append((-score, one, other))
    return [(one, other) for score, one, other in sorted(scored) if -score >= _SIMILAR]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_bytes().decode("utf-8", "replace").splitlines()[:2000]
    except OSError:
        return []


def _is_code(place: str) -> bool:
    return place.startswith(("pipelines/", "dags/")) and place != f"pipelines/{DEFAULTS}"


def _same(one: Path | None, other: Path | None, old: Side, new: Side) -> bool:
    """Whether nothing can be different: the same text at the same place."""
    if one is None or other is None or _place(one, old) != _place(other, new):
        return False
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _pipeline(
    old: tuple[Path, Result] | None, new: tuple[Path, Result] | None, before: Side, after: Side
) -> PipelineDiff | None:
    """None: nothing is different."""
    here = new or old
    assert here is not None
    name, file = here[0].stem, _place(here[0], after if new else before)
    was = _place(old[0], before) if old and new else file
    moved = was if was != file else None
    one, other = old[1] if old else None, new[1] if new else None
    if isinstance(one, InvalidPipeline) or isinstance(other, InvalidPipeline):
        return _broken(name, file, moved, one, other)
    if one is None or other is None:
        present = one or other
        steps = len(present.pipeline.steps) if present else 0
        return PipelineDiff(name, file, "new" if one is None else "gone", steps=steps)
    found = tuple(changes(one, other))
    if not found and not moved:
        return None
    return PipelineDiff(name, file, "changed" if found else "same", moved, found)


def _broken(name: str, file: str, moved: str | None, old: Result | None, new: Result | None) -> PipelineDiff | None:
    before, now = _validity(old), _validity(new)
    if before == now and _told(old) == _told(new) and not moved:
        return None
    invalid = next(result for result in (new, old) if isinstance(result, InvalidPipeline))
    shown = tuple(_masked(problem) for problem in invalid.problems)
    return PipelineDiff(name, file, "broken", moved, problems=shown, before=before, now=now)


def _validity(result: Result | None) -> str:
    return "absent" if result is None else "invalid" if isinstance(result, InvalidPipeline) else "valid"


def _told(result: Result | None) -> list[str]:
    """The problems without their lines, which move when anything above them does."""
    problems = result.problems if isinstance(result, InvalidPipeline) else ()
    return [re.sub(r":\d+:\d+:", ":", str(problem)) for problem in problems]


def _masked(problem: Problem) -> Problem:
    words = (mask_secrets(problem.message), mask_secrets(problem.hint))
    return Problem(problem.file, problem.line, problem.column, problem.code, *words, problem.severity)
