"""A result for other programs."""

from typing import Any

from servicelab.checks.result import ExerciseResult


def to_json(result: ExerciseResult) -> dict[str, Any]:
    """A stable form: plain JSON values; a check's `seconds` is how long it took."""
    return {
        "exercise": result.slug,
        "course_version": result.course_version,
        "cluster": result.cluster,
        "score": result.score,
        "maximum": result.maximum,
        "passed": result.passed,
        "unscored": result.unscored,
        "earlier": list(result.earlier),
        "checks": [
            {
                "id": check.id,
                "title": check.title,
                "outcome": str(check.outcome),
                "points": check.points,
                "earned": check.earned,
                "expected": check.expected,
                "actual": check.actual,
                "help": check.help,
                "look": check.look,
                "before": check.before,
                "cause": check.cause,
                "seconds": round(check.seconds, 3),
            }
            for check in result.checks
        ],
    }
