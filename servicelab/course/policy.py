"""What help a class allows. It is in the course that the class was given, so it binds those who use that one."""

from dataclasses import dataclass, replace
from enum import StrEnum

from servicelab.checks.result import CheckResult
from servicelab.cluster.base import NotSupported


class HintPolicy(StrEnum):
    """All steps; only the first, which is a question; none, and no solution either."""

    ALL = "all"
    QUESTIONS = "questions"
    NONE = "none"


@dataclass(frozen=True)
class Policy:
    """`hints` that may be asked for, and whether the `doctor` answers."""

    hints: HintPolicy = HintPolicy.ALL
    doctor: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "hints", HintPolicy(self.hints))  # class.toml has its plain word

    def hint_step(self, step: int) -> int:
        """The step that may be shown instead of this one. NotSupported when there are no hints."""
        if self.hints is HintPolicy.NONE:
            raise NotSupported("Hints are off in this class. Ask your instructor.")
        return 1 if self.hints is HintPolicy.QUESTIONS else step

    def allow_solution(self) -> None:
        """NotSupported when the solution is not shown."""
        if self.hints is not HintPolicy.ALL:
            raise NotSupported("Solutions are not shown in this class. Ask your instructor.")

    def told(self, check: CheckResult) -> CheckResult:
        """A check's result as a learner may read it: the command that looks closer asks the doctor, who may be off."""
        return check if self.doctor else replace(check, look="")

    def doctor_level(self, level: int) -> int:
        """The level that the doctor may tell instead of this one; 1 is a question. NotSupported when it is off."""
        if not self.doctor:
            raise NotSupported(
                "The doctor is off in this class. Look for yourself: kubectl get, describe and logs work."
            )
        return level if self.hints is HintPolicy.ALL else 1
