"""Where in a learner's manifests stands what kubectl's words refuse: as far as they tell it, and no further."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from servicelab.manifests import Manifest
from servicelab.manifests.paths import Step, path_steps

REFUSED = re.compile(
    r'^The (?P<kind>\w+) "(?P<name>[^"]+)" is invalid|: (?P<sort>\w+) in version "[^"]+" cannot be handled'
)
"""Which object kubectl speaks of."""
FIELD = re.compile(r'(?:is invalid: |^\* |field ")([a-z][^\s:"]*)(?=: |")')
"""Where kubectl names a field: after the object's name, in a list of such, or as unknown or duplicate."""
NO_KIND = re.compile(r'no matches for kind "([^"]+)" in version "([^"]+)"')
NO_NAMESPACE = re.compile(r'namespaces "([^"]+)" not found')
FORBIDDEN = re.compile(r'"([^"]+)" is forbidden: ')
WRONG_TYPE = re.compile(r"cannot unmarshal (\w+) into Go struct field \w+\.(\S+) of type (\S+)")
"""A value of the wrong type: which it has, the fields that lead there (no places in lists), and the type wanted."""
TYPES = {bool: "bool", str: "string", int: "number", float: "number", dict: "object", list: "array"}
"""What Go calls the types of JSON."""


def refusals(words: str, manifests: Sequence[Manifest]) -> Iterator[tuple[int, str]]:
    """The lines that kubectl's words are about, each with those words; nothing where they tell none."""
    about: Sequence[Manifest] = ()
    for sentence in words.splitlines():
        if found := REFUSED.search(sentence):
            name, kind = found["name"], found["kind"] or found["sort"]
            about = [one for one in manifests if one.kind == kind and name in (None, one.name)]
        for path in FIELD.findall(sentence):
            with_it = [one for one in about if path_steps(path) in one.marks]
            for manifest in with_it or about:
                yield manifest.position(path)[0], sentence
        for manifest, steps in (*_objects(sentence, manifests), *_wrong_types(sentence, about or manifests)):
            yield manifest.marks[steps][0], sentence


def _objects(sentence: str, manifests: Sequence[Manifest]) -> Iterator[tuple[Manifest, tuple[Step, ...]]]:
    """What is refused of whole objects: kind and version of those that no server knows, a namespace that is not there,
    the name of one that may not be made."""
    for one in manifests:
        if (one.kind, one.api_version) in NO_KIND.findall(sentence):
            yield from ((one, ("apiVersion",)), (one, ("kind",)))
        if one.namespace in NO_NAMESPACE.findall(sentence):
            yield one, ("metadata", "namespace")
        if one.name in FORBIDDEN.findall(sentence):
            yield one, ("metadata", "name")


def _wrong_types(sentence: str, manifests: Sequence[Manifest]) -> Iterator[tuple[Manifest, tuple[Step, ...]]]:
    """Values of a type that their field does not take."""
    for given, path, wanted in WRONG_TYPE.findall(sentence):
        fields = [name for name in path.split(".") if not name[0].isupper()]  # those are of Go, and not of the API
        is_whole = wanted.startswith(("[]", "map["))
        for one in manifests:
            for steps in one.marks:
                named = [step for step in steps if isinstance(step, str)]
                is_there = named == fields or (named[:-1] == fields and not is_whole)
                is_in_list = bool(steps) and isinstance(steps[-1], int)
                if is_there and not (is_whole and is_in_list) and TYPES.get(type(_value(one.object, steps))) == given:
                    yield one, steps


def _value(of: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        of = of[step]
    return of
