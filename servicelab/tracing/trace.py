"""One request, predicted and sent, and whether the prediction held."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from servicelab.cluster.base import Capability, Cluster, MachineError, NotSupported
from servicelab.network.path import Path
from servicelab.network.places import Place, Target
from servicelab.network.prediction import Prediction, predict, verdict_json
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Verdict
from servicelab.tracing.reading import read_state


class Result(StrEnum):
    """What is known of a prediction."""

    HELD = "held"
    DIFFERS = "differs"
    PREDICTED = "predicted"
    """Nothing can speak against it: no request was sent, or it took a way that the same model gave."""
    UNMODELLED = "unmodelled"


@dataclass(frozen=True)
class Trace:
    """A request's prediction and what became of it.

    `state` is what it was predicted from. `probed` is None when it could not be sent, `unprobed` then says why.
    `is_real`: real programs sent it over a real network. `changed`: the cluster was changing, and the prediction is
    that of the moment after.
    """

    source: Place
    target: Target
    state: ClusterState = field(repr=False)
    prediction: Prediction
    is_real: bool
    probed: Verdict | None = None
    unprobed: str = ""
    changed: bool = False

    @property
    def result(self) -> Result:
        """Whether the prediction held."""
        if self.prediction.unmodelled:
            return Result.UNMODELLED
        if self.probed is None or not self.is_real:
            return Result.PREDICTED
        return Result.DIFFERS if self.prediction.fitting(self.probed) is None else Result.HELD

    @property
    def path(self) -> Path | None:
        """The predicted way that ends as the request did; the first one where it was not sent, or none does."""
        fitting = self.prediction.fitting(self.probed) if self.probed is not None else None
        return fitting or next(iter(self.prediction.paths), None)

    def to_json(self) -> dict[str, Any]:
        """A stable form for other programs: docs/trace.md. Keys are only ever added."""
        path = self.path
        return {
            "source": str(self.source),
            "target": str(self.target),
            "result": str(self.result),
            "predicted": self.prediction.to_json(),
            "probed": verdict_json(self.probed),
            "unprobed": self.unprobed or None,
            "changed": self.changed,
            "path": path and path.to_json(),
        }


def trace(cluster: Cluster, state: ClusterState, source: Place, target: Target, *, timeout: float = 2.0) -> Trace:
    """Predict a request from `state`, send it, and compare; `timeout` in seconds.

    When it ends otherwise, the cluster is read again: it may have changed in between. Raises MachineError when nothing
    can be sent and nothing is predicted either.
    """
    is_real = Capability.REAL_TRAFFIC in cluster.capabilities
    found = Trace(source, target, state, predict(state, source, target), is_real)
    try:
        found = replace(found, probed=cluster.probe(source, target, timeout=timeout))
    except NotSupported as unable:
        return replace(found, unprobed=str(unable))
    except MachineError as unable:
        if found.prediction.unmodelled:
            raise
        return replace(found, unprobed=str(unable))
    if found.result is Result.DIFFERS:
        now = read_state(cluster)
        again = replace(found, state=now, prediction=predict(now, source, target), changed=True)
        return again if again.result is Result.HELD else found
    return found
