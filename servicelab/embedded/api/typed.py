"""Fits decoded JSON to the fields of a kind, as a round trip through Kubernetes' Go types does.

Unknown fields are reported and dropped; null and, where Go omits them, empty values are dropped; structs that Go
always writes appear; amounts and times get their one spelling; wrong types are refused in Go's words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.base64_text import canonical_base64
from servicelab.embedded.api.failures import Unreadable, WrongType
from servicelab.embedded.api.quantity import canonical

LIMITS = {"int32": 2**31, "int64": 2**63}
TYPE_META = ("apiVersion", "kind")


class RepeatedKeys(dict[str, Any]):
    """A JSON object some keys of which stood there twice; `pairs` is all of it, in order."""

    pairs: list[tuple[str, Any]]


@dataclass
class Findings:
    """What strict decoding complains about, in the order of the document."""

    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where in the document: `path` with list indices, and Go's idea of it (innermost struct, path without them)."""

    path: str
    struct: str
    go_path: str

    def wrong(self, value: Any, go_type: str, go_kind: str, literal: bool = False) -> Unreadable:
        """The value is of another JSON type than `go_type` can take; `go_kind` is what kind of type that is."""
        found = json_type(value) + (f" {value}" if literal else "")
        where = f"Go struct field {self.struct}.{self.go_path}" if self.go_path else "Go value"
        message = f"json: cannot unmarshal {found} into {where} of type {go_type}"
        return WrongType(message, _restoring(value, go_type, go_kind))


def _restoring(value: Any, go_type: str, go_kind: str) -> str:
    """What Kubernetes says of the same mistake when it comes with a strategic merge patch."""
    found = {"number": "float64" if isinstance(value, float) else "int64", "object": "map", "array": "slice"}
    name = found.get(json_type(value), json_type(value))
    match go_kind:
        case "slice" | "map":
            return f"cannot restore {go_kind} from {name}"
        case "struct":
            return f"cannot restore struct from: {name}"
        case "int-or-string":
            return f"json: cannot unmarshal {json_type(value)} into Go value of type int32"
        case "string" if name == "int64":  # Go can convert it, so it is refused elsewhere
            return f"cannot convert int64 to {go_type}"
    return f"unrecognized type: {go_kind}"


Reader = Callable[[Any, Place, Findings], Any]
"""Reads one value; what is returned is never shared with the input's containers."""


def json_type(value: Any) -> str:
    """As Go's decoder names it."""
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case dict():
            return "object"
    return "null"


