"""Reads Kubernetes' protobuf bodies, which kubectl sends for `kubectl create namespace` and the like.

Answers are always JSON: every client that sends protobuf reads it too.
"""

import base64
import struct as binary
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.failures import NotAnObject, Unreadable
from servicelab.embedded.facts import Field

MAGIC = b"k8s\x00"
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def envelope(body: bytes) -> tuple[str, str, bytes]:
    """apiVersion, kind and the bytes of the object itself."""
    if not body.startswith(MAGIC):
        raise NotAnObject("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    api_version = kind = ""
    raw = b""
    for number, value in _entries(body[len(MAGIC) :]):
        if number == 1 and isinstance(value, bytes):
            names = {inner: text for inner, text in _entries(value) if isinstance(text, bytes)}
            api_version, kind = names.get(1, b"").decode(), names.get(2, b"").decode()
        elif number == 2 and isinstance(value, bytes):
            raw = value
    return api_version, kind, raw


def read_struct(struct: str, body: bytes) -> dict[str, Any]:
    """The object as JSON would have it. Fields without a known number are dropped, as Go does."""
    read: dict[str, Any] = {}
    numbered = _numbered(struct)
    for number, value in _entries(body):
        field = numbered.get(number)
        if field is None:
            continue
        type = field.type.removeprefix("*")
        if field.name is None:
            if isinstance(value, bytes):
                read |= read_struct(type[1:], value)
        elif type.startswith("[]"):
            read.setdefault(field.name, []).extend(_elements(type[2:], value))
        elif type.startswith("map:"):
            key, item = _map_entry(type[4:], value)
            read.setdefault(field.name, {})[key] = item
        else:
            read[field.name] = _value(type, value)
    return read


@cache
def _numbered(struct: str) -> dict[int, Field]:
    return {field.number: field for field in facts.fields(struct) if field.number}


def _elements(type: str, value: int | bytes) -> list[Any]:
    if isinstance(value, bytes) and type in ("int32", "int64", "bool"):  # packed
        numbers, position = [], 0
        while position < len(value):
            number, position = _varint(value, position)
            numbers.append(_value(type, number))
        return numbers
    return [_value(type, value)]


def _map_entry(type: str, value: int | bytes) -> tuple[str, Any]:
    if not isinstance(value, bytes):
        raise Unreadable("proto: wrong wireType for a map")
    entry = dict(_entries(value))
    key = entry.get(1, b"")
    empty: int | bytes = 0 if type in ("int32", "int64", "bool") else b""
    return _text(key), _value(type, entry.get(2, empty))


def _value(type: str, value: int | bytes) -> Any:
    if type.startswith("@") and isinstance(value, bytes):
        return read_struct(type[1:], value)
    if type == "bool":
        return bool(value)
    if type in ("int32", "int64") and isinstance(value, int):
        return value - (1 << 64) if value >= 1 << 63 else value
    if type == "float64" and isinstance(value, int):
        return binary.unpack("<d", value.to_bytes(8, "little"))[0]
    if not isinstance(value, bytes):
        raise Unreadable(f"proto: wrong wireType for a {type}")
    if type == "bytes":
        return base64.b64encode(value).decode()
    if type == "quantity":
        return _text(dict(_entries(value)).get(1, b""))
    if type == "int-or-string":
        parts = dict(_entries(value))
        return _text(parts.get(3, b"")) if parts.get(1) else _value("int32", parts.get(2, 0))
    if type in ("time", "microtime"):
        return _time(value, type == "microtime")
    if type == "any":
        return None
    return _text(value)


def _time(value: bytes, micro: bool) -> str | None:
    parts = dict(_entries(value))
    seconds, nanoseconds = parts.get(1, 0), parts.get(2, 0)
    if not isinstance(seconds, int) or not isinstance(nanoseconds, int) or not seconds:
        return None
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanoseconds // 1000 if micro else 0)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _text(value: int | bytes) -> str:
    if not isinstance(value, bytes):
        raise Unreadable("proto: wrong wireType for a string")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unreadable("proto: a string is not valid UTF-8") from None


def _entries(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and raw values: whole numbers for varints and fixed widths, bytes for the rest."""
    position = 0
    while position < len(body):
        tag, position = _varint(body, position)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, position = _varint(body, position)
            yield number, value
            continue
        if wire == BYTES:
            length, position = _varint(body, position)
        elif wire in (FIXED64, FIXED32):
            length = 8 if wire == FIXED64 else 4
        else:
            raise Unreadable(f"proto: illegal wireType {wire}")
        piece = body[position : position + length]
        if len(piece) < length:
            raise Unreadable("unexpected EOF")
        position += length
        yield number, piece if wire == BYTES else int.from_bytes(piece, "little")


def _varint(body: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(body):
            raise Unreadable("unexpected EOF")
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value & (1 << 64) - 1, position
        if shift > 63:
            raise Unreadable("proto: integer overflow")
