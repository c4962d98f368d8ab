"""Judging on other machines: Dask hands the submissions out, a process beside each of its workers judges them.

Workers need this package with the same course, as a wheel for example; submissions are sent to them. Whatever a
submission does to the process that judges it, the Dask worker stays.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any

from servicelab.classroom.assignment import Assignment, Judged, Task
from servicelab.classroom.workers import AHEAD, Judge
from servicelab.cluster.base import MachineError
from servicelab.course.files import course_root

SCHEME = "dask://"
CONNECT_WITHIN = 20.0
WORKERS_WITHIN = 60.0
"""Seconds without any worker after which a run gives up."""
LOOK_EVERY = 5.0
"""Seconds between two looks whether there are workers, while nothing comes back."""


class RemoteWorkers:
    """What `Workers` is, on the Dask cluster whose scheduler is at `address` (dask://HOST:PORT). Use it as a context
    manager. MachineError when it cannot be reached, has no workers, or another version of the course."""

    def __init__(self, assignment: Assignment, address: str, seconds: float) -> None:
        self._assignment = assignment
        self._address = address
        self._seconds = seconds
        self._client: Any = None
        self._alone = 0.0

    def __enter__(self) -> "RemoteWorkers":
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise MachineError("dask.distributed is not installed", "pip install 'servicelab[class]'") from None
        try:
            place = f"tcp://{self._address.removeprefix(SCHEME)}"
            self._client = Client(place, timeout=CONNECT_WITHIN)  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            raise MachineError(
                f"no Dask scheduler answers at {self._address}: {error}", "Start one: dask scheduler"
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.run(end_judges, wait=kind is None, on_error="ignore")
        self._client.close()

    def judge(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Judged]]:
        """Judge all, in any order. CourseError when the exercise is wrong."""
        expected = self._assignment.fingerprint()
        opened: dict[Any, Task] = {}
        for task in tasks:
            while len(opened) >= self._at_a_time():
                yield from self._done(opened)
            future = self._client.submit(judge_here, self._assignment, expected, task, self._seconds, pure=False)
            opened[future] = task
        while opened:
            yield from self._done(opened)

    def _at_a_time(self) -> int:
        threads: int = sum(self._client.nthreads().values())
        return max(1, threads) * (1 + AHEAD)

    def _done(self, opened: dict[Any, Task]) -> Iterator[tuple[Task, Judged]]:
        """Those that are judged, at least one; they leave `opened`."""
        from distributed import KilledWorker, wait

        while True:
            try:
                done = wait(list(opened), LOOK_EVERY, "FIRST_COMPLETED").done  # type: ignore[no-untyped-call]
                break
            except TimeoutError:
                self._must_have_workers()
        for future in done:
            task = opened.pop(future)
            try:
                judged = future.result()
            except KilledWorker as error:
                told = f"worker after worker was lost: {error}"
                raise MachineError(told, "The same command goes on from there.") from None
            yield task, judged

    def _must_have_workers(self) -> None:
        if self._client.nthreads():
            self._alone = 0.0
            return
        self._alone = self._alone or time.monotonic()
        if time.monotonic() - self._alone > WORKERS_WITHIN:
            told = f"the Dask scheduler at {self._address} has no workers"
            raise MachineError(told, "Start some: dask worker HOST:PORT. The same command goes on from there.")


_judges: dict[int, tuple[str, Judge]] = {}
"""On a Dask worker: the process of each of its threads, and what it was started for."""


def judge_here(assignment: Assignment, fingerprint: str, task: Task, seconds: float) -> Judged:
    """On a Dask worker: judge a submission, with the course that is here."""
    thread = threading.get_ident()
    here = replace(assignment, course_root=course_root())
    wanted = f"{fingerprint} {seconds}"
    known, judge = _judges.get(thread, ("", None))
    if judge is None or known != wanted:
        if judge:
            judge.end()
            judge.close()
        if here.fingerprint() != fingerprint:
            from distributed import get_worker

            told = f"the worker at {get_worker().address} has another version of the course or of Service Lab"
            raise MachineError(told, "Install the same there; then the same command goes on.")
        judge = Judge(here, seconds)
        judge.start()
        _judges[thread] = (wanted, judge)
    return judge.judge(task)


def end_judges() -> None:
    """On a Dask worker: end the processes, which wait for more."""
    while _judges:
        _judges.popitem()[1][1].end()
