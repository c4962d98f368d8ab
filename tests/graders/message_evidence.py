"""What a message shows: the values that may stand in a field by it, the likeliest first."""

import difflib
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import yaml

from tests.graders.manifest_fields import (
    REMOVED,
    Steps,
    choices,
    coerced,
    every_name,
    members,
    places,
    required,
    type_at,
    value_at,
    written,
)
from tests.graders.message import (
    AWAY,
    LABEL,
    NUMBER,
    TOKEN,
    WHERE,
    Message,
    clause,
    code_in,
    labels_in,
    present,
    rendered,
    same,
    task_documents,
    tokens,
)

GONE = object()
"""Among values: nothing that is shown looks like one."""
PAD = object()
"""Among values: what comes after it is less likely."""
NO_VALUE = "Unsupported|Invalid|Required|Forbidden|Duplicate"
"""Words of the API server behind a field's name."""
PACKET = re.compile(
    r"Pod \S+ \(labels (.*?), namespace (\S+)\) asks "
    r"the Pod \S+ \(labels (.*?), namespace (\S+)\) at port (\d+) by (\w+)"
)
"""A request as policies see it."""
SPECIAL = re.compile(r"\w[./:]\w")
"""What no word of English has inside."""


def values(documents: list[Any], number: int, steps: Steps, message: Message) -> list[Any]:
    """What may stand there by the evidence, the likeliest first; REMOVED where taking it away is an answer too."""
    document = documents[number]
    *around, leaf = steps
    holder, type = type_at(document, tuple(around)), type_at(document, steps)
    current = present(document, steps)
    if type == "":  # a key that the schema does not know can go; `_moved` finds it another name or place
        return [REMOVED] if current is not REMOVED else []
    if clause(steps, message).startswith(" let it in"):  # what opens a door gets no other value
        return [REMOVED] if current is not REMOVED else []
    if f" {rendered(steps)}: Forbidden" in f" {message.check.actual}".replace("[spec", " spec"):
        return [REMOVED] if current is not REMOVED else []
    mended = REMOVED if current is REMOVED else coerced(current, type, str(leaf))
    told, shown = [*said_of(steps, current, type, message)], [*_of_the_task(document, steps, message)]
    told += shown if current is REMOVED else []
    found = [*told, mended, *_written_beside(str(leaf), type, [*message.wanted, message.task])]
    words = _written_beside(str(leaf), type, [message.hint]) if type == "string" else ()
    found += [one for one in words if one[:1].isupper()]  # a word of Kubernetes, not another learner's name
    if current is REMOVED and f"{rendered(steps)}: Required value" in message.check.actual and type.startswith("[]@"):
        found += [[{needed: port for needed in required(type[2:])}] for port in asked_ports(document, message)]
    if isinstance(current, list) and _one_dash(steps, message):
        found += _joined(current)
    if allowed := choices(holder, str(leaf)):
        compared = re.split(", but |, not ", clause(steps, message), maxsplit=1)[1:]
        told = [one for one in allowed if any(one in text for text in compared)]
        found = [*told, *_of(allowed, current, message)]
    elif type == "bool":
        found += [current is False] if isinstance(current, bool) else [False, True]
    elif type in ("int32", "int-or-string"):
        found += _numbers_or_names(document, steps, current, message, documents)
    elif type == "string":
        words = TOKEN.findall("\n".join([*message.wanted, message.task, message.hint]))
        found += [one for one in words if one.lower() == f"{current}".lower() and one != current]
        found += _strings(current, document, steps, message)
    elif leaf == "annotations":
        found.append(GONE)
    elif type == "map:string":
        found += _maps(current, message, documents)
    elif type.endswith("LabelSelector"):
        maps = _maps(current.get("matchLabels") if isinstance(current, dict) else REMOVED, message, documents)
        found += [{"matchLabels": one} for one in maps] + ([] if leaf == "selector" else [{}])
    if type in ("string", "[]string") or type.startswith("@"):
        # another's values, but for what is the same for all, and what the task has instead
        found += [_as_in_the_task(one, message) for one in _written_beside(str(leaf), type, [message.hint])]
    found += [PAD, *shown] if isinstance(current, list) else shown
    goes = AWAY.search(" ".join(message.told)) is not None
    if isinstance(current, list):
        found += _lists(current, message, goes)
    said = clause(steps, message)
    goes = goes or GONE in found or (", but " in said and said.endswith(" not there "))
    goes = goes and not type.endswith("LabelSelector") and not re.match(": (Unsupported|Required)", said)
    found = [one for one in found if one is not GONE and one is not REMOVED]
    found = [one for place, one in enumerate(found) if one is PAD or (one != current and one not in found[:place])]
    if current is not REMOVED and leaf not in required(holder) and len(steps) > 1:
        goes |= not found and type in ("string", "[]string")
        found += [PAD] * (2 - len(found))
        whole = isinstance(current, list) and type.startswith("[]@")
        found.insert(len(found) if whole else len(told) if goes else 2, REMOVED)
    return found


