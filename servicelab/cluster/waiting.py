"""Waiting for a condition in real time."""

import time
from collections.abc import Callable

from servicelab.cluster.base import Result, WaitedTooLong

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
LONGER = 0.1
"""A pause is at most this part of what has been waited so far: so much longer than needed may a wait take."""


def wait_in_real_time(
    description: str,
    condition: Callable[[], Result],
    timeout: float,
    pause: Callable[[float], object] | None = None,
) -> Result:
    """Ask `condition` until what it returns is true, ever less often; WaitedTooLong after `timeout` seconds.

    `pause` lets seconds pass instead of a sleep; it may take less time than it says.
    """
    began, paused = time.monotonic(), 0.0
    while True:
        result = condition()
        if result:
            return result
        waited = time.monotonic() - began
        if waited >= timeout:
            raise WaitedTooLong(description, timeout)
        seconds = min(max(SHORTEST_PAUSE, waited * LONGER, paused * LONGER), LONGEST_PAUSE, timeout - waited)
        (pause or time.sleep)(seconds)
        paused += seconds
