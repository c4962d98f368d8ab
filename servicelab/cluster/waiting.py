"""Waiting for a condition in real time."""

import time
from collections.abc import Callable

from servicelab.cluster.base import Result, WaitedTooLong

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.5


def wait_in_real_time(description: str, condition: Callable[[], Result], timeout: float) -> Result:
    """Ask `condition` until what it returns is true, ever less often; WaitedTooLong after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        result = condition()
        if result:
            return result
        left = deadline - time.monotonic()
        if left <= 0:
            raise WaitedTooLong(description, timeout)
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
