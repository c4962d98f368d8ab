"""Worker processes side by side. One that dies is replaced and its submission tried again; one that takes too long is
ended."""

import contextlib
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from servicelab.classroom.assignment import Assignment, Judged, Task
from servicelab.classroom.worker import READY
from servicelab.cluster.base import MachineError

TRIES = 3
START_WITHIN = 120.0
"""Seconds a worker may take to be ready, on a machine with other work."""
AHEAD = 2
"""Tasks that wait for each worker, so that it need not wait for the next."""


class Workers:
    """`jobs` processes that judge submissions of an assignment, each within `seconds`. Use it as a context manager."""

    def __init__(self, assignment: Assignment, jobs: int, seconds: float) -> None:
        self._assignment = assignment
        self._jobs = jobs
        self._seconds = seconds
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self._answers: queue.Queue[tuple[Task, Judged] | Exception] = queue.Queue()
        self._closing = threading.Event()
        self._processes: dict[int, _Process] = {}
        self._threads = [threading.Thread(target=self._serve, args=(number,), daemon=True) for number in range(jobs)]

    def __enter__(self) -> "Workers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        for _ in self._threads:
            self._tasks.put(None)
        for process in list(self._processes.values()):
            process.kill()
        for thread in self._threads:
            thread.join()

    def judge(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Judged]]:
        """Judge all, in any order. CourseError when the exercise is wrong, MachineError when no worker starts."""
        open_tasks = 0
        for task in tasks:
            while open_tasks >= self._jobs * (1 + AHEAD):
                yield self._next()
                open_tasks -= 1
            self._tasks.put(task)
            open_tasks += 1
        for _ in range(open_tasks):
            yield self._next()

    def _next(self) -> tuple[Task, Judged]:
        answer = self._answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _serve(self, number: int) -> None:
        """One worker's work, and its successors'."""
        try:
            self._start(number)
            while (task := self._tasks.get()) is not None and not self._closing.is_set():
                answer = self._ask(number, task)
                if self._closing.is_set():
                    break
                if isinstance(answer, Exception):
                    raise answer
                self._answers.put((task, answer))
        except Exception as error:
            self._answers.put(error)
        finally:
            if process := self._processes.pop(number, None):
                process.close()

    def _start(self, number: int) -> None:
        """A new process, ready. MachineError with its last words when it is not."""
        process = self._processes[number] = _Process()
        if self._closing.is_set():
            return
        if process.ask(self._assignment, START_WITHIN) != READY and not self._closing.is_set():
            said = self._processes.pop(number).close()
            raise MachineError(f"a worker process did not start: {said}", "Try again.")

    def _ask(self, number: int, task: Task) -> Any:
        for _ in range(TRIES):
            process = self._processes[number]
            answer = process.ask(task, self._seconds)
            if answer is not None or self._closing.is_set():
                return answer
            process.close()
            self._start(number)
            if process.took_too_long:
                limit = f"{self._seconds:g} seconds"
                return self._assignment.not_judged(task, f"Judging took more than {limit} and was ended.")
        return self._assignment.not_judged(task, f"Judging ended its process, {TRIES} times.")


class _Process:
    """One worker process."""

    def __init__(self) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 (close() closes it)
        # -P: nothing that lies in the course directory is imported
        command = [sys.executable, "-P", "-m", "servicelab.classroom.worker"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._words)
        self._answering = threading.Lock()
        self._asked = 0
        self.took_too_long = False

    def ask(self, question: object, seconds: float) -> Any:
        """Its answer; None when it died, or was ended after `seconds`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        timer = threading.Timer(seconds, self._end_for_time, [self._asked])
        timer.daemon = True
        timer.start()
        try:
            pickle.dump(question, self._process.stdin)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        finally:
            timer.cancel()
            with self._answering:
                self._asked += 1

    def _end_for_time(self, asked: int) -> None:
        with self._answering:
            if asked == self._asked:
                self.took_too_long = True
                self.kill()

    def kill(self) -> None:
        """End it, if it has not ended."""
        self._process.kill()

    def close(self) -> str:
        """End it and wait for that; the last line it wrote to its standard error."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what it was still to be told
                if stream is not None:
                    stream.close()
        with self._words:
            self._words.seek(0)
            lines = self._words.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
