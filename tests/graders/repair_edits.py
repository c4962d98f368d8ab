"""What a learner writes anew of more than one field: a line that is no YAML, what is at the wrong place, an object."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from servicelab.manifests import read
from servicelab.manifests.paths import path_steps
from tests.graders.manifest_fields import (
    KINDS,
    REMOVED,
    Steps,
    below,
    edited,
    found_at,
    members,
    places,
    type_at,
    value_at,
    written,
)
from tests.graders.message import AWAY, Message, identity, present
from tests.graders.message_evidence import made_service, made_spec


@dataclass(frozen=True)
class Edit:
    """One change: what a learner would write, and how much the message speaks for it (small is much)."""

    text: str
    doubt: float
    part: str = ""
    """The place, where a whole part was written: what is said next may be of one of its fields."""
    at: str = ""
    """The field that was edited, with the object's number; "" for whole objects."""
    place: str = ""
    """The field that was edited, where the message speaks of the place itself, and shows this value first."""


# What is written where it cannot stand


def moved(documents: list[Any], message: Message) -> Iterator[Edit]:
    """The key that the message calls unknown, by the name that is meant, or where there is such a field."""
    for at in re.finditer(r'unknown field "([^"]+)"', message.check.actual):
        name = path_steps(at[1])
        for number, document in enumerate(documents):
            for steps in [one for one in found_at(document, name) if not type_at(document, one)][:1]:
                value, holder = value_at(document, steps), type_at(document, steps[:-1])
                gone = edited(documents, (number, *steps), REMOVED)
                yield Edit(written(gone), 0.5)
                if isinstance(value, dict) and value.keys() <= set(members(holder)):  # one level too deep
                    around = {**value_at(gone[number], steps[:-1]), **value}
                    yield Edit(written(edited(gone, (number, *steps[:-1]), around) if steps[:-1] else
                                       [*gone[:number], around, *gone[number + 1 :]]), -1)  # fmt: skip
                for order, (place, moved) in enumerate(_better_places(gone[number], steps, holder, value)):
                    if place[-1] not in value_at(gone[number], place[:-1]):
                        yield Edit(written(edited(gone, (number, *place), moved)), -1 + 0.3 * order)


def _better_places(document: Any, steps: Steps, holder: str, value: Any) -> Iterator[tuple[Steps, Any]]:
    leaf = str(steps[-1])
    free = [one for one in members(holder) if one not in value_at(document, steps[:-1])]
    for one in free:
        if leaf in members(below(holder, one)):
            yield (*steps[:-1], one), {leaf: value}
    for other in found_at(document, (leaf,)):  # the same field of another part of the object
        yield other, value
    for one in free:
        if below(holder, one).startswith("[]") and leaf in members(below(holder, one)[2:]):
            yield (*steps[:-1], one), [{leaf: value}]
    lower = {one.lower(): one for one in free}
    for near in difflib.get_close_matches(leaf.lower(), lower, n=2, cutoff=0.7):
        yield (*steps[:-1], lower[near]), value
    for one in free:
        if leaf.lower().endswith(one.lower()):
            yield (*steps[:-1], one), value
    for one in free:
        if below(holder, one) == "map:string" and isinstance(value, str):
            yield (*steps[:-1], one), {leaf: value}


def without_an_object(documents: list[Any], message: Message) -> Iterator[Edit]:
    """One object less, where the message says that there is one too many."""
    too_many = re.search(r"^Beside | holds | leads to |let it in.* another one than", message.check.actual) is not None
    for number, document in enumerate(documents):
        name = re.escape(str((document.get("metadata") or {}).get("name")))
        said = re.search(rf"(there is|\(|^The Service|let it in\. Service) *{name}\b", message.check.actual) is not None
        if len(documents) > 1 and (said or AWAY.search(" ".join(message.told))):
            yield Edit(written(documents[:number] + documents[number + 1 :]), 0.2 if too_many and said else 1.6)


def with_an_object(documents: list[Any], own: int, message: Message) -> Iterator[Edit]:
    """One object more, where the message says that one is missing: the task's, or made from what is shown."""
    spoken = " ".join(message.told)
    for shown in documents[own:]:
        if identity(shown) in spoken:
            yield Edit(written([*documents[:own], shown]), 1.0)
        for number in range(own):  # in place of one of a kind that is not asked for
            is_other = f" holds {identity(documents[number])}, " in message.check.actual
            if is_other and f" {shown['kind']} (" in message.check.help:
                kept = [one for place, one in enumerate(documents[:own]) if place != number]
                yield Edit(written([*kept, shown]), -0.5)
    for number, document in enumerate(documents[:own]):  # of another kind or version than is asked for
        admitted = re.findall(r"takes only: (.*?)\. ", f"{message.check.actual} {message.check.help}")
        for kind, version in re.findall(r"(\w+) \(([\w./]+)\)", " ".join(admitted)):
            if f" holds {identity(document)}, " in message.check.actual:
                made = {**document, "apiVersion": version, "kind": kind}
                kept = [*documents[:number], made, *documents[number + 1 : own]]
                yield Edit(written(kept), -0.2 + 0.5 * _unlikely(written([made])))
    missing = re.search(r"\b[Nn]o (\w+) selects(?!.* takes it, but)", message.check.actual)
    for kind in [missing[1]] if missing and missing[1] in KINDS else []:
        alike = next((one for one in documents[:own] if one.get("kind") == kind), _whole_of(kind))
        if spec := made_spec(kind, message):
            metadata = {**alike["metadata"], "name": f"{alike['metadata']['name']}-2"}
            yield Edit(written([*documents[:own], {**alike, "metadata": metadata, "spec": spec}]), -0.1)
    asked = re.search(r"There is a Service (\S+) in the namespace", message.check.expected)
    if asked and message.check.actual.startswith("There is no Service in "):
        yield Edit(written([*documents[:own], made_service(asked[1], message)]), -0.1)