# What is said of one place


def said_of(steps: Steps, current: Any, type: str, message: Message) -> Iterator[Any]:
    """What the place is compared with: `spec.ports[0].port is 80, but …`; where one is shown, what goes through it."""
    said = clause(steps, message)
    if not said:
        return
    seen = re.split(r", but |, not ", said, maxsplit=1)[1:]
    for text in seen:
        asked_port = re.search(r"(?:ask for|sends to)(?: [A-Z]+)? port (\d+)", text)
        if type == "[]string" and isinstance(current, list) and asked_port:
            yield [re.sub(r"\d+$", asked_port[1], one) if f" {one}" in said else one for one in current]
        elif type in ("int32", "int-or-string"):
            names = re.findall(r"\((\w+)\)", text)
            yield from (one for one in dict.fromkeys(names) if names.count(one) > 1)  # one name for several numbers
            yield from (int(one) for one in NUMBER.findall(WHERE.sub("", text)))
        elif type == "string":
            word = re.fullmatch(r"[\w.-]+", text.strip())
            word = word or re.search(rf"(?<= {steps[-1]} )[\w.-]+|(?<= has )[\w.-]+$", text.strip())
            yield from [word[0]] if word else re.findall(r"\b[A-Z]{3,4}\b", text)
        elif type == "[]string":
            yield from ([one] for one in re.findall(r"\b[A-Z][a-z]+\b", text))
            mask = "/32" if "/" in f"{current}" else ""
            yield from ([f"{one}{mask}"] for one in re.findall(r"\d+(?:\.\d+){3}", text))
        elif type.endswith("LabelSelector") or type == "map:string":
            now = current.get("matchLabels", current) if isinstance(current, dict) else {}
            for labels in labels_in(text, message, now):
                yield {"matchLabels": labels} if type.endswith("LabelSelector") else labels
    if type == "[]string" and isinstance(current, list) and not seen:
        yield from [[one for one in current if f" {one} " not in f"{said} "]] if said.startswith(" has ") else []
        return
    if type.startswith("[]@") and seen:
        own = members(type[2:])
        found = {key: re.search(rf"\b{key} ([\w.-]*\w)", seen[0]) for key in own}
        told = {key: coerced(at[1], own[key], key) for key, at in found.items() if at}
        yield from [[{key: one for key, one in told.items() if one is not REMOVED}]] if told else []
    built = _built(type, str(next(step for step in reversed(steps) if isinstance(step, str))), message)
    if built is not None and not seen:
        yield [*current, *built] if isinstance(current, list) else built


def _built(type: str, name: str, message: Message) -> Any:
    """A part made from the packet that the message shows: who asks (`from`), who is asked (`to`), at which port."""
    _, is_told, meant = message.check.actual.rpartition("Meant")
    packet = PACKET.search(meant)
    if packet is None or ("lets it through" in meant and not is_told):
        return None
    who = {"from": (1, 2), "to": (3, 4), "podSelector": (3, 4)}.get(name)
    if type.endswith("NetworkPolicyPeer") and who:
        selectors = {"podSelector": labels_in(packet[who[0]], message)}
        if packet[2] != packet[4]:
            selectors["namespaceSelector"] = labels_in(packet[who[1]], message)
        peer = {key: {"matchLabels": found[0]} for key, found in selectors.items() if found}
        return [peer] if type.startswith("[]") else peer
    if type.endswith("NetworkPolicyPort"):
        port = {"port": int(packet[5]), "protocol": packet[6]}
        return [port] if type.startswith("[]") else port
    if type.endswith("Rule"):
        own = members(type.removeprefix("[]"))
        rule = {key: _built(own[key], key, message) for key in own}
        return [rule] if type.startswith("[]") else rule
    if type.endswith("LabelSelector") and who:
        return {"matchLabels": labels_in(packet[who[0]], message)[0]}
    return None


