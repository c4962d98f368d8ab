"""What the results of a class say about the exercise and about what was misunderstood. Pure."""

import math
import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.course.progress_record import FirstPass

EXAMPLES = 3
BINS = 10
SPANS = (
    ("at the first attempt", 0.0),
    ("up to 5 minutes", 300.0),
    ("up to 15 minutes", 900.0),
    ("up to 1 hour", 3600.0),
    ("up to 4 hours", 4 * 3600.0),
    ("up to 1 day", 24 * 3600.0),
    ("longer", math.inf),
)
"""From the first attempt to the first pass: names, and the most seconds."""


@dataclass(frozen=True)
class CheckStatistics:
    """One check: how many ended in each outcome, the share of its points that was earned (its difficulty: 1 is easy),
    and its discrimination: the correlation of its points with those of all other checks, None where one of the two is
    the same for everybody."""

    id: str
    title: str
    points: float
    outcomes: Mapping[CheckOutcome, int]
    difficulty: float
    discrimination: float | None


@dataclass(frozen=True)
class CauseStatistics:
    """One cause: how many students met it, at which checks, and the commonest words about it with how many had them."""

    id: str
    students: int
    checks: tuple[str, ...]
    examples: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        """The id as words."""
        return self.id.replace("-", " ")


@dataclass(frozen=True)
class Bin:
    """How many students have a score from `low` up to `high`, which itself counts only in the last one."""

    low: float
    high: float
    students: int


@dataclass(frozen=True)
class PassStatistics:
    """The way to the first pass, by the records of the `students` who handed it in. `passed` of them passed at home,
    half of these within `median_seconds` after the end of their first attempt and with `median_attempts`; `spans` says
    how many took how long."""

    students: int
    passed: int
    median_seconds: float | None
    median_attempts: float | None
    spans: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ClassStatistics:
    """A class on one exercise. `unscored` submissions wait for a person and are counted nowhere else; `resembling` ones
    fit another student's values, and are counted with their provisional scores. `first_pass` is None when nobody handed
    in a record of progress."""

    students: int
    unscored: int
    maximum: float
    mean: float
    median: float
    deviation: float
    full: int
    bins: tuple[Bin, ...]
    checks: tuple[CheckStatistics, ...]
    causes: tuple[CauseStatistics, ...]
    resembling: int = 0
    first_pass: PassStatistics | None = None


def of_class(
    results: Mapping[str, ExerciseResult], titles: Mapping[str, str], anonymous: Callable[[str, str], str]
) -> ClassStatistics:
    """Count the results, by student. `titles` are the checks' by id; `anonymous` makes of a student and a text one that
    does not tell whose it is. ValueError when there is nothing to count."""
    judged = {student: result for student, result in results.items() if not result.unscored}
    if not judged:
        raise ValueError("no submission has a score")
    scores = [result.score for result in judged.values()]
    maximum = max(result.maximum for result in judged.values())
    return ClassStatistics(
        students=len(judged),
        unscored=len(results) - len(judged),
        maximum=maximum,
        mean=statistics.fmean(scores),
        median=statistics.median(scores),
        deviation=statistics.pstdev(scores),
        full=sum(score == maximum for score in scores),
        bins=_bins(scores, maximum),
        checks=_checks(list(judged.values()), titles),
        causes=_causes(judged, anonymous),
    )


def of_passes(found: Sequence[FirstPass]) -> PassStatistics | None:
    """Count the ways to the first pass, one for each record; None when there are no records."""
    if not found:
        return None
    seconds = [one.seconds for one in found if one.seconds is not None]
    attempts = [one.attempts for one in found if one.attempts is not None]
    longest = [most for _, most in SPANS]
    counts = Counter(bisect_left(longest, one) for one in seconds)
    return PassStatistics(
        students=len(found),
        passed=len(seconds),
        median_seconds=statistics.median(seconds) if seconds else None,
        median_attempts=statistics.median(attempts) if attempts else None,
        spans=tuple((name, counts[place]) for place, (name, _) in enumerate(SPANS)),
    )


def _bins(scores: Sequence[float], maximum: float) -> tuple[Bin, ...]:
    """A bin for each point where points are whole and few, else equal parts."""
    if maximum <= 2 * BINS and all(score == int(score) for score in (*scores, maximum)):
        counts = Counter(scores)
        return tuple(Bin(float(point), float(point), counts[point]) for point in range(int(maximum) + 1))
    edges = [maximum * place / BINS for place in range(BINS + 1)]
    places = Counter(min(int(score / maximum * BINS), BINS - 1) for score in scores)
    return tuple(Bin(edges[place], edges[place + 1], places[place]) for place in range(BINS))


def _checks(results: Sequence[ExerciseResult], titles: Mapping[str, str]) -> tuple[CheckStatistics, ...]:
    by_id: dict[str, list[tuple[CheckResult, ExerciseResult]]] = {}
    for result in results:
        for check in result.checks:
            by_id.setdefault(check.id, []).append((check, result))
    made = []
    for identity, pairs in by_id.items():
        points = max(check.points for check, _ in pairs)
        earned = [check.earned for check, _ in pairs]
        rest = [result.score - check.earned for check, result in pairs]
        outcomes = Counter(check.outcome for check, _ in pairs)
        difficulty = statistics.fmean(earned) / points if points else 0.0
        title = titles.get(identity, pairs[0][0].title)
        made.append(CheckStatistics(identity, title, points, outcomes, difficulty, correlation(earned, rest)))
    return tuple(made)


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's; None where one of the two does not vary, or there are fewer than two."""
    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    return statistics.correlation(one, other)


def _causes(results: Mapping[str, ExerciseResult], anonymous: Callable[[str, str], str]) -> tuple[CauseStatistics, ...]:
    """The commonest first. A student counts once for each cause, with the words of the first check that failed so."""
    students: Counter[str] = Counter()
    checks: dict[str, dict[str, None]] = {}
    words: dict[str, Counter[str]] = {}
    for student, result in results.items():
        for check in _first_of_each_cause(result.checks):
            assert check.cause is not None
            students[check.cause] += 1
            words.setdefault(check.cause, Counter())[anonymous(student, check.actual)] += 1
        for check in result.checks:
            if check.outcome is CheckOutcome.FAILED and check.cause:
                checks.setdefault(check.cause, {})[check.id] = None
    return tuple(
        CauseStatistics(cause, count, tuple(checks[cause]), tuple(words[cause].most_common(EXAMPLES)))
        for cause, count in sorted(students.items(), key=lambda one: (-one[1], one[0]))
    )


def _first_of_each_cause(checks: Iterable[CheckResult]) -> Iterable[CheckResult]:
    seen: set[str] = set()
    for check in checks:
        if check.outcome is CheckOutcome.FAILED and check.cause and check.cause not in seen:
            seen.add(check.cause)
            yield check
