"""What may become of a request over everything that chance can choose, and whether a real one ended so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from servicelab.network.path import Path
from servicelab.network.places import Place, Target
from servicelab.network.route import possible_paths
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Prediction:
    """All ways a request may take, in order; none when the model does not know, and `unmodelled` then says why."""

    paths: tuple[Path, ...]
    unmodelled: str = ""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How the request may end."""
        return tuple(dict.fromkeys(path.verdict.outcome for path in self.paths))

    @property
    def by(self) -> tuple[str, ...]:
        """The Pods (`namespace/name`) any of which may answer."""
        return self._each(lambda verdict: verdict.by)

    @property
    def seen_sources(self) -> tuple[str, ...]:
        """The source addresses those who answer may see."""
        return self._each(lambda verdict: verdict.seen_source)

    def _each(self, told: Callable[[Verdict], str | None]) -> tuple[str, ...]:
        found = {told(path.verdict) for path in self.paths if path.verdict.answered}
        return tuple(sorted(one for one in found if one))

    def fitting(self, verdict: Verdict) -> Path | None:
        """The first way that ends as the verdict says, as far as its client could tell; None when there is none."""
        return next((path for path in self.paths if _fits(path.verdict, verdict)), None)

    def to_json(self) -> dict[str, Any]:
        """Everything that may happen, without the ways themselves."""
        return {
            "outcomes": [str(outcome) for outcome in self.outcomes],
            "by": list(self.by),
            "seen_sources": list(self.seen_sources),
            "unmodelled": self.unmodelled or None,
        }


def predict(state: ClusterState, source: Place, target: Target) -> Prediction:
    """What the model says of a request; never raises."""
    try:
        return Prediction(tuple(possible_paths(state, source, target)))
    except Unmodelled as unknown:
        return Prediction((), str(unknown))


def verdict_json(verdict: Verdict | None) -> dict[str, Any] | None:
    """How a request ended, as far as its client could tell; None when none was sent."""
    if verdict is None:
        return None
    return {
        "outcome": str(verdict.outcome),
        "by": verdict.by,
        "seen_source": verdict.seen_source,
        "status": verdict.status,
        "detail": verdict.detail,
    }


def _fits(predicted: Verdict, seen: Verdict) -> bool:
    """Whether a request may have ended as predicted: what its client could not tell is not compared."""
    return predicted.outcome is seen.outcome and all(
        told is None or told == meant
        for told, meant in (
            (seen.by, predicted.by),
            (seen.seen_source, predicted.seen_source),
            (seen.status if predicted.status is not None else None, predicted.status),
        )
    )
