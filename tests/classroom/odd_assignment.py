"""An assignment whose judging goes wrong in its worker, as the student's name says."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from servicelab.classroom.assignment import Assignment, Judged, Task
from servicelab.course import CourseError


@dataclass(frozen=True)
class OddAssignment(Assignment):
    """`folder` is where a worker notes that it was there."""

    folder: str = ""

    def warm_up(self) -> None:
        if self.slug == "none":
            sys.exit("this worker cannot start")

    def judge(self, task: Task) -> Judged:
        student = task.handed_in.student
        if student == "slow":
            while True:
                pass
        if student == "deadly" or (student == "unlucky" and not self._was_here(student)):
            os.kill(os.getpid(), signal.SIGKILL)
        if student == "wrong":
            raise CourseError("the points do not add up")
        print("a grader that prints is no answer")
        return self.not_judged(task, f"fine: {student}")

    def _was_here(self, student: str) -> bool:
        try:
            (Path(self.folder) / student).mkdir()
        except FileExistsError:
            return True
        return False
