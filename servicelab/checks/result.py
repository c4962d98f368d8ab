"""The one record of what a grader found. Renderers turn it into text, HTML, JSON or a score; nothing else does."""

from dataclasses import dataclass
from enum import StrEnum


class CheckOutcome(StrEnum):
    """How a check ended. `passed` earns points, and so does `void`: a question without a right answer costs nothing.

    `error` is ours or the machine's and is never scored as 0.
    """

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    VOID = "void"
    ERROR = "error"


GOOD = (CheckOutcome.PASSED, CheckOutcome.VOID)


@dataclass(frozen=True)
class CheckResult:
    """One check; `expected`, `actual` and `help` speak to the learner, `cause` is a stable id (`service-missing`);
    `look` is a command that looks closer, empty when there is none; `before` says when a failed one passed."""

    id: str
    title: str
    points: float
    outcome: CheckOutcome
    expected: str = ""
    actual: str = ""
    help: str = ""
    cause: str | None = None
    seconds: float = 0.0
    look: str = ""
    before: str = ""

    @property
    def earned(self) -> float:
        """Points earned."""
        return self.points if self.outcome in GOOD else 0.0


@dataclass(frozen=True)
class ExerciseResult:
    """All checks of one submission on one cluster; `earlier` are the scores of the attempts before, the first first."""

    slug: str
    checks: tuple[CheckResult, ...]
    cluster: str
    course_version: str
    earlier: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        """Points earned, rounded so that sums of tenths are exact."""
        return round(sum(check.earned for check in self.checks), 6)

    @property
    def maximum(self) -> float:
        """Points that can be earned."""
        return round(sum(check.points for check in self.checks), 6)

    @property
    def unscored(self) -> bool:
        """Whether a check ended in an error of ours or of the machine, so that a person must look."""
        return any(check.outcome is CheckOutcome.ERROR for check in self.checks)

    @property
    def passed(self) -> bool:
        """Whether every check passed, void ones aside."""
        return all(check.outcome in GOOD for check in self.checks)
