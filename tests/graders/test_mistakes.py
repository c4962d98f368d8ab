"""Known mistakes fail the check that must catch them, with the right cause and score; what works passes."""

import pytest

from servicelab.checks import CheckOutcome, checks_of
from servicelab.checks.causes import catalogue
from servicelab.course import read_notebook
from servicelab.course.engine import load_grader
from tests.graders.cases import COURSE, EXERCISES, correct, expected, judge, mistakes, slice_of_today, solution, told

ALL = [case for exercise in COURSE.exercises for case in (*mistakes(exercise.slug), *correct(exercise.slug))]
TODAY = slice_of_today(ALL)


def cases(of):
    """Each case on both clusters; on kind those of today, the others with --full."""
    made = []
    for exercise in COURSE.exercises:
        for case in of(exercise.slug):
            marks = [pytest.mark.kind] if case in TODAY else [pytest.mark.kind, pytest.mark.long]
            name = f"{case.slug}-{case.name}"
            made.append(pytest.param("embedded", case, id=f"embedded-{name}"))
            made.append(pytest.param("kind", case, id=f"kind-{name}", marks=marks))
    return pytest.mark.parametrize(("cluster", "case"), made, indirect=["cluster"])


@cases(mistakes)
def test_each_mistake_loses_what_it_should_and_is_named(cluster, case):
    result = judge(case.slug, case.on(solution(case.slug)[1]), cluster)
    failed = [check for check in result.checks if check.outcome is CheckOutcome.FAILED]
    cause = case.expected["cause"]
    assert [(check.id, check.cause) for check in failed] == [(id, cause) for id in case.fails], told(result)
    assert result.score == case.expected["score"]
    assert not result.unscored
    for check in failed:
        assert check.expected
        assert check.actual
        assert check.help
        for namespace in COURSE.exercise(case.slug).namespaces:
            assert f"{namespace}-" not in check.actual + check.expected + check.help


@cases(correct)
def test_every_manifest_that_works_passes(cluster, case):
    result = judge(case.slug, case.on(solution(case.slug)[1]), cluster)
    assert result.passed, told(result)
    assert result.score == result.maximum == COURSE.exercise(case.slug).points


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
