"""A bot that repairs a manifest by what a learner reads: it edits a field that the message names, with values shown.

It knows no exercise and no solution. It reads the failed check (title, expected, actual, help), the hint's three steps
for it, which a learner may ask for, and the task, with the manifest that the task shows, if it shows one. It has the
manifest, and the names, types and choices of fields that `kubectl explain` shows. The doctor it does not ask.

Each try changes one field of one object (or one line, where the text is no YAML) and checks again. A field that is
named and missing is written, a part of an object as a whole: from the labels and ports that the message shows, as the
task shows it, or as the hint's example does. So is a whole object that is named and missing: the task's own, one like
another of the manifest by the name asked for, a Service by the name and port that callers use, or a policy for Pods
that nothing selects. A kind goes with its version.
A try is kept when it led on: to more points, to another thing that is wrong, away from what the message spoke of, or,
where it wrote what the message says, to a refusal that names another field.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

import yaml

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.manifests import read
from servicelab.manifests.paths import path_steps
from tests.graders.manifest_fields import (
    REMOVED,
    Steps,
    edited,
    every_name,
    found_at,
    places,
    type_at,
    value_at,
    written,
)
from tests.graders.message import (
    AWAY,
    LABEL,
    NUMBER,
    URL,
    WHERE,
    Message,
    clause,
    identity,
    present,
    rendered,
    same,
    task_documents,
)
from tests.graders.message_evidence import PAD, values
from tests.graders.repair_edits import Edit, edits_of_lines, moved, with_a_copy, with_an_object, without_an_object

TRIES = 3
OUTERMOST = {"metadata", "spec", "status"}
"""Where everything stands, so they say nothing by themselves."""
REFUSED = "The API server refused"
SHOWN = re.compile(r"\(labels [^)]*\)|for fields other than .* are forbidden")
"""What is said of a Pod in passing, or of all other fields; it names none."""
DOTTED = re.compile(r"(?<![\w./-])[A-Za-z]\w*(?:\[\d+\])?(?:\.[A-Za-z]\w*(?:\[\d+\])?)+")


Judge = Callable[[str], ExerciseResult]
Read = Callable[[CheckResult], Message]


def repaired_after(text: str, judge: Judge, message: Read) -> int | None:
    """How many tries it takes until every check passes; None when three do not do it."""
    result = judge(text)
    tried, settled = {text}, set[str]()
    if not read(text).problems:
        tried.add(written([one for one in yaml.safe_load_all(text) if one is not None]))
    for number in range(1, TRIES + 1):
        failed = _failed(result)
        done = {one for one in settled if one.partition(" ")[2] not in f"{failed.actual} {failed.help}"}
        edit = min((edit for edit in edits(text, message(failed)) if edit.text not in tried),
                   key=lambda edit: edit.doubt + (edit.at in done), default=None)  # fmt: skip
        if edit is None:
            return None
        tried.add(edit.text)
        after = judge(edit.text)
        if after.passed:
            return number
        is_of_it = edit.part and f" {edit.part}." in _failed(after).actual
        if _further(after, result) or is_of_it or (edit.place and _leads_on(edit, after, result)):
            text, result = edit.text, after
            settled.add(edit.at)
    return None


def _failed(result: ExerciseResult) -> CheckResult:
    """The check that a learner looks at: the first one that failed."""
    return next(check for check in result.checks if check.outcome is CheckOutcome.FAILED)


def _leads_on(edit: Edit, after: ExerciseResult, before: ExerciseResult) -> bool:
    """Whether something else is said of what was written as the message says: a refusal is of another field, or names
    another one beside."""
    now, leaf = _failed(after), edit.place.rpartition(".")[2]
    if REFUSED in now.actual:
        return re.search(rf"{re.escape(edit.place)}:(?!.*`(?!{leaf}`)\w+`)", now.actual) is None
    return now.cause != _failed(before).cause


def _further(after: ExerciseResult, before: ExerciseResult) -> bool:
    """Whether a try led on: to more points, or to something else that is wrong, which is no refusal."""
    now, then = _failed(after), _failed(before)
    both_refused = REFUSED in now.actual and REFUSED in then.actual
    is_taken = REFUSED not in now.actual or "Required value" in now.actual  # what is asked for beside it can follow
    another = now.actual != then.actual if both_refused else now.cause != then.cause and is_taken
    fewer = now.cause == then.cause and _compared(now) != _compared(then) and not _compared(now) >= _compared(then)
    return after.score > before.score or (after.score == before.score and (another or fewer))


def _compared(check: CheckResult) -> set[str]:
    """The places of which the message says what stands there, or that they are missing."""
    return set(re.findall(r"spec\.[\w.\[\]]+(?= (?:is|has) )|has no port \d+", check.actual))


def edits(text: str, message: Message) -> Iterator[Edit]:
    """Everything that the message may mean."""
    if read(text).problems:
        yield from edits_of_lines(text, message)
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
                f"{number} {rendered(steps)}",
                rendered(steps) if order == 0 and _is_told(steps, value, message) else "",
            )
            for place, (number, steps, far) in enumerate(_places(documents, own, name, message))
            for order, value in enumerate(values(documents, number, steps, message))
            if value is not PAD and value != present(documents[number], steps)
            if not _is_all(_whole((number, *steps), documents, value), value, documents)
        ]
        yield from (Edit(made, 0.7 * rank + doubt, *more) for made, doubt, *more in found)
        rank += bool(found)
    yield from without_an_object(documents[:own], message)
    yield from moved(documents[:own], message)
    yield from with_an_object(documents, own, message)
    yield from with_a_copy(documents[:own], message)


def _is_told(steps: Steps, value: Any, message: Message) -> bool:
    """Whether the message speaks of this place, and this value is what it says."""
    said = clause(steps, message)
    return said != "" and (value is not REMOVED or said.startswith(" let it in"))


def _is_all(steps: Steps, value: Any, documents: list[Any]) -> bool:
    """Whether the only element of a list would go away."""
    return value is REMOVED and isinstance(steps[-1], int) and len(value_at(documents, steps[:-1])) == 1


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
    if "is another one than the given: " in message.check.actual:
        found += [*_as_fields(message.check.actual.rpartition("than the given: ")[2])]  # so nothing else counts yet
    for texts in (message.told, [message.hint]):
        for reading in (_as_fields, _as_words):
            found += [name for text in texts for name in reading(LABEL.sub("", URL.sub("", SHOWN.sub("", text))))]
    once = dict.fromkeys(found)
    return [name for name in once if len(name) > 1 or not any(name == other[-1:] != other for other in once)]


def _as_fields(text: str) -> Iterator[Steps]:
    """`metadata.name`, `spec.ports[0].port`, `targetPort`, `clusterIP: None`, and small words in backticks."""
    known = every_name() - OUTERMOST
    (first, *others) = re.findall(r"([\w.]+)\[\d+\]\.(\w+): Required value", text) or [("", "")]
    if any(one == first[0] and leaf != first[1] for one, leaf in others):
        yield path_steps(first[0])  # a dash too many makes two elements of one
    for at in re.finditer(
        rf"{DOTTED.pattern}|[a-z]+[A-Z]\w*|`\w+`|(?<=, )[a-z]\w*(?= is )|\b[a-z]\w*(?=: [A-Z\"'])", text
    ):
        steps = tuple(step for step in path_steps(at[0].strip("`")) if isinstance(step, int) or not step[0].isupper())
        steps = tuple(takewhile(lambda step: isinstance(step, int) or step in known | OUTERMOST, steps))
        if set(steps) & known:
            yield steps
            if said := re.match(" let it in([.;])", text[at.end() :]):
                yield from [steps[:-1]] * (said[1] == ".")  # not written there, so by the whole entry
                continue
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
            opens = re.search(rf"{re.escape(rendered(steps))}\.\w+ let it in\.", spoken)
            first = type.startswith("[]") or clause(steps, message) or opens
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
