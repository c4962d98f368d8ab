"""Variants: each has its own solution, no other's passes, and every known mistake is caught in each."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from servicelab.checks import CheckOutcome
from servicelab.cluster.embedded import open_throwaway
from tests.graders.cases import COURSE, judge, mistakes, solution, told

SEED = datetime.now(UTC).strftime("%Y-%m-%d")
"""Other variants every day."""


def variants(often, always):
    """Exercises with seeds: so many in every run, the others with --full. Ids have numbers only: workers must agree."""
    return [
        pytest.param(
            exercise.slug,
            f"{SEED}/{number}".encode(),
            id=f"{exercise.slug}-{number}",
            marks=[] if number < often else pytest.mark.long,
        )
        for exercise in COURSE.exercises
        for number in range(always)
    ]


def judged(slug, submission, own):
    cluster = open_throwaway(seed=1)
    try:
        return judge(slug, submission, cluster, own)
    finally:
        cluster.close()


@pytest.mark.parametrize(("slug", "seed"), variants(2, 200))
def test_the_solution_of_a_variant_passes_and_anothers_does_not(slug, seed):
    own, right = solution(slug, seed)
    result = judged(slug, right, own)
    assert result.passed, (own.values, told(result))
    assert result.score == COURSE.exercise(slug).points
    for other in (solution(slug)[1], solution(slug, b"neighbour")[1]):
        copied = judged(slug, replace(right, manifests=other.manifests), own)
        assert not copied.passed, (own.values, other.manifests)
        assert not copied.unscored


@pytest.mark.parametrize(("slug", "seed"), variants(1, 50))
def test_every_wrong_manifest_is_caught_in_a_variant(slug, seed):
    own, right = solution(slug, seed)
    for case in mistakes(slug):
        if case.name.startswith("answers/"):
            continue  # what is right there depends on the variant
        result = judged(slug, case.on(right, own.rendered), own)
        failed = [(check.id, check.cause) for check in result.checks if check.outcome is CheckOutcome.FAILED]
        assert failed == [(id, case.expected["cause"]) for id in case.fails], (case.name, own.values, told(result))
        assert result.score == case.expected["score"], case.name


def with_answers(slug, right, choose):
    """The submission with every answer chosen anew."""
    from servicelab.checks import read_answers
    from servicelab.course.help import items_of

    items = items_of(COURSE, COURSE.exercise(slug))
    answers = {
        cell: "".join(f"{name}: {choose(items[name])}\n" for name in read_answers({cell: text}).by_item)
        for cell, text in right.answers.items()
    }
    return replace(right, answers=answers)


ARTICLE = """\
apiVersion: v1
kind: Service
metadata:
  name: backend-service
spec:
  type: {type}
  selector:
    app: backend
  ports:
    - port: 80
      targetPort: 8080
"""
"""As one finds it in articles."""


@pytest.mark.parametrize("bot", ["empty", "random", "the first", "ClusterIP", "NodePort", "LoadBalancer", "reference"])
@pytest.mark.parametrize("slug", [exercise.slug for exercise in COURSE.exercises])
def test_bots_pass_nothing(slug, bot):
    own, right = solution(slug, b"bot")
    chance = random.Random(SEED)
    match bot:
        case "empty":
            tried = replace(right, manifests={}, answers={})
        case "random":
            tried = replace(with_answers(slug, right, lambda item: chance.choice(item.choices).id), manifests={})
        case "the first":
            tried = replace(with_answers(slug, right, lambda item: item.choices[0].id), manifests={})
        case "reference":
            tried = solution(slug)[1]
        case _:
            file = COURSE.exercise(slug).manifests[0]
            tried = replace(right, manifests={file: ARTICLE.format(type=bot)})
    result = judged(slug, tried, own)
    assert not result.passed
    assert not result.unscored
    assert result.score <= result.maximum * (0 if bot == "empty" else 0.25)
