"""A bot that repairs a manifest by what a learner reads: it edits a field that the message names, with values shown.

It knows no exercise and no solution. It reads the failed check (title, expected, actual, help), the hint's steps for
it, and the task. It has the manifest, and the names, types and choices of fields that `kubectl explain` shows.
Each try changes one field of one object (or one line, where the text is no YAML) and checks again.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

import yaml

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.manifests import read
from servicelab.manifests.paths import path_steps
from tests.graders.manifest_fields import (
    REMOVED,
    Steps,
    below,
    choices,
    coerced,
    edited,
    every_name,
    found_at,
    members,
    places,
    required,
    type_at,
    value_at,
)

TRIES = 3
GONE = object()
"""Among values: nothing that is shown looks like one."""
PAD = object()
"""Among values: what comes after it is less likely."""
NO_VALUE = "Unsupported|Invalid|Required|Forbidden|Duplicate"
"""Words of the API server behind a field's name."""
OUTERMOST = {"metadata", "spec", "status"}
"""Where everything stands, so they say nothing by themselves."""
REFUSED = "The API server refused"
URL = re.compile(r"https?://\S+")
DOTTED = re.compile(r"[A-Za-z]\w*(?:\[\d+\])?(?:\.[A-Za-z]\w*(?:\[\d+\])?)+")
NUMBER = re.compile(r"(?<![\w.[-])\d{1,5}(?![\w-])(?!\.\d)")
WHERE = re.compile(r"\blines? \d+(, \d+)*|\bcolumn \d+|\b\d+ (?:ready )?Pods?\b|\b\d+ requests\b(?: \d+)?")
LABEL = re.compile(r"[\w./-]+=[\w.-]*\w(?:(?: and |, )[\w./-]+=[\w.-]*\w)*")
TOKEN = re.compile(r"[A-Za-z0-9/][\w./:@-]*\w|[A-Za-z]\w*")
SPECIAL = re.compile(r"\w[./:]\w")
"""What no word of English has inside."""
CODE = re.compile(r"`([^`\n]+)`|[“\"]([^”\"\n]+)[”\"]")
AWAY = re.compile(
    r"Forbidden|may not|leave it out|nobody asked|and was answered\.|without one silent|keeps? (?:it|them) open"
    r"|take away|chooses? none|never did|refused it"
)
"""Words that say that something is there which should not be."""


@dataclass(frozen=True)
class Message:
    """What there is to read about one failed check."""

    check: CheckResult
    task: str
    hint: str

    @property
    def told(self) -> list[str]:
        """What was found comes first, then what to look at, then what was expected."""
        return [self.check.actual, self.check.help, f"{self.check.expected} {self.check.title}"]

    @property
    def wanted(self) -> list[str]:
        """The same, with what was expected first: from there come values."""
        return [f"{self.check.expected} {self.check.title}", self.check.actual, self.check.help]


@dataclass(frozen=True)
class Edit:
    """One change: what a learner would write, and how much the message speaks for it (small is much)."""

    text: str
    doubt: float


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
        if _further(after, result):
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
    return after.score > before.score or (after.score == before.score and another)


def edits(text: str, message: Message) -> Iterator[Edit]:
    """Everything that the message may mean."""
    if read(text).problems:
        yield from _edits_of_lines(text, message)
        return
    documents = [one for one in yaml.safe_load_all(text) if one is not None]
    rank = 0
    for name in named(message):
        found = [
            (
                edited(documents, number, steps, value),
                0.6 * place + 0.8 * order + far + _right(documents[number], steps, message),
            )
            for place, (number, steps, far) in enumerate(_places(documents, name, message))
            for order, value in enumerate(_values(documents, number, steps, message))
            if value is not PAD
        ]
        yield from (Edit(_written(made), 0.7 * rank + doubt) for made, doubt in found if made != documents)
        rank += bool(found)
    yield from _without_an_object(documents, message)
    yield from _moved(documents, message)


