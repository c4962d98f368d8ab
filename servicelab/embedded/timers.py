"""What the server waits for by the cluster's clock: the core's timers, and requests that take their time.

With a `SkippingClock` nobody waits in vain. While a request waits for time alone, the clock goes there at once, by way
of everything that is due before. While a client looks on (a watch, a followed log), time passes `FASTER` times as fast:
the client can still act on what it sees.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from servicelab.embedded.clock import SkippingClock
from servicelab.embedded.core import Core

FASTER = 50.0


class Timers:
    """Runs what is due in the core when its clock says so, and wakes who waits for a moment of that clock."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._handle: asyncio.TimerHandle | None = None
        self._armed: tuple[float | None, float] | None = None
        self._sleeping: dict[asyncio.Future[None], tuple[float, bool]] = {}
        """Until when, and whether for that moment alone."""
        self._looking_on = 0

    def arm(self) -> None:
        """Look again when the next thing is due; call after anything that may have changed that."""
        wanted = due, pace = self._next_due(), self._pace()
        if wanted == self._armed and self._handle is not None:
            return
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._armed = wanted
        if due is not None:
            delay = max(0.0, due - self._core.clock.now()) / pace
            self._handle = asyncio.get_running_loop().call_later(delay, self._fire, due)

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds of the cluster pass."""
        await self._until(self._core.clock.now() + seconds, alone=True)

    async def first(self, waits: Iterable[asyncio.Future[Any]], until: float | None) -> None:
        """Return when one of these is done, or at a moment of the cluster's clock (None: not by time)."""
        moment = [] if until is None else [asyncio.ensure_future(self._until(until, alone=False))]
        self._looking_on += 1
        self.arm()
        try:
            await asyncio.wait([*waits, *moment], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._looking_on -= 1
            for waiting in moment:
                waiting.cancel()
            self.arm()

    async def _until(self, moment: float, alone: bool) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._sleeping[woken] = moment, alone
        self.arm()
        try:
            await woken
        finally:
            self._sleeping.pop(woken, None)
            self.arm()

    def _next_due(self) -> float | None:
        moments = [moment for moment, _ in self._sleeping.values()]
        due = self._core.next_due()
        return min(moments if due is None else [due, *moments], default=None)

    def _pace(self) -> float:
        """How many seconds of the cluster pass in one of the machine's."""
        if not isinstance(self._core.clock, SkippingClock):
            return 1.0
        if any(alone for _, alone in self._sleeping.values()):
            return float("inf")
        return FASTER if self._looking_on else 1.0

    def _fire(self, due: float) -> None:
        self._handle = None
        clock = self._core.clock
        if isinstance(clock, SkippingClock):
            clock.skip_to(due)
        try:
            self._core.run_due()
        finally:
            for woken, (moment, _) in list(self._sleeping.items()):
                if moment <= clock.now():
                    del self._sleeping[woken]
                    if not woken.done():
                        woken.set_result(None)
            self.arm()
