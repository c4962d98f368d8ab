"""A bot that repairs a manifest by what a learner reads: it edits a field that the message names, with values shown.

It knows no exercise and no solution. It reads the failed check (title, expected, actual, help), the hint's three steps
for it, which a learner may ask for, and the task, with the manifest that the task shows, if it shows one. It has the
manifest, and the names, types and choices of fields that `kubectl explain` shows. The doctor it does not ask.

Each try changes one field of one object (or one line, where the text is no YAML) and checks again. A field that is
named and missing is written, a part of an object as a whole: from the labels and ports that the message shows, as the
task shows it, or as the hint's example does. So is a whole object that is named and missing: the task's own, one like
another of the manifest by the name asked for, or one for Pods that nothing selects. A kind goes with its version.
A try is kept when it led on: to more points, to another thing that is wrong, or away from what the message spoke of.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import yaml

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.manifests import read
from servicelab.manifests.paths import path_steps
from tests.graders.manifest_fields import (
    KINDS,
    REMOVED,
    Steps,
    below,
    edited,
    every_name,
    found_at,
    members,
    places,
    type_at,
    value_at,
    written,
)
from tests.graders.message_evidence import (
    AWAY,
    LABEL,
    NUMBER,
    PAD,
    URL,
    WHERE,
    Message,
    clause,
    identity,
    made_spec,
    present,
    rendered,
    same,
    task_documents,
    values,
)

TRIES = 3
OUTERMOST = {"metadata", "spec", "status"}
"""Where everything stands, so they say nothing by themselves."""
REFUSED = "The API server refused"
SHOWN = re.compile(r"\(labels [^)]*\)")
"""What is said of a Pod in passing; it names no field."""
DOTTED = re.compile(r"(?<![\w./-])[A-Za-z]\w*(?:\[\d+\])?(?:\.[A-Za-z]\w*(?:\[\d+\])?)+")


@dataclass(frozen=True)
class Edit:
    """One change: what a learner would write, and how much the message speaks for it (small is much)."""

    text: str
    doubt: float
    part: str = ""
    """The place, where a whole part was written: what is said next may be of one of its fields."""
    is_told: bool = False
    """Whether the message speaks of the place itself, and shows this value first."""


Judge = Callable[[str], ExerciseResult]
Read = Callable[[CheckResult], Message]


def repaired_after(text: str, judge: Judge, message: Read) -> int | None:
    """How many tries it takes until every check passes; None when three do not do it."""
    result = judge(text)
    tried = {text}
    for number in range(1, TRIES + 1):
        edit = min((edit for edit in edits(text, message(_failed(result))) if edit.text not in tried),
                   key=lambda edit: edit.doubt, default=None)  # fmt: skip
        if edit is None:
            return None
        tried.add(edit.text)
        after = judge(edit.text)
        if after.passed:
            return number
        is_of_it = edit.part and f" {edit.part}." in _failed(after).actual
        leads_on = (
            edit.is_told and _failed(after).cause != _failed(result).cause and REFUSED not in _failed(after).actual
        )
        if _further(after, result) or is_of_it or leads_on:
            text, result = edit.text, after
    return None


def _failed(result: ExerciseResult) -> CheckResult:
    """The check that a learner looks at: the first one that failed."""
    return next(check for check in result.checks if check.outcome is CheckOutcome.FAILED)


def _further(after: ExerciseResult, before: ExerciseResult) -> bool:
    """Whether a try led on: to more points, or to something else that is wrong, which is no refusal."""
    now, then = _failed(after), _failed(before)
    both_refused = REFUSED in now.actual and REFUSED in then.actual
    is_taken = REFUSED not in now.actual or "Required value" in now.actual  # what is asked for beside it can follow
    another = now.actual != then.actual if both_refused else now.cause != then.cause and is_taken
    fewer = now.cause == then.cause and _compared(now) != _compared(then) and not _compared(now) >= _compared(then)
    return after.score > before.score or (after.score == before.score and (another or fewer))


def _compared(check: CheckResult) -> set[str]:
    """The places of which the message says what stands there."""
    return set(re.findall(r"(spec\.[\w.\[\]]+) (?:is|has) ", check.actual))


def edits(text: str, message: Message) -> Iterator[Edit]:
    """Everything that the message may mean."""
    if read(text).problems:
        yield from _edits_of_lines(text, message)
        return
    documents = [one for one in yaml.safe_load_all(text) if one is not None]
    shown = [one for one in task_documents(message) if not any(same(one, now) for now in documents)]
    own, documents = len(documents), [*documents, *shown]

    def as_text(made: list[Any], number: int) -> str:
        """The manifest; of the task's other objects only the one that was edited."""
        return written([one for place, one in enumerate(made) if place < own or place == number])

    rank = 0
    for name in named(message):
        found = [
            (
                as_text(edited(documents, _whole((number, *steps), documents, value), value), number),
                0.6 * place + 0.8 * order + far + _right(documents[number], steps, value, message),
                rendered(steps) if isinstance(value, dict | list) else "",
                order == 0 and value is not REMOVED and clause(steps, message) != "",
            )
            for place, (number, steps, far) in enumerate(_places(documents, own, name, message))
            for order, value in enumerate(values(documents, number, steps, message))
            if value is not PAD and value != present(documents[number], steps)
        ]
        yield from (Edit(made, 0.7 * rank + doubt, *more) for made, doubt, *more in found)
        rank += bool(found)
    yield from _without_an_object(documents[:own], message)
    yield from _moved(documents[:own], message)
    yield from _with_an_object(documents, own, message)
    yield from _with_a_copy(documents[:own], message)


