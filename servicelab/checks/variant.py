"""One learner's values in an exercise that is written with the reference's: names, labels, ports.

All files of an exercise hold the reference's values plainly, so they stay valid YAML that people can read. A variant
replaces them, all at once, where they stand as whole words.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

Value = str | int
T = TypeVar("T")

WORD = "A-Za-z0-9_-"
FILE = r"\.ya?ml"
"""What follows the name of a file of the course, which is the same for everybody."""


def pattern(value: Value) -> str:
    """Where a value stands as a whole word.

    `web` does in `http://web.shop/` and `app=web`, not in `webhook`, `web-1` or `web.yaml`; `80` does in `web:80/`
    and `port 80.`, not in `8080`, `1.80` or `10.80.0.1`.
    """
    # What stands before is looked at after the value is found: a search that can begin with a letter of the value is
    # sixteen times as fast as one that must look back at every place.
    text = re.escape(str(value))
    if isinstance(value, int):
        return rf"{text}(?<![{WORD}]{text})(?<![0-9]\.{text})(?![{WORD}])(?!\.[0-9])"
    return rf"{text}(?<![{WORD}]{text})(?![{WORD}])(?!{FILE})"


@dataclass(frozen=True)
class Variant:
    """`references` and `values` by the name that course.toml gives them; `seed` decides orders and choices.

    The reference variant, with which an exercise is written, replaces nothing and changes no order.
    """

    references: Mapping[str, Value] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    seed: bytes = b""

    @property
    def is_reference(self) -> bool:
        """Whether nothing is replaced."""
        return not self.seed

    def value(self, name: str) -> Value:
        """The value of that name. KeyError when the exercise does not vary it."""
        return self.values[name]

    def rendered(self, text: str) -> str:
        """A text written with the reference's values, with this variant's."""
        return text if self.is_reference else self._pattern.sub(lambda found: self._replacements[found[0]], text)

    def order(self, name: str, things: Sequence[T]) -> list[T]:
        """The things in an order of this variant's own; as given in the reference variant."""
        if self.is_reference:
            return list(things)
        keys = [hashlib.sha256(self.seed + f"/{name}/{place}".encode()).digest() for place in range(len(things))]
        return [things[place] for place in sorted(range(len(things)), key=keys.__getitem__)]

    @cached_property
    def _replacements(self) -> dict[str, str]:
        return {str(reference): str(self.values[name]) for name, reference in self.references.items()}

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        longest_first = sorted(self.references.values(), key=lambda value: -len(str(value)))
        return re.compile("|".join(pattern(value) for value in longest_first) or r"(?!)")


REFERENCE = Variant()
"""Nothing is replaced; it knows no values by name, which `course.variant.reference` does."""
