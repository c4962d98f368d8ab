"""Known mistakes fail the check that must catch them, with the right cause and score; what works passes."""

import tomllib

import pytest

from servicelab.checks import CheckOutcome, checks_of
from servicelab.checks.causes import catalogue
from servicelab.course import Submission, load_course, read_notebook, run
from servicelab.course.engine import load_grader

COURSE = load_course()
MISTAKES = COURSE.root / "graders" / "mistakes"
# on a real cluster each takes some ten seconds; the others run there with --full
ALWAYS_ON_KIND = {
    "clusterip": {
        "missing-service",
        "invalid-yaml",
        "external-name",
        "selector-typo",
        "wrong-target-port",
        "wrong-port",
        "node-port",
        "reference",
        "named-target-port",
    }
}
EXPECTED = {
    exercise.slug: tomllib.loads((MISTAKES / exercise.slug / "expected.toml").read_text("utf-8"))
    for exercise in COURSE.exercises
}


def manifests(pattern):
    """Each manifest on both clusters."""
    cases = []
    for exercise in COURSE.exercises:
        for path in sorted((MISTAKES / exercise.slug).glob(pattern)):
            often = path.stem in ALWAYS_ON_KIND[exercise.slug]
            marks = [pytest.mark.kind] if often else [pytest.mark.kind, pytest.mark.long]
            name = f"{exercise.slug}-{path.stem}"
            cases.append(pytest.param("embedded", exercise.slug, path, id=f"embedded-{name}"))
            cases.append(pytest.param("kind", exercise.slug, path, id=f"kind-{name}", marks=marks))
    return pytest.mark.parametrize(("cluster", "slug", "path"), cases, indirect=["cluster"])


def judge(cluster, slug, path):
    file = COURSE.exercise(slug).manifests[0]
    return run(slug, Submission({file: path.read_text("utf-8")}), cluster, course=COURSE)


def told(result):
    return [(check.id, str(check.outcome), check.cause, check.actual) for check in result.checks]


@manifests("*.yaml")
def test_each_mistake_loses_what_it_should_and_is_named(cluster, slug, path):
    result = judge(cluster, slug, path)
    expected = EXPECTED[slug][path.stem]
    failed = [check for check in result.checks if check.outcome is CheckOutcome.FAILED]
    assert [(check.id, check.cause) for check in failed] == [(expected["fails"], expected["cause"])], told(result)
    assert result.score == expected["score"]
    assert not result.unscored
    (check,) = failed
    assert check.expected
    assert check.actual
    assert check.help
    for namespace in COURSE.exercise(slug).namespaces:
        assert f"{namespace}-" not in check.actual + check.expected + check.help


@manifests("correct/*.yaml")
def test_every_manifest_that_works_passes(cluster, slug, path):
    result = judge(cluster, slug, path)
    assert result.passed, told(result)
    assert result.score == result.maximum == COURSE.exercise(slug).points


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.slug)
def test_the_solution_scores_full_marks_and_the_untouched_exercise_nothing(embedded_cluster, exercise):
    scores = {}
    for folder in ("solutions", "exercises"):
        submission = read_notebook(COURSE.root / folder / exercise.slug / f"{exercise.slug}.ipynb")
        scores[folder] = run(exercise.slug, submission, embedded_cluster, course=COURSE).score
    assert scores == {"solutions": exercise.points, "exercises": 0}


@pytest.mark.parametrize("slug", EXPECTED)
def test_the_list_of_mistakes_is_whole(slug):
    files = {path.stem for path in (MISTAKES / slug).glob("*.yaml")}
    checks = {check.id for check in checks_of(load_grader(COURSE.root / COURSE.exercise(slug).grader))}
    assert set(EXPECTED[slug]) == files
    assert {entry["fails"] for entry in EXPECTED[slug].values()} <= checks
    assert {entry["cause"] for entry in EXPECTED[slug].values()} <= set(catalogue())