def _whole(steps: Steps, documents: list[Any], value: Any) -> Steps:
    """What goes away with the only element of a list: the element of another list that it is for."""
    *around, leaf = steps
    outer = [place for place, step in enumerate(around) if isinstance(step, int) and place]
    if value is REMOVED and isinstance(leaf, int) and outer and len(value_at(documents, tuple(around))) == 1:
        return steps[: outer[-1] + 1]
    return steps


def _right(document: Any, steps: Steps, value: Any, message: Message) -> float:
    """A value that was expected is right as it is, unless something is to go, or the message speaks of the place; and
    what the task asks for does not go away."""
    if value is REMOVED and re.search(rf"`{re.escape(str(present(document, steps)))}`", message.task):
        return 1.6
    if said := clause(steps, message):
        has, now = re.match(r" is ([\w-]+)(?=,|$)", said), present(document, steps)
        return 2.0 * (has is not None and isinstance(now, str | int) and has[1] != f"{now}")  # said of another object
    said = f"{present(document, steps)}" in re.split(r"[^\w-]+", message.wanted[0])
    return float(said and AWAY.search(" ".join(message.told)) is None)


# What a message names


def named(message: Message) -> list[Steps]:
    """The fields that the message names: as fields before as words, the hint's last."""
    found: list[Steps] = []
    for texts in (message.told, [message.hint]):
        for reading in (_as_fields, _as_words):
            found += [name for text in texts for name in reading(LABEL.sub("", URL.sub("", SHOWN.sub("", text))))]
    once = dict.fromkeys(found)
    return [name for name in once if len(name) > 1 or not any(name == other[-1:] != other for other in once)]


def _as_fields(text: str) -> Iterator[Steps]:
    """`metadata.name`, `spec.ports[0].port`, `targetPort`, `clusterIP: None`, and small words in backticks."""
    known = every_name() - OUTERMOST
    for at in re.finditer(rf"{DOTTED.pattern}|[a-z]+[A-Z]\w*|`\w+`|\b[a-z]\w*(?=: [A-Z\"'])", text):
        steps = tuple(step for step in path_steps(at[0].strip("`")) if isinstance(step, int) or not step[0].isupper())
        steps = tuple(takewhile(lambda step: isinstance(step, int) or step in known | OUTERMOST, steps))
        if set(steps) & known:
            yield steps
            for place in (place for place, step in enumerate(steps) if isinstance(step, int)):
                yield steps[:place]  # the list, in which a dash may be wrong


