"""YAML nodes to plain JSON values, noting where each stands and what is odd about it."""

from typing import Any

import yaml

from servicelab.manifests.compose import NODES, PLAIN, QUOTED, TooMuch
from servicelab.manifests.paths import Step, path_text
from servicelab.manifests.problem import Problem
from servicelab.manifests.scalars import resolve, surprise

Json = Any
"""A plain JSON value; what it is shows only when looked at."""

STANDARD = "tag:yaml.org,2002:"
LONGEST_SHOWN = 60


class Reader:
    """Reads the documents of one file; problems and surprises add up, marks are those of the last document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.surprises: list[Problem] = []
        self.marks: dict[tuple[Step, ...], tuple[int, int]] = {}
        self._values = 0
        self._open: set[int] = set()
        self._before = 0

    def start(self) -> None:
        """Begin a document."""
        self.marks = {}
        self._before = len(self.problems)

    @property
    def broken(self) -> bool:
        """Whether this document has problems so far."""
        return len(self.problems) > self._before

    def report(self, path: tuple[Step, ...], found: str, expected: str, message: str) -> None:
        """Note a problem at a path of this document, or at the nearest thing around it."""
        at = path
        while at not in self.marks and at:
            at = at[:-1]
        line, column = self.marks.get(at, (1, 1))
        self.problems.append(Problem(self.file, line, column, path_text(path), found, expected, message))

    def value(self, node: yaml.Node, path: tuple[Step, ...]) -> Json:
        """The value of a node and all below it. Aliases count each time they are used."""
        self.marks.setdefault(path, _place(node))
        self._values += 1
        if self._values > NODES:
            raise TooMuch(problem=f"more than {NODES} values", problem_mark=node.start_mark)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            self._report_node(node, path, "an alias to itself", "a value", "A value cannot contain itself.")
            return None
        if not node.tag.startswith(STANDARD) or node.tag[len(STANDARD) :] not in ("map", "seq"):
            self._report_node(node, path, node.tag, "no tag", "Tags (!…) have no place in a manifest.")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, path: tuple[Step, ...]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.tag == PLAIN and key_node.value == "<<":
                merged = {**self._merge(value_node, path), **merged}
                continue
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in own:
                first_line = self.marks[(*path, key)][0]
                message = f"{key} is already set on line {first_line}; a key may stand once in a map."
                self._report_node(key_node, (*path, key), f"{key} again", "each key once", message)
                continue
            self.marks[(*path, key)] = _place(key_node)
            own[key] = self.value(value_node, (*path, key))
        return {**merged, **own}

    def _merge(self, node: yaml.Node, path: tuple[Step, ...]) -> dict[str, Any]:
        """What `<<: *anchor` brings in."""
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for part in parts:
            value = self.value(part, (*path, "<<"))
            if not isinstance(value, dict):
                self._report_node(part, path, "no map", "a map", "<< merges maps only.")
                return {}
            merged = {**value, **merged}
        return merged

    def _key(self, node: yaml.Node, path: tuple[Step, ...]) -> str | None:
        """Keys are text in JSON; Kubernetes turns numbers and booleans into text."""
        if not isinstance(node, yaml.ScalarNode):
            self._report_node(node, path, "a list or map", "text", "A key must be text.")
            return None
        value = self._scalar(node, path)
        match value:
            case None:
                self._report_node(node, path, "nothing", "text", "A key is missing before this colon.")
                return None
            case bool():
                return str(value).lower()
        return str(value)

    def _scalar(self, node: yaml.ScalarNode, path: tuple[Step, ...]) -> Json:
        if node.tag == QUOTED or node.tag == f"{STANDARD}str":
            return self._text(node, path)
        wanted = node.tag[len(STANDARD) :] if node.tag.startswith(STANDARD) else node.tag
        if node.tag != PLAIN and wanted not in ("int", "float", "bool", "null"):
            self._report_node(node, path, node.tag, "no tag", "Tags (!…) have no place in a manifest.")
            return None
        try:
            value = resolve(node.value)
        except ValueError as error:
            self._report_node(node, path, node.value, "a finite number, or text in quotes", f"{error}.")
            return None
        if node.tag == PLAIN:
            said = surprise(node.value)
            if said:
                line, column = _place(node)
                found = node.value[:LONGEST_SHOWN]
                self.surprises.append(Problem(self.file, line, column, path_text(path), found, "quotes", said))
        return value

    def _text(self, node: yaml.ScalarNode, path: tuple[Step, ...]) -> str:
        """The text; two \\u escapes for one character, as JSON writes it, become that character."""
        try:
            return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._report_node(node, path, "half a character", "text", "An escape in this text is no character.")
            return ""

    def _report_node(self, node: yaml.Node, path: tuple[Step, ...], found: str, expected: str, message: str) -> None:
        line, column = _place(node)
        found = found[:LONGEST_SHOWN]
        self.problems.append(Problem(self.file, line, column, path_text(path), found, expected, message))


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
