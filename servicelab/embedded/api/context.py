"""What the request handlers share."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from servicelab.embedded.clock import Clock
from servicelab.embedded.store import Store


class LoggedLine(Protocol):
    """One line of a container's log: when (seconds since 1970) and what."""

    @property
    def time(self) -> float:
        """When it was written."""

    @property
    def text(self) -> str:
        """The line, without its end."""

    @property
    def is_whole(self) -> bool:
        """Whether its end was written too."""


class Containers(Protocol):
    """What the API asks of the programs in Pods."""

    def read_log(
        self, namespace: str, pod: str, container: str = "", previous: bool = False
    ) -> Sequence[LoggedLine] | None:
        """What a container has logged, oldest first; None when it never ran."""


class Activity:
    """Tells those who wait that something was done in the cluster; they look for themselves whether it matters."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after whatever is done; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self) -> None:
        """Something was done."""
        for listener in list(self._listeners):
            listener()


@dataclass
class Api:
    """One cluster, as request handlers see it.

    `settle` lets the controllers act on what was just written; `containers` gives the programs in Pods, made when
    first needed; `activity` tells when something may have been logged; `laboratory` answers what is beside the
    Kubernetes API (`/lab/v1/…`).
    """

    store: Store
    clock: Clock
    randomness: random.Random
    settle: Callable[[], None]
    containers: Callable[[], Containers]
    activity: Activity
    server_address: str = "127.0.0.1:6443"
    laboratory: Callable[[Any], Any] | None = None