def made_service(name: str, message: Message) -> dict[str, Any]:
    """A Service by the name that is asked for, with the ports at which callers ask for it."""
    made = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
    return {**made, "spec": {"ports": [{"port": one} for one in asked_ports(made, message)[:1]]}}


def asked_ports(document: Any, message: Message) -> list[int]:
    """The ports at which callers ask for an object, by its name."""
    name = re.escape(str(document["metadata"]["name"]))
    asked = re.findall(rf"//(?:[\w-]+\.)?{name}(?:\.[\w.-]+)?:(\d+)", f"{message.check.expected} {message.task}")
    return [int(one) for one in dict.fromkeys(asked)]


def made_spec(kind: str, message: Message) -> dict[str, Any]:
    """The spec of an object that selects the Pod which the message says nothing selects."""
    said = re.search(rf"No {kind} selects the Pod (\S+)", message.check.actual)
    labels = re.search(rf"Pod {re.escape(said[1])} \(labels (.*?), namespace", message.check.actual) if said else None
    return {"podSelector": {"matchLabels": labels_in(labels[1], message)[-1]}} if labels else {}


def _of_the_task(document: Any, steps: Steps, message: Message) -> Iterator[Any]:
    """What the task's own manifest has at this place of the same object."""
    for one in task_documents(message):
        if same(one, document) and (value := present(one, steps)) is not REMOVED:
            yield value


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
    if type.startswith("@"):
        for shown in re.findall(rf"`{leaf}: (\{{.*?\}})`", "\n".join(texts)):
            yield yaml.safe_load(shown)
        return
    pattern = re.compile(rf"\b{leaf}: `?(?!{NO_VALUE})([\w./-]+|\[[^\]\n]*\])")
    for shown in (shown for text in texts for shown in pattern.findall(text)):
        try:
            value = yaml.safe_load(shown)
        except yaml.YAMLError:
            continue
        yield value if type == "[]string" and isinstance(value, list) else coerced(shown, type, leaf)


def _as_in_the_task(value: Any, message: Message) -> Any:
    """A worked example's value with the task's own path in place of the other's."""
    match value:
        case dict():
            return {key: _as_in_the_task(one, message) for key, one in value.items()}
        case list():
            return [_as_in_the_task(one, message) for one in value]
        case str() if value.startswith("/"):
            own = [
                word
                for pair in code_in(message.task)
                for word in pair
                if word.startswith(value.rpartition("/")[0] + "/")
            ]
            return next(iter(own), value)
    return value


