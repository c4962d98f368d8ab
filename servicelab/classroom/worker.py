"""A process that judges submissions: `python -m servicelab.classroom.worker`. It ends with the process that started it.

It is spoken to by pickles: an Assignment, then Tasks, each answered by what came of it.
"""

import gc
import os
import pickle
import queue
import signal
import sys
import threading
from typing import BinaryIO

from servicelab.classroom.assignment import Assignment
from servicelab.course import CourseError

READY = "ready"
MOST_MEMORY = 2 * 1024**3
"""Bytes of address space, where the system can limit it: a submission must not take the machine's memory."""
TASKS_BETWEEN_CLEANING = 20
"""Looking for cycles of dead objects costs more than a tenth of the time when Python does it as it likes."""


def main() -> None:
    """Judge until there is nothing more to read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not come between the answers
    _limit_memory()
    tasks: queue.Queue[object] = queue.Queue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, tasks), daemon=True).start()
    assignment = tasks.get()
    assert isinstance(assignment, Assignment)
    assignment.warm_up()
    gc.freeze()
    gc.disable()
    _answer(answers, READY)
    done = 0
    while True:
        task = tasks.get()
        try:
            answer: object = assignment.judge(task)  # type: ignore[arg-type]
        except CourseError as error:
            answer = error
        _answer(answers, answer)
        del task, answer
        done += 1
        if done % TASKS_BETWEEN_CLEANING == 0:
            gc.collect()


def _receive(source: BinaryIO, tasks: "queue.Queue[object]") -> None:
    """Hand on what arrives. The end of it is the end of this process, also in the middle of a task."""
    while True:
        try:
            tasks.put(pickle.load(source))
        except (EOFError, OSError):
            os._exit(0)


def _answer(answers: BinaryIO, answer: object) -> None:
    try:
        pickle.dump(answer, answers)
        answers.flush()
    except OSError:
        os._exit(0)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or hard > MOST_MEMORY:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, hard))


if __name__ == "__main__":
    main()
