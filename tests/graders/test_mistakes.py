"""Known mistakes fail the check that must catch them, with the right cause and score; what works passes."""

import pytest

from servicelab.checks import CheckOutcome, checks_of
from servicelab.checks.causes import catalogue
from servicelab.course import read_notebook
from servicelab.course.engine import load_grader
from tests.graders.cases import (
    COURSE,
    EXERCISES,
    assert_as_said,
    correct,
    everything,
    expected,
    judge,
    mistakes,
    slice_of_today,
    solution,
)

ALL = [case for exercise in COURSE.exercises for case in everything(exercise.slug)]


def cases(of):
    """Each case on embedded, and those of today on kind; there all are tried by test_mistakes_on_kind."""
    made = [(case, "embedded", []) for exercise in COURSE.exercises for case in of(exercise.slug)]
    made += [(case, "kind", [pytest.mark.kind]) for case in slice_of_today(ALL) if case in of(case.slug)]
    made = [
        pytest.param(cluster, case, id=f"{cluster}-{case.slug}-{case.name}", marks=marks)
        for case, cluster, marks in made
    ]
    return pytest.mark.parametrize(("cluster", "case"), made, indirect=["cluster"])


@cases(mistakes)
def test_each_mistake_loses_what_it_should_and_is_named(cluster, case):
    result = judge(case.slug, case.on(solution(case.slug)[1]), cluster)
    assert_as_said(case, result)
    for check in (check for check in result.checks if check.outcome is CheckOutcome.FAILED):
        assert check.expected
        assert check.actual
        assert check.help
        for namespace in COURSE.exercise(case.slug).namespaces:
            assert f"{namespace}-" not in check.actual + check.expected + check.help


@cases(correct)
def test_every_manifest_that_works_passes(cluster, case):
    assert_as_said(case, judge(case.slug, case.on(solution(case.slug)[1]), cluster))


@EXERCISES
def test_the_solution_scores_full_marks_and_the_untouched_exercise_nothing(embedded_cluster, exercise):
    scores = {}
    for folder in ("solutions", "exercises"):
        submission = read_notebook(COURSE.root / folder / exercise.slug / f"{exercise.slug}.ipynb")
        scores[folder] = judge(exercise.slug, submission, embedded_cluster).score
    assert scores == {"solutions": exercise.points, "exercises": 0}


@EXERCISES
def test_the_list_of_mistakes_is_whole(exercise):
    slug = exercise.slug
    checks = {check.id for check in checks_of(load_grader(COURSE.root / exercise.grader))}
    assert set(expected(slug)) == {case.name for case in mistakes(slug)}
    assert {id for case in mistakes(slug) for id in case.fails} <= checks
    assert {entry["cause"] for entry in expected(slug).values()} <= set(catalogue())
