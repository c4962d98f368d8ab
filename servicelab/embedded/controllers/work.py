"""What controllers share: a queue of keys to look at, and timers."""

import heapq
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from servicelab.embedded.clock import Clock
from servicelab.embedded.store import Change, Store

Key = tuple[str, str]
"""Namespace (empty for kinds without) and name of the object a controller should look at."""


class Controller(Protocol):
    """Brings one object towards what is wished. Works from the store's present state, so a key may come twice."""

    name: str

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Which objects of this controller a write concerns."""

    def reconcile(self, key: Key) -> None:
        """Look at one object and do what is to be done now."""


@dataclass
class Work:
    """The queue: each (controller, key) at most once, first in first out. Timers put keys back later."""

    store: Store
    clock: Clock
    randomness: random.Random
    _queue: dict[tuple[str, Key], None] = field(default_factory=dict)
    _timers: list[tuple[float, str, Key]] = field(default_factory=list)
    _due: dict[tuple[str, Key], float] = field(default_factory=dict)

    def add(self, controller: str, key: Key) -> None:
        """Look at `key` soon."""
        self._queue.setdefault((controller, key))

    def postpone(self, controller: str, key: Key) -> None:
        """If `key` is queued: look at everything else that is queued now first."""
        if (controller, key) in self._queue:
            del self._queue[controller, key]
            self._queue[controller, key] = None

    def take(self) -> tuple[str, Key] | None:
        """The next to look at, or None."""
        for item in self._queue:
            del self._queue[item]
            return item
        return None

    def add_at(self, controller: str, key: Key, due: float) -> None:
        """Look at `key` when the clock reaches `due`; of several wishes for one key the earliest counts."""
        item = (controller, key)
        if item in self._due and self._due[item] <= due:
            return
        self._due[item] = due
        heapq.heappush(self._timers, (due, controller, key))

    def next_due(self) -> float | None:
        """When the earliest timer is due, in seconds since 1970."""
        while self._timers:
            due, controller, key = self._timers[0]
            if self._due.get((controller, key)) == due:
                return due
            heapq.heappop(self._timers)
        return None

    def waiting(self) -> set[str]:
        """The names of the controllers that a timer will call."""
        return {controller for controller, _ in self._due}

    def release_due(self) -> None:
        """Queue what is due by now."""
        while (due := self.next_due()) is not None and due <= self.clock.now():
            _, controller, key = heapq.heappop(self._timers)
            del self._due[(controller, key)]
            self.add(controller, key)
