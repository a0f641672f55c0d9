"""The folder of compiled records: whatever is in it, whoever writes to it, only what was put in comes out."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
from pathlib import Path

import pytest

from mlpipelines.store import Store

KEY, VALUE = "a" * 64, {"config": {"text": "déjà vu", "rate": 0.1}, "problems": [], "code": {}}
TEXT = json.dumps(VALUE)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def record(store: Store) -> Path:
    return Path(store.folder, f"{KEY}.json")


def test_what_is_put_in_comes_out_for_others_too(store: Store) -> None:
    assert store.get(KEY) is None
    assert store.put(KEY, TEXT)
    assert store.get(KEY) == VALUE
    assert Store(Path(store.folder), writable=False).get(KEY) == VALUE


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content.replace(b"0.1", b"0.2"),
        lambda content: content.replace(b"mlpipelines 1", b"mlpipelines 2"),
        lambda content: b"\xff\x00" * 999,
        lambda content: b"{}",
    ],
    ids=["a byte less", "half", "empty", "other content", "another version", "bytes", "other JSON"],
)
def test_a_damaged_record_is_none_and_is_written_anew(store: Store, damage) -> None:  # type: ignore[no-untyped-def]
    store.put(KEY, TEXT)
    record(store).write_bytes(damage(record(store).read_bytes()))
    assert store.get(KEY) is None
    assert store.put(KEY, TEXT)
    assert store.get(KEY) == VALUE


def test_a_record_under_another_name_is_none(store: Store) -> None:
    store.put("a", TEXT)
    Path(store.folder, "a.json").rename(record(store))
    assert store.get(KEY) is None


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path.name)])
def test_what_is_no_file_is_none(store: Store, make) -> None:  # type: ignore[no-untyped-def]
    store.put("other", TEXT)
    make(record(store))
    assert store.get(KEY) is None
    store.put(KEY, TEXT)
    assert store.put("another", TEXT), "one odd name spoils no other"


def test_a_link_out_of_the_folder_is_none(store: Store, tmp_path: Path) -> None:
    store.put(KEY, TEXT)
    record(store).rename(tmp_path / "elsewhere")
    record(store).symlink_to(tmp_path / "elsewhere")
    assert store.get(KEY) is None


def test_a_file_in_place_of_the_folder_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache").write_text("not a folder")
    store = Store(tmp_path / "cache")
    assert store.get(KEY) is None
    assert [store.put(KEY, TEXT), store.put("other", TEXT)] == [False, False]
    assert len(caplog.records) == 1
    assert "cannot be written" in caplog.text


def test_a_full_disk_leaves_nothing_half_written(store: Store) -> None:
    store.put("first", TEXT)
    process = multiprocessing.get_context("fork").Process(target=_put_with_little_room, args=(store,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert [path.name for path in Path(store.folder).iterdir()] == ["first.json"]


def _put_with_little_room(store: Store) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    os._exit(1 if store.put(KEY, json.dumps({"text": "x" * 5000})) else 0)


def test_a_folder_that_everybody_can_write_to_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Store(tmp_path).put(KEY, TEXT)
    tmp_path.chmod(0o777)
    assert Store(tmp_path).get(KEY) is None
    assert not Store(tmp_path).put(KEY, TEXT)
    assert "everybody can write" in caplog.text


def test_many_writers_never_tear_a_record(store: Store) -> None:
    context = multiprocessing.get_context("fork")
    values = [json.dumps({"who": who, "text": str(who) * 20_000}) for who in range(4)]
    writers = [context.Process(target=_put_often, args=(store.folder, value)) for value in values]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        if found := store.get(KEY):
            assert found["text"] == str(found["who"]) * 20_000
            seen.add(found["who"])
        else:
            assert not seen, "once there is a record, there always is one"
    for writer in writers:
        writer.join()
    assert seen
    assert [path.name for path in Path(store.folder).iterdir()] == [f"{KEY}.json"]


def _put_often(folder: str, value: str) -> None:
    store = Store(Path(folder))
    for _ in range(100):
        store.put(KEY, value)


def test_what_is_not_used_any_more_goes_when_something_new_comes(store: Store) -> None:
    old, used, foreign = "0" * 64, "1" * 64, ("of-somebody-else.txt", "package.json", "x.json.new")
    for name in (old, used):
        store.put(name, TEXT)
    for name in foreign:
        Path(store.folder, name).touch()
    for path in Path(store.folder).iterdir():
        os.utime(path, (0, 0))
    assert store.get(used) == VALUE
    store.put(KEY, TEXT)
    store.tidy()
    assert {path.name for path in Path(store.folder).iterdir()} == {f"{used}.json", f"{KEY}.json", *foreign}


def test_files_of_somebody_else_are_left_alone(store: Store) -> None:
    """The folder may be a wrong one, or `.`."""
    for name in (KEY, "b" * 64):
        store.put(name, TEXT)
    Path(store.folder, f"{KEY}.json.7.7.json.new").touch()
    Path(store.folder, "package.json").write_text("{}")
    store.retain({KEY})
    assert {path.name for path in Path(store.folder).iterdir()} == {f"{KEY}.json", "package.json"}


@pytest.mark.parametrize("moment", [0, 2**33])
def test_clocks_that_jump_lose_nothing_that_is_read(store: Store, moment: int) -> None:
    store.put(KEY, TEXT)
    os.utime(record(store), (moment, moment))
    assert store.get(KEY) == VALUE
    store.tidy()
    assert store.get(KEY) == VALUE
