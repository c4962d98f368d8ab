"""Time, as the embedded cluster sees it: real in the server, without needless waits or by hand in tests and grading."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds since 1970."""

    def now(self) -> float:
        """The time now, in seconds since 1970."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """The time now, in seconds since 1970."""
        return time.time()


class SkippingClock(SystemClock):
    """The machine's clock, ahead of it by the time that was skipped because somebody waited for nothing else."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """The time now, in seconds since 1970."""
        return super().now() + self._ahead

    def skip_to(self, moment: float) -> None:
        """Be at that moment, unless it is over."""
        self._ahead += max(0.0, moment - self.now())


class ManualClock:
    """A clock that only moves when told to, so that a test or a grading run takes no real time."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """The time now, in seconds since 1970."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass; never negative."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds


def timestamp(seconds: float) -> str:
    """A time as Kubernetes writes `metadata.creationTimestamp`: UTC, whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> float:
    """The opposite of `timestamp`. Raises ValueError when the text is no such time."""
    return datetime.fromisoformat(text).timestamp()
