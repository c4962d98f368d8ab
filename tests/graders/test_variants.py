"""Variants: each has its own solution, no other's passes, and every known mistake is caught in each."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import nbformat
import pytest

from servicelab.checks import CheckOutcome, ItemKind, read_answers
from servicelab.cluster.embedded import open_throwaway
from servicelab.course.cells import split_cell
from servicelab.course.help import items_of
from servicelab.course.ready_made import ReadyMade
from servicelab.course.variant import variant
from tests.graders.cases import COURSE, judge, mistakes, solution, told
from tests.support import records

SEED = datetime.now(UTC).strftime("%Y-%m-%d")
"""Other variants every day."""
SLUGS = [exercise.slug for exercise in COURSE.exercises]
OF_SOLUTIONS, OF_MISTAKES = 200, 50
"""Variants of each exercise that the long run tries, with the solution and with every known mistake."""
INPUTS = ("graders/**/*", "cluster-config/fixtures/*.yaml", "servicelab/course/variant.py")


def in_every_run(count):
    """Exercises with so many seeds. Ids have numbers only: workers must agree."""
    return [
        pytest.param(slug, f"{SEED}/{number}".encode(), id=f"{slug}-{number}")
        for slug in SLUGS
        for number in range(count)
    ]


@cache
def ready_made(slug):
    return ReadyMade(COURSE.exercise(slug), COURSE)


def judged(slug, submission, own):
    made = ready_made(slug)
    lab = made.copy(own, seed=1) if made.fits else None
    cluster = lab.cluster if lab else open_throwaway(seed=1)
    try:
        return judge(slug, submission, cluster, own, lab)
    finally:
        cluster.close()


@pytest.mark.parametrize(("slug", "seed"), in_every_run(2))
def test_the_solution_of_a_variant_passes_and_anothers_does_not(slug, seed):
    own, right = solution(slug, seed)
    result = judged(slug, right, own)
    assert result.passed, (own.values, told(result))
    assert result.score == COURSE.exercise(slug).points
    for other in (solution(slug)[1], solution(slug, neighbour(slug, own))[1]):
        copied = judged(slug, replace(right, manifests=other.manifests), own)
        assert not copied.passed, (own.values, other.manifests)
        assert not copied.unscored


def neighbour(slug, own):
    """The seed of a variant without a value of this one: two that share names by chance may share a solution."""
    seeds = (f"neighbour {number}".encode() for number in range(1000))
    others = ((seed, variant(COURSE.exercise(slug), seed).values) for seed in seeds)
    return next(seed for seed, values in others if all(values[name] != own.values[name] for name in values))


@pytest.mark.parametrize(("slug", "seed"), in_every_run(1))
def test_every_wrong_manifest_is_caught_in_a_variant(slug, seed):
    own, right = solution(slug, seed)
    for case in manifest_mistakes(slug):
        result = judged(slug, case.on(right, own.rendered), own)
        failed = [(check.id, check.cause) for check in result.checks if check.outcome is CheckOutcome.FAILED]
        assert failed == [(id, case.expected["cause"]) for id in case.fails], (case.name, own.values, told(result))
        assert result.score == case.expected["score"], case.name


def manifest_mistakes(slug):
    """Those of manifests: which answer is right depends on the variant."""
    return [case for case in mistakes(slug) if not case.name.startswith("answers/")]


@pytest.mark.long
@pytest.mark.timeout(0)
def test_many_variants():
    """`./lab test --full -k many_variants` writes the record, and goes on where it was interrupted."""
    record = records.read("variants") or {"seed": SEED, "complete": False, "solutions": {}, "mistakes": {}}
    for slug in SLUGS:
        if slug not in record["solutions"]:
            for number in range(OF_SOLUTIONS):
                test_the_solution_of_a_variant_passes_and_anothers_does_not(slug, f"{record['seed']}/{number}".encode())
            record["solutions"][slug] = OF_SOLUTIONS
        if slug not in record["mistakes"]:
            for number in range(OF_MISTAKES):
                test_every_wrong_manifest_is_caught_in_a_variant(slug, f"{record['seed']}/{number}".encode())
            record["mistakes"][slug] = OF_MISTAKES * len(manifest_mistakes(slug))
        solution.cache_clear()
        records.write("variants", INPUTS, record | {"complete": slug == SLUGS[-1]})
    print(f"{sum(record['solutions'].values())} solutions, {sum(record['mistakes'].values())} mistakes")


def with_answers(slug, right, choose):
    """The submission with every answer chosen anew."""
    items = items_of(COURSE, COURSE.exercise(slug))
    answers = {
        cell: "".join(f"{name}: {choose(items[name])}\n" for name in read_answers({cell: text}).by_item)
        for cell, text in right.answers.items()
    }
    return replace(right, answers=answers)


def chance(slug):
    """The points that answers without knowledge are worth: those of predictions, and a share of each other item's."""
    return sum(
        item.points if item.kind is ItemKind.PREDICT else item.points / len(item.choices)
        for item in items_of(COURSE, COURSE.exercise(slug)).values()
    )


