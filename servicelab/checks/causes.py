"""The catalogue of causes: ids are stable, the English words stand in causes.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Wording:
    """The words of one cause, with places for facts in braces."""

    actual: str
    help: str


@cache
def catalogue() -> dict[str, Wording]:
    """All causes by id."""
    table = tomllib.loads(files("servicelab.checks").joinpath("causes.toml").read_text("utf-8"))
    return {cause: Wording(words["actual"], words["help"]) for cause, words in table.items()}


class Failure(Exception):
    """A check failed: what the learner's objects do is not what was asked.

    `cause` is an id of the catalogue, `facts` fill its words; `expected` is one sentence, `evidence` what else was seen
    ("" or some). KeyError for an unknown cause or a missing fact, at once, so that no learner meets half a sentence.
    """

    def __init__(self, cause: str, expected: str, evidence: str = "", /, **facts: object) -> None:
        wording = catalogue()[cause]
        self.cause = cause
        self.expected = expected
        self.actual = f"{wording.actual.format(**facts)} {evidence}".rstrip()
        self.help = wording.help.format(**facts)
        self._facts = facts
        super().__init__(f"{cause}: {self.actual}")

    def with_evidence(self, seen: str) -> "Failure":
        """The same, with what else was seen."""
        return Failure(self.cause, self.expected, seen, **self._facts)

    def look(self, namespace: str) -> str:
        """The command that looks closer at the Service or request that the words are about; "" when there is none.

        `namespace` is that of names written without one.
        """
        name, source, target = (self._facts.get(key) for key in ("name", "source", "target"))
        if name is not None and f"Service {name}" in self.actual:
            return f"lab doctor {name} -n {self._facts.get('namespace', namespace)}"
        if source is not None and target is not None and self.cause == "no-answer":
            return f"lab doctor {target} --from {source} -n {namespace}"
        return ""
