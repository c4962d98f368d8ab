"""A copy of a prepared fixture with a variant's values is what preparing that variant gives, and is judged alike."""

import copy

import pytest

from servicelab.course import Submission, run
from servicelab.course import ready_made as module
from servicelab.course.ready_made import ReadyMade
from servicelab.course.variant import variant
from tests.graders.cases import COURSE, EXERCISES, judge, mistakes, solution

SEED = b"somebody"


def judged(result):
    """What a learner is judged by; addresses and Pods' names in the texts are chosen by chance."""
    return [(check.id, check.title, check.outcome, check.cause, check.points) for check in result.checks]


@EXERCISES
def test_copies_are_as_good_as_preparing_anew(exercise, embedded_cluster):
    made = ReadyMade(exercise, COURSE)
    if not made.fits:
        pytest.skip(f"{exercise.slug} is prepared for each submission by itself, which takes longer")
    own, solved = solution(exercise.slug, SEED)
    wrong = mistakes(exercise.slug)[0].on(solved, own.rendered)
    for submission in (solved, wrong, Submission()):
        lab = made.copy(own, 1)
        found = run(exercise.slug, submission, lab.cluster, course=COURSE, variant=own, ready=lab)
        assert judged(found) == judged(judge(exercise.slug, submission, embedded_cluster, own))


@pytest.mark.parametrize("slug", ["clusterip", "nodeport"])
@pytest.mark.parametrize("seed", [b"one", b"two"])
def test_whichever_variant_is_tried_with(slug, seed, monkeypatch):
    monkeypatch.setattr(module, "TRIED_WITH", seed)
    assert ReadyMade(COURSE.exercise(slug), COURSE).fits


def test_a_copy_reaches_no_other_copy():
    exercise = COURSE.exercise("clusterip")
    made = ReadyMade(exercise, COURSE)
    own = variant(exercise, SEED)
    first, second = made.copy(own, 1), made.copy(own, 1)
    before = copy.deepcopy(second.cluster.core.objects())
    first.cluster.rest.send("DELETE", f"/api/v1/namespaces/{first.real(None)}")
    first.cluster.core.pass_time(60)
    assert second.cluster.core.objects() == before
    assert made.copy(own, 1).cluster.core.objects() == before


def test_what_does_not_fit_says_so(monkeypatch):
    """As an exercise would whose values stand in texts that are no words of their own."""
    monkeypatch.setattr(module, "_with_version", lambda text, version: {**module.json.loads(text), "extra": 1})
    assert not ReadyMade(COURSE.exercise("clusterip"), COURSE).fits