MORE = 0.05
"""What answers without knowledge may earn above chance, as a share of all points."""


@pytest.mark.parametrize("slug", SLUGS)
def test_random_answers_earn_no_more_than_chance(slug):
    """With the right manifest. Each choice is given equally often, in a turn by chance: so this is the mean of all."""
    own, right = solution(slug, b"bot")
    shuffled = random.Random(SEED)
    orders = {
        name: shuffled.sample(item.choices, len(item.choices))
        for name, item in items_of(COURSE, COURSE.exercise(slug)).items()
    }
    rounds = max(map(len, orders.values()))
    scores = []
    for turn in range(rounds):
        tried = with_answers(slug, right, lambda item, turn=turn: orders[item.id][turn % len(orders[item.id])].id)
        result = judged(slug, tried, own)
        assert not result.unscored
        scores.append(result.score)
    items = sum(item.points for item in items_of(COURSE, COURSE.exercise(slug)).values())
    best = result.maximum - items + chance(slug)
    assert sum(scores) / rounds <= best + MORE * result.maximum, scores
    assert scores.count(result.maximum) <= 1, "each item has one right choice"


def last_lesson(slug):
    """Every manifest of the lesson that comes before the exercise, in its order, as one text."""
    lesson = next(one for one in COURSE.lessons if one.id == COURSE.exercise(slug).lesson)
    cells = nbformat.read(COURSE.root / lesson.notebook, as_version=4).cells
    parts = [split_cell(cell.source) for cell in cells if cell.cell_type == "code"]
    return "\n---\n".join(part.text for part in parts if part is not None and part.magic == "manifest")


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


BOTS = ["empty", "random", "the first", "ClusterIP", "NodePort", "LoadBalancer", "reference", "the last lesson"]


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("slug", SLUGS)
def test_bots_pass_nothing(slug, bot):
    own, right = solution(slug, b"bot")
    draw = random.Random(SEED)
    file = COURSE.exercise(slug).manifests[0]
    match bot:
        case "empty":
            tried = replace(right, manifests={}, answers={})
        case "random":
            tried = replace(with_answers(slug, right, lambda item: draw.choice(item.choices).id), manifests={})
        case "the first":
            tried = replace(with_answers(slug, right, lambda item: item.choices[0].id), manifests={})
        case "reference":
            tried = solution(slug)[1]
        case "the last lesson":
            tried = replace(right, manifests={file: last_lesson(slug)})
        case _:
            tried = replace(right, manifests={file: ARTICLE.format(type=bot)})
    result = judged(slug, tried, own)
    assert not result.passed
    assert not result.unscored
    assert result.score <= (0 if bot == "empty" else chance(slug) + MORE * result.maximum)
