"""Files that come, go and change while a project is read: nobody takes that for a mistake."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpipelines import rounds
from mlpipelines.errors import Problem
from mlpipelines.layout import Layout
from mlpipelines.rounds import settled


class Look:
    """Gives each file's content; does something on the way."""

    def __init__(self, on_the_way: Callable[[Path], None], holding: list[bool]) -> None:
        self.on_the_way, self.holding, self.ended = on_the_way, holding, 0
        self.known = "b"

    def holds(self) -> bool:
        return self.holding.pop() if self.holding else True

    def touched(self) -> int:
        return 0

    def has(self, file: Path, content: bytes) -> bool:
        return file.stem in self.known

    def late(self, file: Path) -> str:
        return "late"

    def valid(self, file: Path, content: bytes) -> str:
        self.on_the_way(file)
        return content.decode()

    def invalid(self, problems: tuple[Problem, ...]) -> str:
        return " ".join(problem.code for problem in problems)

    def end(self) -> None:
        self.ended += 1


@pytest.fixture(autouse=True)
def nothing_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every test would wait for more of what it has just written."""
    monkeypatch.setattr(rounds, "_MOMENT", 0)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "pipelines").mkdir()
    for name in "abc":
        (tmp_path / "pipelines" / f"{name}.yaml").write_text(name)
    return Layout.at(tmp_path)


def once(do: Callable[[], None]) -> Callable[[Path], None]:
    done: list[Path] = []

    def on_the_way(file: Path) -> None:
        if not done:
            done.append(file)
            do()

    return on_the_way


def results(layout: Layout, do: Callable[[], None] = lambda: None, holding: tuple[bool, ...] = ()) -> dict[str, str]:
    look = Look(once(do), list(holding))
    found = {file.name: result for file, result in settled(layout, lambda: look).items()}
    assert look.ended
    return found


def test_all_files_in_order(layout: Layout) -> None:
    assert list(results(layout).items()) == [("a.yaml", "a"), ("b.yaml", "b"), ("c.yaml", "c")]


def test_those_of_one_name_alone(layout: Layout) -> None:
    look = Look(lambda _: None, [])
    assert list(settled(layout, lambda: look, "b").values()) == ["b"]
    assert settled(layout, lambda: look, "gone") == {}


def test_a_file_that_goes_is_no_mistake(layout: Layout) -> None:
    def push() -> None:
        for name in "abc":
            (layout.pipelines / f"{name}.yaml").unlink()

    assert results(layout, push) == {}


def test_a_file_that_comes_or_moves_is_seen(layout: Layout) -> None:
    def push() -> None:
        (layout.pipelines / "team").mkdir()
        (layout.pipelines / "c.yaml").rename(layout.pipelines / "team" / "c.yaml")
        (layout.pipelines / "d.yaml").write_text("d")

    assert results(layout, push) == {"a.yaml": "a", "b.yaml": "b", "c.yaml": "c", "d.yaml": "d"}


def test_a_file_that_changes_is_read_again(layout: Layout) -> None:
    def push() -> None:
        for name in "abc":
            (layout.pipelines / f"{name}.yaml").write_text(f"new {name}")

    assert list(results(layout, push).values()) == ["new a", "new b", "new c"]


def test_after_a_template_has_changed_all_are_looked_at_again(layout: Layout) -> None:
    begun: list[Look] = []

    def begin() -> Look:
        begun.append(Look(lambda _: None, [False] if not begun else []))
        return begun[-1]

    settled(layout, begin)
    assert len(begun) == 2


def test_who_never_stops_pushing_gets_what_is_there(layout: Layout) -> None:
    count = iter(range(1000))

    def push(_: Path) -> None:
        (layout.pipelines / "a.yaml").write_text(f"a{'!' * next(count)}")

    look = Look(push, [])
    assert len(settled(layout, lambda: look)) == 3


def test_two_of_one_name_are_told_of_both(layout: Layout) -> None:
    (layout.pipelines / "team").mkdir()
    (layout.pipelines / "team" / "a.yml").write_text("other")
    assert list(results(layout).values()) == ["PL110", "b", "c", "PL110"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (Path.mkdir, "YM21"),
        (os.mkfifo, "YM21"),
        (lambda path: path.symlink_to("nowhere"), "YM21"),
        (lambda path: path.symlink_to(path.name), "YM21"),
        (lambda path: path.symlink_to("/dev/zero"), "YM21"),
    ],
    ids=["folder", "pipe", "link to nowhere", "link to itself", "link to a device"],
)
def test_what_is_no_file_is_told(layout: Layout, make: Callable[[Path], object], code: str) -> None:
    make(layout.pipelines / "odd.yaml")
    assert results(layout)["odd.yaml"] == code


def test_folders_that_link_to_themselves_are_not_followed(layout: Layout) -> None:
    (layout.pipelines / "loop").symlink_to(layout.pipelines)
    (layout.pipelines / "team").mkdir()
    (layout.pipelines / "team" / "up").symlink_to("..")
    assert len(results(layout)) == 3


def test_who_is_interrupted_keeps_what_is_done(layout: Layout) -> None:
    class Timeout(BaseException):
        pass

    def end() -> None:
        raise Timeout

    look = Look(once(end), [])
    with pytest.raises(Timeout):
        settled(layout, lambda: look)
    assert look.ended == 1


def test_what_was_touched_a_moment_ago_is_looked_at_once_more(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_MOMENT", 3600)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            (layout.pipelines / "late.yaml").write_text("late")

    monkeypatch.setattr("time.sleep", sleep)
    assert "late.yaml" in results(layout)
    assert sum(waited) < 2


def test_what_is_known_comes_first_and_the_rest_is_late_when_the_time_is_over(layout: Layout) -> None:
    seen: list[str] = []
    look = Look(lambda file: seen.append(file.stem), [])
    found = settled(layout, lambda: look, is_over=lambda: len(seen) == 2)
    assert seen == ["b", "a"]
    assert list(found.values()) == ["a", "b", "late"]
    assert look.ended == 1, "what was done is kept"
    seen.clear()
    settled(layout, lambda: look, is_over=lambda: len(seen) == 2, backwards=True)
    assert seen == ["b", "c"]
