"""YAML text to nodes with marks, by PyYAML, within limits that keep any input cheap."""

from collections.abc import Iterator, Sequence

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

BYTES = 100_000
NODES = 10_000
DEPTH = 50
ALIASES = 100

PLAIN = "plain"
QUOTED = "quoted"


class TooMuch(yaml.MarkedYAMLError):
    """A limit was passed; `problem` says which."""


class _Loader(Reader, Scanner, Parser, Composer):
    """PyYAML up to the nodes; scalars keep whether they were quoted, since that decides what they mean."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        self._nodes = 0
        self._aliases = 0
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            self._aliases += 1
        self._nodes += 1
        self._depth += 1
        for count, most, what in (
            (self._nodes, NODES, "values"),
            (self._aliases, ALIASES, "aliases"),
            (self._depth, DEPTH, "levels of nesting"),
        ):
            if count > most:
                raise TooMuch(problem=f"more than {most} {what}", problem_mark=mark)
        try:
            return super().compose_node(parent, index)  # type: ignore[arg-type]
        finally:
            self._depth -= 1

    def resolve(self, kind: type[yaml.Node], value: object, implicit: Sequence[bool]) -> str:
        if kind is yaml.ScalarNode:
            return PLAIN if implicit[0] else QUOTED
        return "tag:yaml.org,2002:map" if kind is yaml.MappingNode else "tag:yaml.org,2002:seq"

    def descend_resolver(self, current_node: yaml.Node | None, current_index: object) -> None:
        """Nothing: tags here do not depend on the place."""

    def ascend_resolver(self) -> None:
        """Nothing, likewise."""


def documents(text: str) -> Iterator[yaml.Node]:
    """The documents of a YAML text, one after the other; empty ones are left out.

    Raises yaml.YAMLError, or ValueError for escapes that are no characters.
    """
    if len(text) > BYTES or len(text.encode("utf-8", "surrogatepass")) > BYTES:
        raise TooMuch(problem=f"more than {BYTES} bytes", problem_mark=yaml.Mark("", 0, 0, 0, "", 0))
    loader = _Loader(text)
    while loader.check_node():
        node = loader.get_node()
        if node is not None:
            yield node
