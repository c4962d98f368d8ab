"""Manifest text to Kubernetes objects and problems. Never raises on what a learner wrote."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from servicelab.manifests.advice import advice
from servicelab.manifests.compose import documents
from servicelab.manifests.paths import Step, path_steps
from servicelab.manifests.problem import Problem
from servicelab.manifests.values import Json, Reader


@dataclass(frozen=True)
class Manifest:
    """One Kubernetes object as written: plain JSON values, and where each of them stands in the file."""

    file: str
    object: Mapping[str, Json]
    marks: Mapping[tuple[Step, ...], tuple[int, int]] = field(repr=False)

    @property
    def kind(self) -> str:
        """Its `kind`."""
        return str(self.object["kind"])

    @property
    def api_version(self) -> str:
        """Its `apiVersion`."""
        return str(self.object["apiVersion"])

    @property
    def name(self) -> str:
        """Its `metadata.name`."""
        return str(self.object["metadata"]["name"])

    @property
    def namespace(self) -> str | None:
        """Its `metadata.namespace`, if it names one."""
        namespace: str | None = self.object["metadata"].get("namespace")
        return namespace

    def position(self, path: str) -> tuple[int, int]:
        """Line and column of a field such as `spec.ports[0].port`, or of the nearest thing around it that is there."""
        steps = path_steps(path)
        while steps not in self.marks and steps:
            steps = steps[:-1]
        return self.marks[steps]


@dataclass(frozen=True)
class Reading:
    """What one text holds. With any problem nothing of it should be applied.

    `surprises` are no faults: values that Kubernetes reads otherwise than they look.
    """

    manifests: tuple[Manifest, ...]
    problems: tuple[Problem, ...]
    surprises: tuple[Problem, ...] = ()


def read(text: str, file: str = "manifest.yaml") -> Reading:
    """Read YAML with any number of documents; `file` is the name shown in problems. A `List` gives its items."""
    reader = Reader(file)
    manifests = [manifest for value in _values(reader, text) for manifest in _objects(reader, value)]
    return Reading(tuple(manifests), tuple(reader.problems), tuple(reader.surprises))


@dataclass(frozen=True)
class MapReading:
    """A text that holds one map: its entries, the line of each, and what is wrong."""

    entries: Mapping[str, Json]
    lines: Mapping[str, int]
    problems: tuple[Problem, ...]


def read_map(text: str, file: str) -> MapReading:
    """Read one map that is no Kubernetes object; nothing written gives an empty one."""
    reader = Reader(file)
    values = list(_values(reader, text))
    if len(values) > 1 or any(not isinstance(value, dict | None) for value in values):
        reader.report((), _name_of(values[0]), "a map", "Write one line for each, such as `name: value`.")
    entries = (values[0] or {}) if values and not reader.problems else {}
    lines = {key: reader.marks[(key,)][0] for key in entries}
    return MapReading(entries, lines, tuple(reader.problems))


def _values(reader: Reader, text: str) -> Iterator[Json]:
    """The value of each document; what cannot be read is noted in the reader and ends this."""
    try:
        for node in documents(text):
            reader.start()
            yield reader.value(node, ())
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_syntax_problem(reader.file, text, error))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        reader.problems.append(_problem(reader.file, line, column, error.reason, ""))
    except (ValueError, OverflowError) as error:
        reader.problems.append(_problem(reader.file, 1, 1, str(error), ""))


def _syntax_problem(file: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    character = lines[line][column : column + 1] if line < len(lines) else ""
    if error.context and "quoted scalar" in error.context and error.context_mark:
        line, column = error.context_mark.line, error.context_mark.column
    is_about_colons = str(error.problem).startswith(("mapping values", "could not find expected ':'"))
    above = _without_colon(lines[:line]) if is_about_colons else None
    if above is not None:
        said = f"Line {above + 1} has no colon: a key and its value are joined by one."
        return Problem(file, above + 1, 1, "", str(error.problem), "`key: value`", said)
    return _problem(file, line + 1, column + 1, str(error.problem), character)


def _without_colon(lines: list[str]) -> int | None:
    """The last of these lines that holds something, where it is a word, a space and something, and no colon."""
    last = next((number for number in reversed(range(len(lines))) if lines[number].strip()), None)
    if last is None or ":" in lines[last] or not re.match(r"\s*(- +)*\w+ +[^#\s]", lines[last]):
        return None
    return last


def _problem(file: str, line: int, column: int, problem: str, character: str) -> Problem:
    expected, message = advice(problem, character)
    return Problem(file, line, column, "", problem, expected, message)


def _objects(reader: Reader, value: Json) -> list[Manifest]:
    """The objects of one document: itself, or the items of a List."""
    if value is None or reader.broken:
        return []
    places: list[tuple[tuple[Step, ...], Json]] = [((), value)]
    if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        places = [(("items", index), item) for index, item in enumerate(value["items"])]
    manifests = []
    for prefix, item in places:
        if _is_object(reader, prefix, item):
            inside = {path[len(prefix) :]: at for path, at in reader.marks.items() if path[: len(prefix)] == prefix}
            manifests.append(Manifest(reader.file, item, inside))
    return manifests


def _is_object(reader: Reader, prefix: tuple[Step, ...], item: Json) -> bool:
    """Whether this has what every Kubernetes object has; says what is missing."""
    if not isinstance(item, dict):
        reader.report(prefix, _name_of(item), "a map with apiVersion, kind and metadata", "This is no manifest.")
        return False
    good = True
    for key, example in (("apiVersion", "v1"), ("kind", "Service")):
        if not isinstance(item.get(key), str):
            good = False
            reader.report((*prefix, key), _name_of(item.get(key)), "text", f"{key} is missing (for example {example}).")
    metadata = item.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        good = False
        found = _name_of(metadata.get("name") if isinstance(metadata, dict) else None)
        reader.report((*prefix, "metadata", "name"), found, "text", "metadata.name is missing or no text.")
    elif not isinstance(metadata.get("namespace"), str | None):
        good = False
        found = _name_of(metadata["namespace"])
        reader.report((*prefix, "metadata", "namespace"), found, "text", "metadata.namespace is no text.")
    return good


def _name_of(value: Json) -> str:
    """How a learner would call this value."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case list():
            return "a list"
    return "a map"
