"""Counting a class: by hand, and against the standard library."""

import statistics

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.classroom.statistics import Bin, correlation, of_class, of_passes
from servicelab.course.progress_record import FirstPass

PASSED, FAILED, SKIPPED, ERROR = (CheckOutcome(one) for one in ("passed", "failed", "skipped", "error"))


def result(*outcomes, points=(2, 3, 5), causes=()):
    causes = dict(causes)
    checks = [
        CheckResult(
            f"c{place}",
            f"Check {place}",
            points[place],
            outcome,
            actual=f"{place} {causes.get(place)}",
            cause=causes.get(place),
        )
        for place, outcome in enumerate(outcomes)
    ]
    return ExerciseResult("x", tuple(checks), "embedded", "0.1")


CLASS = {
    "ada": result(PASSED, PASSED, PASSED),
    "bob": result(PASSED, PASSED, FAILED, causes={2: "wrong-port"}),
    "cleo": result(PASSED, FAILED, FAILED, causes={1: "wrong-port", 2: "wrong-port"}),
    "dan": result(PASSED, FAILED, SKIPPED, causes={1: "no-selector"}),
    "eve": result(ERROR, ERROR, ERROR),
}


def told(results=CLASS, **titles):
    return of_class(results, titles, lambda student, text: text)


def test_scores():
    found = told()
    assert (found.students, found.unscored, found.maximum, found.full) == (4, 1, 10, 1)
    assert (found.mean, found.median) == (4.75, 3.5)
    assert found.deviation == pytest.approx(statistics.pstdev([10, 5, 2, 2]))


def test_a_bin_for_each_point():
    found = {one.low: one.students for one in told().bins if one.students}
    assert found == {2: 2, 5: 1, 10: 1} and len(told().bins) == 11


def test_ten_bins_where_points_are_parts():
    halves = {str(n): result(PASSED, FAILED, points=(n * 0.37, 10 - n * 0.37)) for n in range(1, 28)}
    found = told(halves).bins
    assert len(found) == 10 and sum(one.students for one in found) == 27
    assert found[0] == Bin(0, 1, 2)
    last = told({"all": result(PASSED, points=(30,))}).bins[-1]
    assert (last.high, last.students) == (30, 1)


def test_checks():
    first, second, third = told(c1="Another title").checks
    assert (first.difficulty, first.discrimination) == (1, None)
    assert second.title == "Another title"
    assert (second.difficulty, third.difficulty) == (0.5, 0.25)
    # by hand: points of the second check, and of the others, of ada, bob, cleo and dan
    assert second.discrimination == pytest.approx(statistics.correlation([3, 3, 0, 0], [7, 2, 2, 2]))
    assert third.outcomes == {PASSED: 1, FAILED: 2, SKIPPED: 1}


def test_causes_once_for_each_student():
    common, rare = told().causes
    assert (common.id, common.name, common.students, common.checks) == ("wrong-port", "wrong port", 2, ("c2", "c1"))
    assert dict(common.examples) == {"2 wrong-port": 1, "1 wrong-port": 1}
    assert (rare.id, rare.students) == ("no-selector", 1)


def test_one_student_and_nobody():
    assert told({"ada": CLASS["ada"]}).checks[0].discrimination is None
    with pytest.raises(ValueError, match="no submission has a score"):
        told({"eve": CLASS["eve"]})


def test_correlation_does_not_depend_on_scale():
    assert correlation([1, 2, 3], [10, 20, 30]) == pytest.approx(1)
    assert correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert correlation([1, 1], [1, 2]) is None


def test_the_way_to_the_first_pass():
    assert of_passes([]) is None
    ways = [FirstPass(1, 0.0), FirstPass(2, 300.0), FirstPass(4, 301.0), FirstPass(9, 10**6), FirstPass()]
    found = of_passes(ways)
    assert (found.students, found.passed, found.median_seconds, found.median_attempts) == (5, 4, 300.5, 3)
    counts = {name: count for name, count in found.spans if count}
    assert counts == {"at the first attempt": 1, "up to 5 minutes": 1, "up to 15 minutes": 1, "longer": 1}
    none = of_passes([FirstPass()])
    assert (none.students, none.passed, none.median_seconds) == (1, 0, None)