def _of(allowed: list[str], current: Any, message: Message) -> list[str]:
    """The choices of a field: as it is written but for its capitals, then by whether the message says it."""
    texts = [*message.wanted, message.task, message.hint]

    def doubt(one: str) -> tuple[bool, int]:
        said = [place for place, text in enumerate(texts) if one.lower() in text.lower().replace(" ", "")]
        there = current is REMOVED and one in message.check.actual  # it says what is, without the field
        return one.lower() != str(current).lower(), len(texts) + 1 if there else min(said, default=len(texts))

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
        for texts in (message.wanted, (message.task, written(documents)))
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
    code = [next(filter(None, pair)) for pair in code_in(message.task)]
    code_words = [word for one in code for word in (one, *TOKEN.findall(re.sub(r"https?://|[:/]", " ", one)))]
    told = [tokens(re.sub(r"\(e\.g\..*?\)", "", text)) for text in message.wanted]
    own_words = re.split(r"[:, ]+", f"{current}") if f'Invalid value: "{current}"' in message.check.actual else []
    told += [[one for one in own_words if one != f"{current}"]]
    before = (leaf, str(document.get("kind"))) if steps == ("metadata", "name") else (leaf,)
    after = {second for words in told for first, second in pairwise(words) if first in before}
    quoted = {one for text in message.wanted for pair in code_in(text) for one in pair if one != current}
    quoted |= {one for text in message.wanted for one in re.findall(r"\((\w+)\)", text)}
    shown = [one for words in told for one in words if one in {*code_words, *quoted} or SPECIAL.search(one)]
    no_value = {*every_name(), document.get("kind"), "", "kubectl"}
    likely = [
        one
        for one in dict.fromkeys([*shown, *code_words])
        if one not in no_value
        and (one in own_words or not re.search(r"//| |^e\.g$|\.ya?ml$|^(pod|node)/|^[0-9.]+$", one))
        and not {*one.split(".")} <= every_name()
    ]

    present = "" if current is REMOVED else str(current)
    itself = list(document.get("metadata", {}).values()) if steps[0] != "metadata" else []

    def doubt(word: str) -> float:
        """Small for words that are shown after the field's name, in quotes, or alike; large for other fields'."""
        special = word in shown and SPECIAL.search(word) is not None
        good = (word in after) + difflib.SequenceMatcher(None, word, present).ratio() + (special + (word in quoted)) / 2
        bad = (word in beside) + (word in itself) + ((word not in shown) + (present.islower() > word.islower())) / 2
        return bad - good + likely.index(word) / 20

    ranked = sorted(likely, key=doubt)
    is_required = "Required value" in message.check.actual
    if leaf in ("name", "namespace") or (is_required and current is REMOVED) or (ranked and doubt(ranked[0]) <= -0.3):
        return ranked
    return [] if current is REMOVED else [GONE, *ranked]


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
    wanted = set(tokens(LABEL.sub("", message.wanted[0])))
    others = sorted(own + task, key=lambda one: -len(wanted & {*one, *one.values()}))
    now = current if isinstance(current, dict) else {}
    fewer = [{key: value for key, value in now.items() if key != gone} for gone in now] if len(now) > 1 else []
    for before in ("", "value: "):  # the second counts more
        said = {key for key, value in now.items() if f'{before}"{value}"' in message.check.actual}
        fewer.sort(key=lambda one: not now.keys() - one.keys() <= said)
    parts = [{key: value} for one in found for key, value in one.items()]
    merged = [{**now, **one} for one in (*parts, *task)] if now else []
    asked = [one for one in others if any({key, value} <= wanted for key, value in one.items())]
    return asked + found + fewer + others + merged


def _one_dash(steps: Steps, message: Message) -> bool:
    """Whether of two elements of a list each lacks what the other may have."""
    said = re.findall(rf"{re.escape(rendered(steps))}\[\d+\]\.(\w+): Required value", message.check.actual)
    return len(said) > 1 and len({*said}) == len(said)


def _joined(current: list[Any]) -> list[list[Any]]:
    """A list where two elements are one, for there is a dash too many."""
    return [
        [*current[:place], one | other, *current[place + 2 :]]
        for place, (one, other) in enumerate(pairwise(current))
        if isinstance(one, dict) and isinstance(other, dict) and not one.keys() & other.keys()
    ]


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
            shown = [word for text in (*texts, message.hint) for pair in code_in(text) for word in pair if word]
            shown += re.findall(r"\[(.*)\]", message.hint)
            words = {word for one in shown for word in re.split(r"[\s\",:']+", one) if len(word) > 3}
            alike = sorted(word for word in words if ("/" in word) == ("/" in one))
            near = difflib.get_close_matches(one, alike, n=2, cutoff=0.4 if "/" in one else 0.6)
            near.sort(key=lambda other: other not in message.task)
            numbers = re.findall(r"\d+", one)  # stay: a hint's are another learner's
            mended += [re.sub(r"\d+", numbers[0], other) if len(numbers) == 1 else other for other in near]
            found += [[*before, other, *after] for other in mended]
    found = [*_joined(current), *found]
    if len(current) > 1:
        found += [] if goes else [PAD, PAD]
        found += [current[:place] + current[place + 1 :] for place in reversed(range(len(current)))]
    return found
