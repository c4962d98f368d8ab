"""Known mistakes and unusual correct manifests on a real cluster, with a record for each exercise.

Most of a case's time is waiting, so several exercises are judged side by side on one cluster, each in a thread of its
own. Those that share node ports wait for each other (`shares` in course.toml). All together take hours: the exercises
have turns, a few cases of each in every turn, so that wherever a run ends, it has seen something of all.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from functools import partial
from itertools import zip_longest

import pytest

from servicelab.cluster import lifecycle
from servicelab.cluster.base import Cluster
from tests.graders.cases import COURSE, Case, assert_as_said, everything, judge, solution
from tests.support import records

SIDE_BY_SIDE = 4
"""Exercises at once; more wait for each other on two cores."""
IN_A_TURN = 6
"""Cases of one exercise, one after the other: about a minute."""
EXERCISES_RECORDED, MISTAKES_RECORDED = 20, 240
"""So many at least were judged as said on a real cluster, as the course is now."""


def name_of(slug: str) -> str:
    """The exercise's record: what changes in one exercise voids only its own."""
    return f"mistakes_on_kind/{slug}"


def inputs(slug: str) -> list[str]:
    """The files whose words the record is about."""
    return [f"graders/{slug}.py", f"graders/mistakes/{slug}/**/*", COURSE.exercise(slug).fixture]


def judged_as_said(slug: str) -> list[str]:
    """The cases that the exercise's record has."""
    return list((records.read(name_of(slug)) or {"as_said": []})["as_said"])


def turns() -> list[list[Case]]:
    """What no record has yet, a few cases of each exercise, then the next few; mixed, for neighbours are alike."""
    left = []
    for slug in (exercise.slug for exercise in COURSE.exercises):
        known = judged_as_said(slug)
        cases = [case for case in everything(slug) if case.name not in known]
        mixed = random.Random(slug).sample(cases, len(cases))
        left.append([mixed[first : first + IN_A_TURN] for first in range(0, len(mixed), IN_A_TURN)])
    return [cases for turn in zip_longest(*left) for cases in turn if cases]


def differences(cases: list[Case], open_cluster: Callable[[], Cluster]) -> list[str]:
    """Judge cases of one exercise: for each what differs from what is said, "" where nothing does."""
    found = []
    with closing(open_cluster()) as cluster:
        for case in cases:
            try:
                assert_as_said(case, judge(case.slug, case.on(solution(case.slug)[1]), cluster))
            except AssertionError as error:
                found.append(f"{case.slug}/{case.name}: {error}")
            else:
                found.append("")
    return found


@pytest.mark.kind
@pytest.mark.long
@pytest.mark.timeout(0)
def test_kind_judges_every_case_as_said(kind_cluster, kind_home):
    """`./lab test --full -k judges_every_case` goes on where it was interrupted."""
    different = []
    open_cluster = partial(lifecycle.open_cluster, "kind", kind_cluster.name, home=kind_home)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        tasks = {pool.submit(differences, cases, open_cluster): cases for cases in turns()}
        try:
            for done in as_completed(tasks):
                cases, found = tasks[done], done.result()
                slug = cases[0].slug
                as_said = judged_as_said(slug) + [
                    case.name for case, what in zip(cases, found, strict=True) if not what
                ]
                complete = len(as_said) == len(everything(slug))
                said = {"cluster": kind_cluster.describe_version(), "complete": complete, "as_said": sorted(as_said)}
                records.write(name_of(slug), inputs(slug), said)
                different += filter(None, found)
                print(f"{slug:20} {len(as_said)} of {len(everything(slug))}", *filter(None, found), flush=True)
        finally:  # told to end, it drops what has not begun
            pool.shutdown(wait=False, cancel_futures=True)
    assert not different, "\n".join(different)


def test_enough_was_judged_as_said_on_a_real_cluster():
    """The records that are about the course as it is now; one of an exercise that changed counts for nothing."""
    mistakes = {
        exercise.slug: [name for name in judged_as_said(exercise.slug) if not name.startswith("correct/")]
        for exercise in COURSE.exercises
    }
    assert sum(map(bool, mistakes.values())) >= EXERCISES_RECORDED
    assert sum(map(len, mistakes.values())) >= MISTAKES_RECORDED