def fit(struct: str, value: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The object as Kubernetes would keep it, and what strict decoding would complain about.

    Raises Unreadable for values of a wrong type.
    """
    findings = Findings()
    fitted = _struct(struct)(value, Place("", struct.rpartition(".")[2], ""), findings)
    kept = {name: value[name] for name in TYPE_META if value.get(name)}
    return kept | fitted, findings.problems


@dataclass(frozen=True)
class _Slot:
    """How one field of a struct is read and written back; `through` is the embedded Go struct it comes from."""

    name: str
    read: Reader
    go_type: str
    omit_empty: bool
    zero: Callable[[], Any]
    through: str = ""


_ABSENT: Any = object()


@cache
def _slots(struct: str) -> dict[str, _Slot]:
    slots: dict[str, _Slot] = {}
    for entry in facts.fields(struct):
        if entry.name is None:
            embedded = entry.type.lstrip("*@")
            through = f"{embedded.rpartition('.')[2]}."
            slots |= {name: replace(slot, through=through + slot.through) for name, slot in _slots(embedded).items()}
            continue
        slots[entry.name] = _Slot(
            entry.name,
            _reader(entry.type, entry.go_type),
            entry.go_type,
            bool(entry.omitted) and entry.type[0] not in "*@",
            _zero(entry),
        )
    return slots


def _zero(entry: facts.Field) -> Callable[[], Any]:
    """What Go writes for the field when it is not set."""
    if entry.type.startswith("@") and entry.omitted != "z":
        return lambda: _empty(entry.type[1:])
    if entry.type in ("time", "microtime") and entry.omitted != "z":
        return lambda: None
    if entry.omitted or entry.type[0] == "*" or entry.type in ("time", "microtime", "int-or-string", "any"):
        return lambda: _ABSENT
    zero: Any = {"string": "", "bool": False, "bytes": None, "quantity": "0"}.get(entry.type, 0)
    if entry.type.startswith(("[]", "map:")):
        zero = None
    if entry.type.startswith("@"):
        return lambda: _ABSENT
    return lambda: zero


def _empty(struct: str) -> dict[str, Any]:
    written = {}
    for slot in _slots(struct).values():
        value = slot.zero()
        if value is not _ABSENT:
            written[slot.name] = value
    return written


@cache
def _struct(struct: str) -> Reader:
    short = struct.rpartition(".")[2]

    def read(value: Any, place: Place, findings: Findings) -> Any:
        slots = _slots(struct)
        if not isinstance(value, dict):
            raise place.wrong(value, _printed(struct), "struct")
        given: dict[str, Any] = {}
        seen: set[str] = set()
        pairs = value.pairs if isinstance(value, RepeatedKeys) else value.items()
        for name, item in pairs:
            path = f"{place.path}.{name}" if place.path else name
            if name in seen:
                findings.problems.append(f'duplicate field "{path}"')
            seen.add(name)
            slot = slots.get(name)
            if slot is None:
                if place.path or name not in TYPE_META:
                    findings.problems.append(f'unknown field "{path}"')
                continue
            if item is None:
                given.pop(name, None)
                continue
            go_path = f"{place.go_path}.{slot.through}{name}" if place.go_path else name
            read_item = slot.read(item, Place(path, short, go_path), findings)
            if slot.omit_empty and not read_item:
                given.pop(name, None)
            else:
                given[name] = read_item
        written = {}
        for slot in slots.values():
            kept = given.get(slot.name, _ABSENT)
            if kept is _ABSENT:
                kept = slot.zero()
            if kept is not _ABSENT:
                written[slot.name] = kept
        return written

    return read


def _printed(struct: str) -> str:
    package, _, name = struct.rpartition(".")
    return f"{package.rpartition('.')[2]}.{name}"


@cache
def _reader(type: str, go_type: str) -> Reader:
    if type.startswith("*"):
        return _reader(type[1:], go_type)
    if type.startswith("[]"):
        return _list(_reader(type[2:], go_type.removeprefix("[]").removeprefix("*")), go_type)
    if type.startswith("map:"):
        element = go_type.partition("]")[2] if go_type.startswith("map[") else "resource.Quantity"
        return _map(_reader(type[4:], element), go_type)
    if type.startswith("@"):
        return _struct(type[1:])
    return SCALARS[type](go_type)


def _list(element: Reader, go_type: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if not isinstance(value, list):
            raise place.wrong(value, go_type, "slice")
        return [
            element(item, Place(f"{place.path}[{index}]", place.struct, place.go_path), findings)
            for index, item in enumerate(value)
        ]

    return read


def _map(element: Reader, go_type: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if not isinstance(value, dict):
            raise place.wrong(value, go_type, "map")
        pairs = value.pairs if isinstance(value, RepeatedKeys) else value.items()
        result = {}
        for key, item in pairs:
            path = f"{place.path}.{key}"
            if key in result:
                findings.problems.append(f'duplicate field "{path}"')
            result[key] = element("" if item is None else item, Place(path, place.struct, place.go_path), findings)
        return result

    return read


def _string(go_type: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if not isinstance(value, str):
            raise place.wrong(value, go_type, "string")
        return value

    return read


def _bool(go_type: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if not isinstance(value, bool):
            raise place.wrong(value, go_type, "bool")
        return value

    return read


def _integer(go_type: str, limit: int, go_kind: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise place.wrong(value, go_type, go_kind)
        if not isinstance(value, int) or not -limit <= value < limit:
            raise place.wrong(value, go_type, go_kind, literal=True)
        return value

    return read


def _float(go_type: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise place.wrong(value, go_type, "float64")
        return value

    return read


def _bytes(go_type: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if not isinstance(value, str):
            raise place.wrong(value, "[]uint8", "slice")
        return canonical_base64(value)

    return read


def _int_or_string(go_type: str) -> Reader:
    number = _integer("int32", LIMITS["int32"], "int-or-string")

    def read(value: Any, place: Place, findings: Findings) -> Any:
        return value if isinstance(value, str) else number(value, place, findings)

    return read


def _quantity(go_type: str) -> Reader:
    def read(value: Any, place: Place, findings: Findings) -> Any:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return canonical(str(value) or "0")
        return canonical(json_type(value))

    return read


def _time(go_type: str) -> Reader:
    digits = 6 if go_type.endswith("MicroTime") else 0

    def read(value: Any, place: Place, findings: Findings) -> Any:
        if not isinstance(value, str):
            raise Unreadable(f"json: cannot unmarshal {json_type(value)} into Go value of type string")
        return _moment(value, digits)

    return read


def _moment(text: str, digits: int) -> str:
    layout = "2006-01-02T15:04:05.000000Z07:00" if digits else "2006-01-02T15:04:05Z07:00"
    if digits and (parts := re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{6})?(.*)", text)):
        expected = "Z07:00" if parts[2] else ".000000"
        if not parts[2] or not re.fullmatch(r"Z|[+-]\d\d:\d\d", parts[3]):
            raise Unreadable(f'parsing time "{text}" as "{layout}": cannot parse "{parts[3]}" as "{expected}"')
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or "T" not in text:
            raise ValueError(text)
    except ValueError:
        raise Unreadable(f'parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"') from None
    moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if digits else "%Y-%m-%dT%H:%M:%SZ")


def _any(go_type: str) -> Reader:
    return lambda value, place, findings: value


SCALARS: dict[str, Callable[[str], Reader]] = {
    "string": _string,
    "bool": _bool,
    "int32": lambda go_type: _integer(go_type, LIMITS["int32"], "int32"),
    "int64": lambda go_type: _integer(go_type, LIMITS["int64"], "int64"),
    "float64": _float,
    "bytes": _bytes,
    "int-or-string": _int_or_string,
    "quantity": _quantity,
    "time": _time,
    "microtime": _time,
    "any": _any,
}