def _whole_of(kind: str) -> dict[str, Any]:
    """An object of a kind that is not in the manifest, as `kubectl explain` begins."""
    *group, version, _ = KINDS[kind].removeprefix("io.k8s.api.").split(".")
    suffix = {"networking": "networking.k8s.io/", "discovery": "discovery.k8s.io/", "core": ""}
    of = suffix.get(group[0], f"{group[0]}/")
    return {"apiVersion": f"{of}{version}", "kind": kind, "metadata": {"name": "mine"}}


def with_a_copy(documents: list[Any], message: Message) -> Iterator[Edit]:
    """One object or one port more, like the one that is there, where the message names one that is missing."""
    task, seen = message.task, f"{message.check.actual} {message.check.expected}"
    for kind, name in re.findall(r"[Tt]here is (?:no|a) (\w+) (\S+) in the namespace", seen):
        for document in (one for one in documents if one.get("kind") == kind):
            own = (document.get("metadata") or {}).get("name")
            if own != name and not any(identity(one) == f"{kind} {name}" for one in documents):
                is_right = re.search(rf"`{own}`|//{own}\b", task) is not None
                yield Edit(written([*documents, _renamed(document, own, name)]), -0.1 if is_right else 0.9)
    said = re.search(r"Service (\S+) has no port (\d+)", message.check.actual)
    for number, document in enumerate(documents):
        ports = present(document, ("spec", "ports"))
        if said and identity(document) == f"Service {said[1]}" and isinstance(ports, list) and ports:
            is_udp = "udp://" in seen or f"no port {said[2]} for UDP" in seen
            more = {key: one for key, one in ports[0].items() if key != "nodePort"}  # which the cluster gives once
            more |= {"port": int(said[2]), "protocol": "UDP" if is_udp else "TCP"}
            named_ports = [{"name": f"port-{one['port']}", **one} for one in ports]
            made = [*named_ports, {**more, "name": f"port-{said[2]}"}]
            are_right = all(re.search(rf"(?<![\d.]){one['port']}\b", task) for one in ports if "port" in one)
            are_right &= all(one.get("port") != one.get("nodePort") for one in ports)
            yield Edit(written(edited(documents, (number, "spec", "ports"), made)), -0.2 if are_right else 0.7)


def _renamed(value: Any, old: str, new: str) -> Any:
    """A manifest with another name, wherever the old one stood."""
    match value:
        case dict():
            return {key: _renamed(one, old, new) for key, one in value.items()}
        case list():
            return [_renamed(one, old, new) for one in value]
    return new if value == old else value


# What is no YAML


def edits_of_lines(text: str, message: Message) -> Iterator[Edit]:
    """The line that the message names, or the one above it, mended so that it can be read."""
    lines = text.splitlines()
    at = re.search(r"line (\d+)", message.check.actual)
    if at is None:
        return
    for far, place in enumerate((int(at[1]) - 1, int(at[1]) - 2)):
        for order, line in enumerate(_mended_lines(lines, place)):
            made = "\n".join([*lines[:place], *line, *lines[place + 1 :]]) + "\n"
            if not read(made).problems:  # a learner sees that before any check
                yield Edit(made, 2.0 * far + 0.5 * order + _unlikely(made))


def _unlikely(text: str) -> int:
    """How many fields have no value, or a name that `kubectl explain` does not know."""
    documents = [one for one in yaml.safe_load_all(text) if isinstance(one, dict)]
    found = [(one, steps) for one in documents for steps in places(one) if steps]
    return sum(value_at(one, steps) is None or not type_at(one, steps) for one, steps in found)


def _mended_lines(lines: list[str], place: int) -> Iterator[list[str]]:
    if not 0 <= place < len(lines):
        return
    line = lines[place]
    for width in (2, 4, 6, 8):
        if "\t" in line:
            yield [line.replace("\t", " " * width)]
    yield [re.sub(r"^(\s*(?:- *)?\w+):(?=\S)", r"\1: ", line)]
    yield [re.sub(r"^(\s*)-(?=\S)", r"\1- ", line)]
    yield [re.sub(r"^(\s*(?:- *)?\w+) (?=[^:]*$)", r"\1: ", line)]
    for width in _widths(lines, line):
        yield [" " * width + line.lstrip()]
    yield []


def _widths(near: Iterable[str], line: str) -> list[int]:
    """Where the lines begin, and what is behind their dash; the nearest to the present place first."""
    found = {len(one) - len(one.lstrip(" -")) for one in near} | {len(one) - len(one.lstrip()) for one in near}
    now = len(line) - len(line.lstrip())
    return sorted(found, key=lambda width: abs(width - now))
