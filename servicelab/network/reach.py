"""Who reaches what: every vantage point × every address of a namespace's Services, predicted and compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from servicelab.network.entrances import Entrance, entrances
from servicelab.network.places import Place
from servicelab.network.prediction import Prediction, predict, verdict_json
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Verdict


@dataclass(frozen=True)
class Cell:
    """One request: what the model says of it, and how it ended when it was sent.

    `unprobed` says why it was not sent, where that has a reason of its own.
    """

    source: Place
    entrance: Entrance
    prediction: Prediction
    probed: Verdict | None = None
    unprobed: str = ""

    @property
    def differs(self) -> bool:
        """Whether the request ended otherwise than predicted."""
        if self.probed is None or self.prediction.unmodelled:
            return False
        return self.prediction.fitting(self.probed) is None

    def to_json(self) -> dict[str, Any]:
        """One cell for other programs."""
        return {
            "source": str(self.source),
            "service": self.entrance.service,
            "port": self.entrance.port,
            "way": str(self.entrance),
            "target": str(self.entrance.target),
            "predicted": self.prediction.to_json(),
            "probed": verdict_json(self.probed),
            "unprobed": self.unprobed or None,
            "differs": self.differs,
        }


@dataclass(frozen=True)
class Matrix:
    """The requests of all `sources` to all `entrances`; `cells` go row by row, an entrance each."""

    namespace: str
    sources: tuple[Place, ...]
    entrances: tuple[Entrance, ...]
    cells: tuple[Cell, ...]

    @property
    def rows(self) -> list[tuple[Entrance, Sequence[Cell]]]:
        """The cells of each entrance, in the order of `sources`."""
        width = len(self.sources)
        return [(one, self.cells[index * width : (index + 1) * width]) for index, one in enumerate(self.entrances)]

    @property
    def differences(self) -> list[Cell]:
        """The cells whose request ended otherwise than predicted."""
        return [cell for cell in self.cells if cell.differs]

    def with_cells(self, cells: Iterable[Cell]) -> "Matrix":
        """The same requests with what became of them."""
        return replace(self, cells=tuple(cells))

    def to_json(self) -> dict[str, Any]:
        """A stable form for other programs; keys are only ever added."""
        return {
            "namespace": self.namespace,
            "sources": [str(source) for source in self.sources],
            "cells": [cell.to_json() for cell in self.cells],
        }


def predict_all(state: ClusterState, namespace: str, sources: Iterable[Place]) -> Matrix:
    """What the model says of every Service of a namespace, asked from each of the sources."""
    asked = tuple(sources)
    services = sorted((one for one in state.services.values() if one.namespace == namespace), key=lambda one: one.name)
    ways = tuple(entrance for service in services for entrance in entrances(state, service))
    cells = tuple(Cell(source, way, predict(state, source, way.target)) for way in ways for source in asked)
    return Matrix(namespace, asked, ways, cells)
