"""The records of a transform's input -> what is sent to the model at once, within the limits of the job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, BinaryIO

from mlpipelines.local.faults import ClientFault

MB = 1 << 20
DEFAULT_PAYLOAD_MB = 6


@dataclass(frozen=True)
class Sending:
    """How payloads are made and sent."""

    concurrency: int
    megabytes: int
    single: bool

    @classmethod
    def of(cls, request: Mapping[str, Any], container: Mapping[str, Any] = MappingProxyType({})) -> Sending:
        """Of a CreateTransformJob request and, for what it leaves open, the container's /execution-parameters."""
        strategy = request.get("BatchStrategy") or container.get("BatchStrategy")
        return cls(
            request.get("MaxConcurrentTransforms") or _whole(container.get("MaxConcurrentTransforms"), 1) or 1,
            request.get("MaxPayloadInMB", _whole(container.get("MaxPayloadInMB"), DEFAULT_PAYLOAD_MB)),
            strategy in ("SingleRecord", "SINGLE_RECORD"),
        )

    @property
    def limit(self) -> int:
        """Bytes of one payload; 0 is AWS's word for no limit."""
        return self.megabytes * MB

    @property
    def strategy(self) -> str:
        return "SINGLE_RECORD" if self.single else "MULTI_RECORD"

    def __str__(self) -> str:
        return (
            f"MaxConcurrentTransforms={self.concurrency}, MaxPayloadInMB={self.megabytes}, "
            f"BatchStrategy={self.strategy}"
        )


@dataclass
class Payload:
    """One request: its content, and the records of the input that it was made of."""

    content: bytes = b""
    records: list[bytes] = field(default_factory=list)


def whole_payload(source: BinaryIO, limit: int, filtered: Callable[[bytes], bytes], name: str) -> Payload:
    record = source.read()
    content = filtered(record)
    _check_size(content, limit, f"{name} (there is no SplitType, so the object is sent as a whole)")
    return Payload(content, [record])


def line_payloads(
    source: BinaryIO, limit: int, single: bool, filtered: Callable[[bytes], bytes], name: str
) -> Iterator[Payload]:
    """`single`: one record a payload; otherwise as many as the limit allows. `limit` 0 means none."""
    batch: list[bytes] = []
    records: list[bytes] = []
    size = 0
    for number, record in enumerate(source, 1):
        if not record.strip():
            continue
        line = filtered(record)
        _check_size(line, limit, f"line {number} of {name}")
        if batch and (single or (limit and size + len(line) > limit)):
            yield Payload(b"".join(batch), records)
            batch, records, size = [], [], 0
        batch.append(line)
        records.append(record)
        size += len(line)
    if batch:
        yield Payload(b"".join(batch), records)


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100 else default


def _check_size(content: bytes, limit: int, what: str) -> None:
    if limit and len(content) > limit:
        raise ClientFault(f"{what} has {len(content)} bytes, more than MaxPayloadInMB allows ({limit // MB} MB)")
