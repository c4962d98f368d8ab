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
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self._answers: queue.Queue[tuple[Task, Judged] | Exception] = queue.Queue()
        self._closing = threading.Event()
        self._judges = [Judge(assignment, seconds) for _ in range(jobs)]
        self._threads = [threading.Thread(target=self._serve, args=(judge,), daemon=True) for judge in self._judges]

    def __enter__(self) -> "Workers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        for judge in self._judges:
            self._tasks.put(None)
            judge.end()
        for thread in self._threads:
            thread.join()

    def judge(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Judged]]:
        """Judge all, in any order. CourseError when the exercise is wrong, MachineError when no worker starts."""
        open_tasks = 0
        for task in tasks:
            while open_tasks >= len(self._judges) * (1 + AHEAD):
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

    def _serve(self, judge: "Judge") -> None:
        """One worker's work, and its successors'."""
        try:
            judge.start()
            while (task := self._tasks.get()) is not None and not self._closing.is_set():
                answer = judge.judge(task)
                if self._closing.is_set():
                    break
                self._answers.put((task, answer))
        except Exception as error:
            self._answers.put(error)
        finally:
            judge.close()


class Judge:
    """A process that judges, and its successors, for one thread; `end` may come from another."""

    def __init__(self, assignment: Assignment, seconds: float) -> None:
        self._assignment = assignment
        self._seconds = seconds
        self._ended = False
        self._process: _Process | None = None

    def start(self) -> None:
        """A new process, ready. MachineError with its last words when it is not."""
        process = self._process = _Process()
        if self._ended:
            return
        if process.ask(self._assignment, START_WITHIN) != READY and not self._ended:
            said = self.close()
            raise MachineError(f"a worker process did not start: {said}", "Try again.")

    def judge(self, task: Task) -> Judged:
        """What comes of a submission. CourseError when the exercise is wrong; nothing of use once it was ended."""
        for _ in range(TRIES):
            assert self._process is not None
            process = self._process
            answer = process.ask(task, self._seconds)
            if isinstance(answer, Exception):
                raise answer
            if answer is not None or self._ended:
                return answer  # type: ignore[no-any-return]
            process.close()
            self.start()
            if process.took_too_long:
                limit = f"{self._seconds:g} seconds"
                return self._assignment.not_judged(task, f"Judging took more than {limit} and was ended.")
        return self._assignment.not_judged(task, f"Judging ended its process, {TRIES} times.")

    def end(self) -> None:
        """End the process, also in the middle of a task."""
        self._ended = True
        if self._process:
            self._process.kill()

    def close(self) -> str:
        """End the process and wait for that; the last line it wrote to its standard error."""
        process, self._process = self._process, None
        return process.close() if process else ""


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
