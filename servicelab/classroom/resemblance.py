"""Whether a submission fits another student's variant throughout. It is evidence with the odds of chance beside it,
never a verdict: people work side by side, take the wrong file, or type a neighbour's id."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from math import prod
from typing import Any

from servicelab.checks import ExerciseResult, Variant
from servicelab.checks.render.words import number
from servicelab.checks.variant import WORD, Value
from servicelab.checks.words import listed
from servicelab.course import Exercise
from servicelab.course.catalogue import Varied

WORDS = re.compile(rf"[{WORD}]+")
COMMENT = re.compile(r"(?:^|\s)#.*", re.M)
FEWEST = 2
"""Values that must fit: one alone is a slip of the pen, or chance."""


@dataclass(frozen=True)
class Resemblance:
    """`values`, by name, are those of `student`'s variant that the submission has, and it has no other variant's.

    `chance` is that of a variant drawn at random to have these values. `score` is what the submission would get with
    that student's variant; None where that could not be judged.
    """

    student: str
    values: Mapping[str, Value]
    chance: float
    score: float | None = None

    def __str__(self) -> str:
        return listed(f"{name} {value}" for name, value in self.values.items())

    @property
    def odds(self) -> str:
        """The chance as people read it: `1 in 144,000`."""
        return f"1 in {round(1 / self.chance):,}"


@dataclass(frozen=True)
class Held:
    """Why a score is provisional until a person decides: a sentence, and whose values the submission has, if any."""

    why: str
    resembles: Resemblance | None = None

    def kept(self) -> dict[str, Any]:
        """As it is kept; `held_from` reads it."""
        return asdict(self)


OTHER_VERSION = Held(
    "It was made for another version of the course, and judged with this one. "
    "Where you have that one: lab grade --course-version VERSION=DIR"
)


def held_from(kept: Mapping[str, Any]) -> Held:
    """The opposite of `Held.kept`."""
    resembles = kept["resembles"]
    return Held(kept["why"], Resemblance(**resembles) if resembles else None)


def fits(found: Resemblance, result: ExerciseResult) -> Held:
    """What holds a submission of which `result` came with the variant that it fits."""
    score = None if result.unscored else result.score
    would = "could not be judged" if score is None else f"would score {number(score)} of {number(result.maximum)}"
    why = (
        f"Its manifests have {found.student}'s values throughout ({found}), and with that variant it {would}. "
        f"The chance that a variant drawn at random has these values is {found.odds}."
    )
    return Held(why, replace(found, score=score))


def values_written(exercise: Exercise, manifests: Mapping[str, str]) -> frozenset[str]:
    """What stands in an exercise's manifests of all that variants may have there, as whole words; comments aside."""
    texts = [COMMENT.sub("", manifests.get(name, "")) for name in exercise.manifests]
    words = {word for text in texts for word in WORDS.findall(text)}
    return frozenset().union(*(words & _pool(varied) for varied in exercise.varies))


def resemblance(
    exercise: Exercise, written: frozenset[str], own: Variant, others: Mapping[str, Variant]
) -> Resemblance | None:
    """The first of the others' variants that has all values which were written; None when there are too few of them,
    when they are the student's own, and when they are of several variants."""
    if len(written) < FEWEST or written <= _values(own).keys():
        return None
    for student, variant in others.items():
        theirs = _values(variant)
        if written <= theirs.keys():
            names = {theirs[word] for word in written}
            values = {varied.name: variant.values[varied.name] for varied in exercise.varies if varied.name in names}
            chance = prod(1 / len(varied.pool) for varied in exercise.varies if varied.name in names)
            return Resemblance(student, values, chance)
    return None


def _values(variant: Variant) -> dict[str, str]:
    """The names of a variant's values, by what is written for them; no two of them are alike."""
    return {str(value): name for name, value in variant.values.items()}


@cache
def _pool(varied: Varied) -> frozenset[str]:
    return frozenset(map(str, varied.pool))