def _right(document: Any, steps: Steps, message: Message) -> float:
    """A value that was expected is right as it is, unless something is to go."""
    said = f"{_present(document, steps)}" in re.split(r"[^\w-]+", message.wanted[0])
    return float(said and AWAY.search(" ".join(message.told)) is None)


def _written(documents: list[Any]) -> str:
    return yaml.safe_dump_all(documents, sort_keys=False)


# What a message names


def named(message: Message) -> list[Steps]:
    """The fields that the message names: as fields before as words, the hint's last."""
    found: list[Steps] = []
    for texts in (message.told, [message.hint]):
        for reading in (_as_fields, _as_words):
            found += [name for text in texts for name in reading(URL.sub("", text))]
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


def _places(documents: list[Any], name: Steps, message: Message) -> Iterator[tuple[int, Steps, float]]:
    """Where the field stands or could stand; in the object that the message speaks of first.

    With how far that is from what is named: a value inside a part that is named is farther.
    """
    spoken = " ".join(message.told)

    def speaks_of(number: int) -> bool:
        document = documents[number]
        return f"{document.get('kind')} {(document.get('metadata') or {}).get('name')}" in spoken

    for number in sorted(range(len(documents)), key=lambda number: not speaks_of(number)):
        document = documents[number]
        found = found_at(document, name)
        written = {step for steps in places(document) for step in steps if isinstance(step, str)}
        if name[-1] not in written:  # clusterIPs, where clusterIP is written
            leaf = next(step for step in reversed(name) if isinstance(step, str))
            near = difflib.get_close_matches(leaf, written, n=1, cutoff=0.8)
            found = (found_at(document, (near[0],)) if near else []) + found
        if "Left out" in spoken:  # then it may be missing
            found.reverse()
        for steps in sorted(found, key=lambda steps: not _is_asked_for(document, steps, message)):
            type = type_at(document, steps)
            is_part = type.startswith(("@", "[]@")) and _present(document, steps) is not REMOVED
            inside = [(number, one, 1.0) for one in (_leaves(document, steps) if is_part else ())]
            yield from [(number, steps, 0.0), *inside] if type.startswith("[]") else [*inside, (number, steps, 0.0)]


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


# What a message shows


def _values(documents: list[Any], number: int, steps: Steps, message: Message) -> list[Any]:
    """What may stand there by the evidence, the likeliest first; REMOVED where taking it away is an answer too."""
    document = documents[number]
    *around, leaf = steps
    holder, type = type_at(document, tuple(around)), type_at(document, steps)
    current = _present(document, steps)
    if type == "":  # a key that the schema does not know can go; `_moved` finds it another name or place
        return [REMOVED] if current is not REMOVED else []
    mended = REMOVED if current is REMOVED else coerced(current, type, str(leaf))
    found = [mended, *_written_beside(str(leaf), type, [*message.wanted, message.task])]
    if allowed := choices(holder, str(leaf)):
        found = _of(allowed, current, message)
    elif type == "bool":
        found += [current is False] if isinstance(current, bool) else [False, True]
    elif type in ("int32", "int-or-string"):
        found += _numbers_or_names(document, steps, current, message, documents)
    elif type == "string":
        found += _strings(current, document, steps, message)
    elif leaf == "annotations":
        found.append(GONE)
    elif type == "map:string":
        found += _maps(current, message, documents)
    elif type.endswith("LabelSelector"):
        maps = _maps(current.get("matchLabels") if isinstance(current, dict) else REMOVED, message, documents)
        found += [{"matchLabels": one} for one in maps] + ([] if leaf == "selector" else [{}])
    if type in ("string", "[]string"):
        found += _written_beside(str(leaf), type, [message.hint])  # another's values, but for what is the same for all
    goes = AWAY.search(" ".join(message.told)) is not None
    if isinstance(current, list):
        found += _lists(current, message, goes)
    goes = (goes or GONE in found) and not type.endswith("LabelSelector")
    found = [one for one in found if one is not GONE and one is not REMOVED]
    found = [one for place, one in enumerate(found) if one is PAD or (one != current and one not in found[:place])]
    if current is not REMOVED and leaf not in required(holder) and len(steps) > 1:
        goes |= not found and type in ("string", "[]string")
        found += [PAD] * (2 - len(found))
        whole = isinstance(current, list) and type.startswith("[]@")
        found.insert(len(found) if whole else 0 if goes else 2, REMOVED)
    return found


