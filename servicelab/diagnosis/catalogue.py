"""The causes: ids and order are stable, the words stand in causes.toml and can be translated."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Stage(StrEnum):
    """The hops of a request's way, in the order in which they are looked at."""

    NAME = "name"
    ADDRESS = "address"
    ENDPOINTS = "endpoints"
    READY = "ready"
    TARGET_PORT = "targetPort"
    PROGRAM = "program"
    WAY = "way"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Wording:
    """The words of one cause. `question` is without any value of the learner's; the others have facts in braces.

    `look` is a command, `looked` what was looked at, `found` what was found there, `expected` what a way that works has
    there, `next` the one thing to look at next.
    """

    stage: Stage
    question: str
    look: str
    looked: str
    found: str
    expected: str
    next: str


@cache
def catalogue() -> dict[str, Wording]:
    """All causes by id."""
    table = tomllib.loads(files("servicelab.diagnosis").joinpath("causes.toml").read_text("utf-8"))
    return {cause: Wording(Stage(words.pop("stage")), **words) for cause, words in table.items()}
