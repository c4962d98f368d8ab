"""The words all renderers share."""

from servicelab.checks.result import CheckOutcome, CheckResult, ExerciseResult

MOST_ATTEMPTS = 8
"""Of the earlier ones, how many are listed."""
OUTCOME_WORDS = {
    CheckOutcome.PASSED: "passed",
    CheckOutcome.FAILED: "failed",
    CheckOutcome.SKIPPED: "not tried",
    CheckOutcome.VOID: "void",
    CheckOutcome.ERROR: "not judged",
}
MARKS = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.SKIPPED: "–",
    CheckOutcome.VOID: "○",
    CheckOutcome.ERROR: "!",
}


def details(check: CheckResult) -> list[tuple[str, str]]:
    """What there is to say about a check, each with its label."""
    why = "Actual" if check.outcome is CheckOutcome.FAILED else "Why"
    labelled = (("Expected", check.expected), (why, check.actual), ("Help", check.help), ("Look", check.look))
    return [(label, text) for label, text in (*labelled, ("Before", check.before)) if text]


def attempts(result: ExerciseResult) -> str:
    """Which attempt this was, and the points of those before it; "" for the first one."""
    if not result.earlier:
        return ""
    shown = [number(score) for score in result.earlier[-MOST_ATTEMPTS:]]
    left_out = "… " if len(result.earlier) > MOST_ATTEMPTS else ""
    return f"Attempt {len(result.earlier) + 1}; points before: {left_out}{', '.join(shown)}."


def number(value: float) -> str:
    """`2`, `0.5`: no needless zeros."""
    return f"{value:g}"


def summary(result: ExerciseResult) -> str:
    """One line: points, and whether somebody must look."""
    points = f"{number(result.score)} of {number(result.maximum)} points"
    if result.unscored:
        return f"{points} so far; some checks could not be judged, which costs you nothing"
    if result.passed:
        return f"{points}: all checks passed"
    return points