def _present(document: Any, steps: Steps) -> Any:
    """What stands at a place now; REMOVED when nothing does."""
    try:
        return value_at(document, steps)
    except (KeyError, IndexError):
        return REMOVED


def _beside(document: Any, steps: Steps) -> list[Any]:
    """The values of the other fields around a place, and of the same field where it must differ."""
    *around, leaf = steps
    holder = value_at(document, tuple(around))
    found = [value for key, value in holder.items() if key != leaf] if isinstance(holder, dict) else []
    if leaf in ("name", "nodePort") and around and isinstance(around[-1], int):
        elements = value_at(document, tuple(around[:-1]))
        found += [one[leaf] for one in elements if isinstance(one, dict) and leaf in one]
    return found


def _written_beside(leaf: str, type: str, texts: list[str]) -> Iterator[Any]:
    """`clusterIP: None` shows a value with its field."""
    pattern = re.compile(rf"\b{leaf}: `?(?!{NO_VALUE})([\w./-]+|\[[^\]\n]*\])")
    for shown in (shown for text in texts for shown in pattern.findall(text)):
        try:
            value = yaml.safe_load(shown)
        except yaml.YAMLError:
            continue
        yield value if type == "[]string" and isinstance(value, list) else coerced(shown, type, leaf)


def _of(allowed: list[str], current: Any, message: Message) -> list[str]:
    """The choices of a field: as it is written but for its capitals, then by whether the message says it."""
    texts = [*message.wanted, message.task, message.hint]

    def doubt(one: str) -> tuple[bool, int]:
        said = [place for place, text in enumerate(texts) if one.lower() in text.lower().replace(" ", "")]
        there = current is REMOVED and one in message.check.actual  # it says what is, without the field
        return one.lower() != str(current).lower(), len(texts) if there else min(said, default=len(texts))

    return sorted(allowed, key=doubt)


def _numbers_or_names(document: Any, steps: Steps, current: Any, message: Message, documents: list[Any]) -> list[Any]:
    """Numbers; names too, where one stands now."""
    shown = _numbers(message, documents, current, steps[-1])
    if steps[-1] != "port":  # callers' URLs have that one; another field of the entry hardly has the same number
        beside = _beside(document, steps)
        shown = [one for one in shown if one not in beside] + [one for one in shown if one in beside]
    takes_names = isinstance(current, str) or (current is REMOVED and type_at(document, steps) == "int-or-string")
    names = _strings(current, document, steps, message) if takes_names else []
    none_told = current is not REMOVED and not shown[:1] and not names
    return [GONE] * none_told + [one for one in names if one is not GONE][:2] + shown


def _numbers(message: Message, documents: list[Any], current: Any, name: Any) -> list[int]:
    """Numbers of the message, then of the task and the manifest: as long as the present one before others."""
    told, rest = [
        [int(one) for text in texts for one in NUMBER.findall(WHERE.sub("", text).replace("--http-port=", ""))]
        for texts in (message.wanted, (message.task, _written(documents)))
    ]
    if current is not REMOVED and name != "port":
        told.sort(key=lambda one: len(str(one)) != len(str(current)))
    rest.sort(key=lambda one: len(str(one)) != len(str(current)))
    return [one for one in dict.fromkeys(told + rest) if _allowed(one, message)]


def _allowed(number: int, message: Message) -> bool:
    """Within the range that the message names, if it names one."""
    range = re.search(r"(\d+)-(\d+)|between (\d+) and (\d+)", message.check.actual)
    low, high = [int(one) for one in range.groups() if one] if range else (1, 65535)
    return low <= number <= high