def _as_words(text: str) -> Iterator[Steps]:
    """`node ports`, `target port`, `selector`, `label`: fields in plain words."""
    said = {" ".join(re.findall(r"[A-Z]*[a-z]+|[A-Z]+", name)).lower(): name for name in every_name() - OUTERMOST}
    said |= {words.removesuffix("s"): name for words, name in said.items() if words.endswith("s")} | said
    longest = sorted(said, key=lambda words: -len(words))
    for at in re.finditer(rf"\b({'|'.join(map(re.escape, longest))})(s?)\b", text):
        yield (said.get(at[1] + at[2], said[at[1]]),)


def _places(documents: list[Any], own: int, name: Steps, message: Message) -> Iterator[tuple[int, Steps, float]]:
    """Where the field stands or could stand; in the object that the message speaks of first.

    With how far that is from what is named: a value inside a part that is named is farther.
    """
    spoken, said = " ".join(message.told), clause(name, message)
    before = message.check.actual.partition(said)[0] if said else ""

    def doubt(number: int) -> tuple[bool, int]:
        """Small for the object that is named last before the place, or named at all."""
        return identity(documents[number]) not in spoken, -before.rfind(identity(documents[number]))

    spoken_of = [number for number in range(len(documents)) if number < own or not doubt(number)[0]]
    for number in sorted(spoken_of, key=doubt):
        document = documents[number]
        found = found_at(document, name)
        keys = {step for steps in places(document) for step in steps if isinstance(step, str)}
        if isinstance(name[-1], str) and name[-1] not in keys:  # clusterIPs, where clusterIP is written
            leaf = next(step for step in reversed(name) if isinstance(step, str))
            near = difflib.get_close_matches(leaf, keys, n=1, cutoff=0.8)
            found = (found_at(document, (near[0],)) if near else []) + found
        if "Left out" in spoken:  # then it may be missing
            found.reverse()
        for steps in sorted(found, key=lambda steps: not _is_asked_for(document, steps, message)):
            type = type_at(document, steps)
            is_part = type.startswith(("@", "[]@")) and present(document, steps) is not REMOVED
            inside = [(number, one, 1.0) for one in (_leaves(document, steps) if is_part else ())]
            first = type.startswith("[]") or clause(steps, message)
            yield from [(number, steps, 0.0), *inside] if first else [*inside, (number, steps, 0.0)]


def _leaves(document: Any, steps: Steps) -> Iterator[Steps]:
    """The single values, lists of them, maps of labels and selectors in a part of an object."""
    for inside in places(value_at(document, steps), steps):
        type, around = type_at(document, inside), type_at(document, inside[:-1])
        is_single = type and not type.startswith(("@", "[]@")) and not around.startswith("map:")
        if inside != steps and (type.endswith("LabelSelector") or (is_single and not around.endswith("LabelSelector"))):
            yield inside


def _is_asked_for(document: Any, steps: Steps, message: Message) -> bool:
    """Whether a number of what was expected stands in the same element of a list."""
    lists = [place for place, step in enumerate(steps) if isinstance(step, int)]
    element = value_at(document, steps[: lists[-1] + 1]) if lists else None
    wanted = set(NUMBER.findall(WHERE.sub("", message.wanted[0])))
    return isinstance(element, dict) and any(str(one) in wanted for key, one in element.items() if key != steps[-1])


# What is written where it cannot stand


