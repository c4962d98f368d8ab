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


@contextmanager
def until_told_to_end() -> Iterator[None]:
    """Leave the block quietly at the first signal to end; what closes the block is then not interrupted again."""

    def end(number: int, frame: FrameType | None) -> None:
        for name in END_SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {name: signal.getsignal(getattr(signal, name)) for name in END_SIGNALS if hasattr(signal, name)}
    for name in before:
        signal.signal(getattr(signal, name), end)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
