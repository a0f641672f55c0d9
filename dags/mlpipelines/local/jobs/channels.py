"""The channels of a training job: objects of S3 as files, or as named pipes that are filled while they are read."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import select
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from mlpipelines.local.faults import JobFault
from mlpipelines.local.storage import S3Object, Storage

#: How often a pipe that nobody reads looks whether it is still wanted, in seconds.
POLL = 0.05
RECORD_IO = 0xCED7230A
Channel = Mapping[str, Any]


def mode(channel: Channel, algorithm: Mapping[str, Any], built_in: bool) -> str:
    """How the channel is really read here."""
    wanted = channel.get("InputMode") or algorithm["TrainingInputMode"]
    return "Pipe" if wanted == "Pipe" and not built_in else "File"


def channel_config(channel: Channel, mode: str) -> dict[str, str]:
    """The channel's part of inputdataconfig.json."""
    config = {
        "TrainingInputMode": mode,
        "S3DistributionType": channel["DataSource"]["S3DataSource"].get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return {**config, "ContentType": channel["ContentType"]} if "ContentType" in channel else config


def download(storage: Storage, channel: Channel, folder: Path, check: Callable[[], None]) -> None:
    """All objects as files below `folder`; `check` may raise between two of them."""
    folder.mkdir()
    for item in storage.objects(channel["DataSource"]["S3DataSource"]):
        check()
        storage.download(item, folder, channel.get("CompressionType", "None"))


class ChannelPipe:
    """A channel in Pipe mode: `<channel>_0`, `<channel>_1` and so on, one for each time that the data is read.

    `fault` is set when an object could not be read: the pipe then just ends.
    """

    def __init__(self, storage: Storage, channel: Channel, folder: Path) -> None:
        """Raises ClientFault when there is no data."""
        self.fault: JobFault | None = None
        self._storage, self._channel = storage, channel
        self._path: Path = folder / channel["ChannelName"]
        self._items = list(storage.objects(channel["DataSource"]["S3DataSource"]))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        os.mkfifo(self._fifo(0))
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _feed(self) -> None:
        try:
            for epoch in count():
                descriptor = self._open(self._fifo(epoch))
                os.mkfifo(self._fifo(epoch + 1))  # before this one ends: the reader may ask for it at once
                try:
                    self._fill(descriptor, epoch)
                except BrokenPipeError:
                    pass  # the reader had enough
                finally:
                    os.close(descriptor)
        except JobFault as fault:
            self.fault = fault
        except (_NotWanted, FileNotFoundError):
            pass

    def _fifo(self, epoch: int) -> Path:
        return self._path.with_name(f"{self._path.name}_{epoch}")

    def _open(self, path: Path) -> int:
        """Wait for a reader. Raises _NotWanted."""
        while True:
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            if self._ended.wait(POLL):
                raise _NotWanted

    def _fill(self, descriptor: int, epoch: int) -> None:
        for item in self._order(epoch):
            for chunk in self._chunks(item):
                self._write(descriptor, memoryview(chunk))

    def _order(self, epoch: int) -> list[S3Object]:
        seed = (self._channel.get("ShuffleConfig") or {}).get("Seed")
        return self._items if seed is None else random.Random(seed + epoch).sample(self._items, len(self._items))

    def _chunks(self, item: S3Object) -> Iterator[bytes]:
        chunks = self._storage.pieces(item, self._channel.get("CompressionType", "None"))
        if self._channel.get("RecordWrapperType") == "RecordIO":
            yield record(b"".join(chunks))
        else:
            yield from chunks

    def _write(self, descriptor: int, rest: memoryview) -> None:
        while rest:
            if self._ended.is_set():
                raise _NotWanted
            if select.select([], [descriptor], [], POLL)[1]:
                with contextlib.suppress(BlockingIOError):
                    rest = rest[os.write(descriptor, rest) :]


def record(content: bytes) -> bytes:
    """One RecordIO record: magic number, length, the content, filled up to a multiple of four bytes."""
    return struct.pack("<II", RECORD_IO, len(content)) + content + b"\0" * (-len(content) % 4)


class _NotWanted(Exception):
    """The job is over."""
