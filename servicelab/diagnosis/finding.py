"""What a diagnosis is: the first broken hop with its evidence, or that the way is whole, or what cannot be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from servicelab.diagnosis.catalogue import Stage, Wording, catalogue
from servicelab.diagnosis.question import Question
from servicelab.diagnosis.seen import Seen


@dataclass(frozen=True)
class Finding:
    """A cause of the catalogue with the facts that fill its words. KeyError at once for an unknown cause or a missing
    fact, so that no learner meets half a sentence."""

    cause: str
    facts: Mapping[str, object]
    words: Wording = field(init=False, repr=False)

    def __post_init__(self) -> None:
        wording = catalogue()[self.cause]
        filled = {name: getattr(wording, name).format(**self.facts) for name in _FILLED}
        object.__setattr__(self, "words", Wording(wording.stage, wording.question, **filled))

    @property
    def stage(self) -> Stage:
        """The hop at which the way breaks."""
        return self.words.stage


_FILLED = ("look", "looked", "found", "expected", "next")


@dataclass(frozen=True)
class Diagnosis:
    """`finding` is the first broken hop; None when the way is whole (then `answered_by` has the Pods that may answer),
    or when nothing can be told: then `unclear` says why. `seen` is what was found out beside the objects."""

    question: Question
    finding: Finding | None = None
    answered_by: tuple[str, ...] = ()
    unclear: str = ""
    seen: Seen = field(default_factory=Seen, repr=False)

    @property
    def is_healthy(self) -> bool:
        """Whether the request is answered."""
        return self.finding is None and not self.unclear
