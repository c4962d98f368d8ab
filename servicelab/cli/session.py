"""One `lab start` at a time for each LAB_HOME, and an orderly end however it is asked to end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from servicelab.cluster.lock import held

END_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, a polite kill, and the terminal's window being closed."""


class AlreadyRunning(Exception):
    """Another process holds the lock."""


@contextmanager
def only_one(lock_file: Path) -> Iterator[None]:
    """Hold the lock in the block; AlreadyRunning when another process has it. It goes when its holder ends."""

    def busy() -> None:
        raise AlreadyRunning

    with held(lock_file, busy):
        yield


class Ending:
    """Leaves the block `with until_told():` quietly at the first signal to end. What closes the block is not
    interrupted again."""

    def __init__(self) -> None:
        self._told = False
        self._later = 0

    @contextmanager
    def until_told(self) -> Iterator[None]:
        """The block that a signal ends."""
        numbers = [getattr(signal, name) for name in END_SIGNALS if hasattr(signal, name)]
        before = {number: signal.signal(number, self._tell) for number in numbers}
        try:
            with suppress(KeyboardInterrupt):
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def not_now(self) -> Iterator[None]:
        """A step inside, short and not to be torn apart: a signal that comes meanwhile counts at its end."""
        self._later += 1
        try:
            yield
        finally:
            self._later -= 1
        if self._told and not self._later:
            raise KeyboardInterrupt

    def _tell(self, number: int, frame: FrameType | None) -> None:
        if self._told:
            return
        self._told = True
        if not self._later:
            raise KeyboardInterrupt
