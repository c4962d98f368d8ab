"""The number nbgrader reads from a grade cell."""

import math

from servicelab.checks.result import ExerciseResult


def score(result: ExerciseResult) -> float:
    """The points as a finite built-in float within 0 and the maximum.

    nbgrader gives full marks for anything that is not a number, NaN and negative numbers, and breaks on more than
    the maximum; so this raises ValueError rather than return one of those.
    """
    points, maximum = float(result.score), float(result.maximum)
    if not math.isfinite(points) or not 0.0 <= points <= maximum:
        raise ValueError(f"{points} is no score between 0 and {maximum}")
    return points