def _strings(current: Any, document: Any, steps: Steps, message: Message) -> list[Any]:
    """Names and words of the message; what the task shows as code counts more than English. Where nothing of it is
    like what is meant, taking the field away comes first."""
    leaf, beside = steps[-1], _beside(document, steps)
    code = [next(filter(None, pair)) for pair in _code(message.task)]
    code_words = [word for one in code for word in (one, *TOKEN.findall(re.sub(r"https?://|[:/]", " ", one)))]
    told = [_tokens(text) for text in message.wanted]
    before = (leaf, str(document.get("kind"))) if steps == ("metadata", "name") else (leaf,)
    after = {second for words in told for first, second in pairwise(words) if first in before}
    quoted = {one for text in message.wanted for pair in _code(text) for one in pair if one != current}
    quoted |= {one for text in message.wanted for one in re.findall(r"\((\w+)\)", text)}
    shown = [one for words in told for one in words if one in {*code_words, *quoted} or SPECIAL.search(one)]
    no_value = {*every_name(), document.get("kind"), ""}
    likely = [
        one
        for one in dict.fromkeys([*shown, *code_words])
        if one not in no_value
        and not re.search(r"//| |\.ya?ml$|^(pod|node)/", one)
        and not {*one.split(".")} <= every_name()
    ]

    present = "" if current is REMOVED else str(current)
    itself = list(document.get("metadata", {}).values()) if steps[0] != "metadata" else []

    def doubt(word: str) -> float:
        """Small for words that are shown after the field's name, in quotes, or alike; large for other fields'."""
        special = word in shown and SPECIAL.search(word) is not None
        good = (word in after) + difflib.SequenceMatcher(None, word, present).ratio() + (special + (word in quoted)) / 2
        bad = (word in beside) + ((word not in shown) + (word in itself) + (present.islower() > word.islower())) / 2
        return bad - good + likely.index(word) / 20

    ranked = sorted(likely, key=doubt)
    is_required = "Required value" in message.check.actual
    if leaf in ("name", "namespace") or (is_required and current is REMOVED) or (ranked and doubt(ranked[0]) <= -0.3):
        return ranked
    return [] if current is REMOVED else [GONE, *ranked]


def _code(text: str) -> list[tuple[str, str]]:
    """What is set as code, or in quotes."""
    return CODE.findall(re.sub(r"```\w*", "", text))


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(URL.sub("", text))


def _maps(current: Any, message: Message, documents: list[Any]) -> list[dict[str, str]]:
    """Labels that the message shows, then those of the manifest and the task; or the present ones without one."""
    shown = [at for text in message.wanted for at in LABEL.findall(text)]
    found = [dict(one.split("=", 1) for one in re.split(r" and |, ", at)) for at in shown]
    task = [{key: value} for key, value in re.findall(r"`([\w./-]+)(?:: |=)([\w.-]+)`", message.task)]
    own = [
        value_at(one, steps)
        for one in documents
        for steps in places(one)
        if type_at(one, steps) == "map:string" and steps[-1] != "annotations"
    ]
    own = [one for one in own if isinstance(one, dict) and all(isinstance(value, str) for value in one.values())]
    wanted = set(_tokens(LABEL.sub("", message.wanted[0])))
    others = sorted(own + task, key=lambda one: -len(wanted & {*one, *one.values()}))
    now = current if isinstance(current, dict) else {}
    fewer = [{key: value for key, value in now.items() if key != gone} for gone in now] if len(now) > 1 else []
    fewer.sort(key=lambda one: any(f'"{now[gone]}"' not in message.check.actual for gone in now.keys() - one.keys()))
    parts = [{key: value} for one in found for key, value in one.items()]
    merged = [{**now, **one} for one in (*parts, *task)] if now else []
    asked = [one for one in others if any({key, value} <= wanted for key, value in one.items())]
    return asked + found + fewer + others + merged


