"""One at a time: a lock that other processes respect and that goes with the process that holds it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from servicelab.cluster.home import make_private

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, wait: bool) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                return
            except OSError:
                if not wait:
                    raise

else:
    import fcntl

    def _take(descriptor: int, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


@contextmanager
def held(path: Path, when_busy: Callable[[], None]) -> Iterator[None]:
    """Hold the lock in the block; when another process has it, call `when_busy` once and wait for it."""
    make_private(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _take(descriptor, wait=False)
        except OSError:
            when_busy()
            _take(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)
