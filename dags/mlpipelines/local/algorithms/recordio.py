"""RecordIO-wrapped protobuf, the built-in algorithms' own format, to arrays.

A file is a row of records: a mark, a length, a message padded to four bytes. A message maps "values" to the tensors of
its features and of its label; a tensor is dense, or sparse when it has keys. Only what these need of protobuf is read:
https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html has the message's definition.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

CONTENT_TYPE = "application/x-recordio-protobuf"
MARK = 0xCED7230A
#: Numbers of the fields that are read.
FEATURES, LABEL = 1, 2
ENTRY_VALUE = 2
TENSORS = {2: "<f4", 3: "<f8", 7: "<i4"}
VALUES, KEYS, SHAPE = 1, 2, 3
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Array = np.ndarray[Any, np.dtype[np.float64]]


def parse_recordio(content: bytes) -> tuple[Array, Array]:
    """Rows of features and their labels, these empty when there are none. Raises ValueError."""
    features, labels = [], []
    try:
        for number, record in enumerate(_records(content), 1):
            found = {field: _tensor(entry) for field, entry in _fields(record) if field in (FEATURES, LABEL)}
            if FEATURES not in found:
                raise ValueError(f"record {number} has no features")
            features.append(found[FEATURES])
            if LABEL in found:
                labels.append(float(found[LABEL][0]))
    except (struct.error, IndexError, TypeError) as error:
        raise ValueError(f"it is no {CONTENT_TYPE} ({error})") from error
    widths = {len(row) for row in features}
    if len(widths) != 1:
        raise ValueError(
            f"its records have different numbers of features: {sorted(widths)}" if widths else "no records"
        )
    if labels and len(labels) != len(features):
        raise ValueError("some of its records have a label and some have none")
    return np.array(features), np.array(labels)


def _records(content: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(content):
        mark, length = struct.unpack_from("<II", content, place)
        if mark != MARK or length >> 29:
            raise ValueError(f"it is no {CONTENT_TYPE}: there is no record at byte {place}")
        record = content[place + 8 : place + 8 + length]
        if len(record) < length:
            raise ValueError("its last record is cut off")
        yield record
        place += 8 + (length + 3) // 4 * 4


def _tensor(entry: bytes) -> Array:
    """The vector of an entry of `features` or `label`, whatever its name."""
    for field, value in _fields(entry):
        if field == ENTRY_VALUE:
            for kind, message in _fields(value):
                if kind in TENSORS:
                    return _vector(message, TENSORS[kind])
    raise ValueError("a record has values that are not numbers")


def _vector(message: bytes, kind: str) -> Array:
    parts: dict[int, list[Any]] = {VALUES: [], KEYS: [], SHAPE: []}
    for field, value in _fields(message):
        if field == VALUES and kind != "<i4" and isinstance(value, bytes):
            parts[field].extend(np.frombuffer(value, kind).tolist())
        elif field in parts:
            parts[field].extend(_varints(value) if isinstance(value, bytes) else [value])
    values = np.array(parts[VALUES], dtype=float)
    if kind == "<i4":
        values = np.array([value - (1 << 64) if value >> 63 else value for value in parts[VALUES]], dtype=float)
    if not parts[KEYS]:
        return values
    if not parts[SHAPE]:
        raise ValueError("a sparse record has no shape")
    row = np.zeros(parts[SHAPE][-1])
    row[parts[KEYS]] = values
    return row


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Each field's number and its raw value: bytes, or a number where it is not of a length of its own."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        field, wire = key >> 3, key & 7
        if wire == VARINT:
            value: Any
            value, place = _varint(message, place)
        elif wire == BYTES:
            length, place = _varint(message, place)
            value, place = message[place : place + length], place + length
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
            (value,) = struct.unpack_from("<f" if wire == FIXED32 else "<d", message, place)
            place += size
        else:
            raise ValueError(f"it is no {CONTENT_TYPE}: a field of kind {wire}")
        yield field, value


def _varints(content: bytes) -> Iterator[int]:
    place = 0
    while place < len(content):
        value, place = _varint(content, place)
        yield value


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