def _lists(current: list[Any], message: Message, goes: bool) -> list[list[Any]]:
    """A list with one of its elements mended or left out."""
    texts = [*message.wanted, message.task]
    found: list[list[Any]] = []
    for place, one in enumerate(current):
        before, after = current[:place], current[place + 1 :]
        if isinstance(one, str):
            if " " in one:
                found.append([*before, *re.split(r",? +", one), *after])
            mended = [re.sub(r"\d+", number, one, count=1) for text in texts
                      for number in NUMBER.findall(WHERE.sub("", text)) if re.search(r"=\d+|^\d+$", one)]  # fmt: skip
            shown = [word for text in (*texts, message.hint) for pair in _code(text) for word in pair if word]
            shown += re.findall(r"\[(.*)\]", message.hint)
            words = {word for one in shown for word in re.split(r"[\s\",:']+", one) if len(word) > 3}
            alike = sorted(word for word in words if ("/" in word) == ("/" in one))
            near = difflib.get_close_matches(one, alike, n=2, cutoff=0.4 if "/" in one else 0.6)
            numbers = re.findall(r"\d+", one)  # stay: a hint's are another learner's
            mended += [re.sub(r"\d+", numbers[0], other) if len(numbers) == 1 else other for other in near]
            found += [[*before, other, *after] for other in mended]
    for place, (one, other) in enumerate(pairwise(current)):
        if isinstance(one, dict) and isinstance(other, dict) and not one.keys() & other.keys():
            found.insert(0, [*current[:place], one | other, *current[place + 2 :]])  # a dash too many
    if len(current) > 1:
        found += [] if goes else [PAD, PAD]
        found += [current[:place] + current[place + 1 :] for place in reversed(range(len(current)))]
    return found


# What is written where it cannot stand


def _moved(documents: list[Any], message: Message) -> Iterator[Edit]:
    """The key that the message calls unknown, by the name that is meant, or where there is such a field."""
    for at in re.finditer(r'unknown field "([^"]+)"', message.check.actual):
        name = path_steps(at[1])
        for number, document in enumerate(documents):
            for steps in found_at(document, name)[:1]:
                value, holder = value_at(document, steps), type_at(document, steps[:-1])
                gone = edited(documents, number, steps, REMOVED)
                for order, (place, moved) in enumerate(_better_places(gone[number], steps, holder, value)):
                    if place[-1] not in value_at(gone[number], place[:-1]):
                        yield Edit(_written(edited(gone, number, place, moved)), -1 + 0.3 * order)


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
        if below(holder, one) == "map:string" and isinstance(value, str):
            yield (*steps[:-1], one), {leaf: value}


def _without_an_object(documents: list[Any], message: Message) -> Iterator[Edit]:
    """One object less, where the message says that there is one too many."""
    too_many = re.search(r"^Beside |holds a ", message.check.actual) is not None
    for number, document in enumerate(documents):
        name = re.escape(str((document.get("metadata") or {}).get("name")))
        said = re.search(rf"(there is|\() *{name}\b", message.check.actual) is not None
        if len(documents) > 1 and (said or AWAY.search(" ".join(message.told))):
            yield Edit(_written(documents[:number] + documents[number + 1 :]), 0.2 if too_many and said else 1.6)


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
                yield Edit(made, 2.0 * far + 0.5 * order)


def _mended_lines(lines: list[str], place: int) -> Iterator[list[str]]:
    if not 0 <= place < len(lines):
        return
    line = lines[place]
    for width in (2, 4, 6, 8):
        if "\t" in line:
            yield [line.replace("\t", " " * width)]
    yield [re.sub(r"^(\s*(?:- *)?\w+):(?=\S)", r"\1: ", line)]
    yield [re.sub(r"^(\s*)-(?=\S)", r"\1- ", line)]
    near = [lines[other] for other in (place - 1, place + 1, place - 2, place + 2) if 0 <= other < len(lines)]
    for width in _widths(near, line):
        yield [" " * width + line.lstrip()]
    yield []


def _widths(near: Iterable[str], line: str) -> list[int]:
    """Where the lines around begin, and what is behind their dash; the nearest to the present place first."""
    found = {len(one) - len(one.lstrip(" -")) for one in near} | {len(one) - len(one.lstrip()) for one in near}
    now = len(line) - len(line.lstrip())
    return sorted(found, key=lambda width: abs(width - now))