def _moved(documents: list[Any], message: Message) -> Iterator[Edit]:
    """The key that the message calls unknown, by the name that is meant, or where there is such a field."""
    for at in re.finditer(r'unknown field "([^"]+)"', message.check.actual):
        name = path_steps(at[1])
        for number, document in enumerate(documents):
            for steps in found_at(document, name)[:1]:
                value, holder = value_at(document, steps), type_at(document, steps[:-1])
                gone = edited(documents, (number, *steps), REMOVED)
                yield Edit(written(gone), 0.5)
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


def _without_an_object(documents: list[Any], message: Message) -> Iterator[Edit]:
    """One object less, where the message says that there is one too many."""
    too_many = re.search(r"^Beside | holds ", message.check.actual) is not None
    for number, document in enumerate(documents):
        name = re.escape(str((document.get("metadata") or {}).get("name")))
        said = re.search(rf"(there is|\() *{name}\b", message.check.actual) is not None
        if len(documents) > 1 and (said or AWAY.search(" ".join(message.told))):
            yield Edit(written(documents[:number] + documents[number + 1 :]), 0.2 if too_many and said else 1.6)


def _with_an_object(documents: list[Any], own: int, message: Message) -> Iterator[Edit]:
    """One object more, where the message says that one is missing: the task's, or made from what is shown."""
    spoken = " ".join(message.told)
    for shown in documents[own:]:
        if identity(shown) in spoken:
            yield Edit(written([*documents[:own], shown]), 1.0)
        for number in range(own):  # in place of one of a kind that is not asked for
            if identity(documents[number]) in message.check.actual and f"only: {shown['kind']} (" in message.check.help:
                kept = [one for place, one in enumerate(documents[:own]) if place != number]
                yield Edit(written([*kept, shown]), -0.5)
    for number, document in enumerate(documents[:own]):  # of another kind or version than is asked for
        for kind, version in re.findall(r"(\w+) \(([\w./]+)\)", message.check.help.partition(".")[0]):
            if f" holds {identity(document)}, " in message.check.actual:
                made = {**document, "apiVersion": version, "kind": kind}
                kept = [*documents[:number], made, *documents[number + 1 : own]]
                yield Edit(written(kept), -0.2 + 0.5 * _unlikely(written([made])))
    missing = re.search(r"\b[Nn]o (\w+) selects(?!.* takes it, but)", message.check.actual)
    for kind in [missing[1]] if missing and missing[1] in KINDS else []:
        alike = next((one for one in documents[:own] if one.get("kind") == kind), None)
        if alike is not None and (spec := made_spec(kind, message)):
            metadata = {**alike["metadata"], "name": f"{alike['metadata']['name']}-2"}
            yield Edit(written([*documents[:own], {**alike, "metadata": metadata, "spec": spec}]), -0.1)


def _with_a_copy(documents: list[Any], message: Message) -> Iterator[Edit]:
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
            more = {**ports[0], "port": int(said[2]), "protocol": "UDP" if "udp://" in seen else "TCP"}
            named_ports = [{"name": f"port-{one['port']}", **one} for one in ports]
            made = [*named_ports, {**more, "name": f"port-{said[2]}"}]
            yield Edit(written(edited(documents, (number, "spec", "ports"), made)), 0.3)


def _renamed(value: Any, old: str, new: str) -> Any:
    """A manifest with another name, wherever the old one stood."""
    match value:
        case dict():
            return {key: _renamed(one, old, new) for key, one in value.items()}
        case list():
            return [_renamed(one, old, new) for one in value]
    return new if value == old else value


# What is no YAML


def _edits_of_lines(text: str, message: Message) -> Iterator[Edit]:
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
    for width in _widths(lines, line):
        yield [" " * width + line.lstrip()]
    yield []


def _widths(near: Iterable[str], line: str) -> list[int]:
    """Where the lines begin, and what is behind their dash; the nearest to the present place first."""
    found = {len(one) - len(one.lstrip(" -")) for one in near} | {len(one) - len(one.lstrip()) for one in near}
    now = len(line) - len(line.lstrip())
    return sorted(found, key=lambda width: abs(width - now))
