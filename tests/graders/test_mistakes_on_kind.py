"""Every known mistake and every unusual correct manifest on a real cluster, with a record for each exercise.

Most of a case's time is waiting, so several exercises are judged side by side on one cluster, each by a process of its
own. Those that share node ports wait for each other (`shares` in course.toml).
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import pytest

from servicelab.cluster import lifecycle
from servicelab.cluster.home import Home
from tests.graders.cases import COURSE, assert_as_said, everything, judge, solution
from tests.support import records

SIDE_BY_SIDE = 4
"""Exercises at once; more wait for each other on two cores."""


def name_of(slug: str) -> str:
    """The exercise's record: what changes in one exercise voids only its own."""
    return f"mistakes_on_kind/{slug}"


def inputs(slug: str) -> list[str]:
    """The files whose words the record is about."""
    return [f"graders/{slug}.py", f"graders/mistakes/{slug}/**/*", COURSE.exercise(slug).fixture]


def judge_all(slug: str, cluster_name: str, home: Path) -> list[str]:
    """Judge every case of an exercise that the record has not; what differs from what is said comes back."""
    as_said = list((records.read(name_of(slug)) or {"as_said": []})["as_said"])
    cluster = lifecycle.open_cluster("kind", cluster_name, home=Home(home))
    different = []
    try:
        for case in (case for case in everything(slug) if case.name not in as_said):
            try:
                assert_as_said(case, judge(slug, case.on(solution(slug)[1]), cluster))
            except AssertionError as error:
                different.append(f"{slug}/{case.name}: {error}")
            else:
                as_said.append(case.name)
                records.write(name_of(slug), inputs(slug), {"complete": False, "as_said": as_said})
        found = {"complete": not different, "cluster": cluster.describe_version(), "as_said": as_said}
        records.write(name_of(slug), inputs(slug), found)
    finally:
        cluster.close()
    return different


def open_slugs() -> list[str]:
    """The exercises whose record is not finished; the longest first."""
    slugs = [exercise.slug for exercise in COURSE.exercises]
    left = [slug for slug in slugs if not (records.read(name_of(slug)) or {"complete": False})["complete"]]
    return sorted(left, key=lambda slug: -len(everything(slug)))


@pytest.mark.kind
@pytest.mark.long
@pytest.mark.timeout(0)
def test_kind_judges_every_case_as_said(kind_cluster, kind_home):
    """`./lab test --full -k judges_every_case` goes on where it was interrupted: about ten seconds for a case."""
    different = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(SIDE_BY_SIDE, mp_context=context) as pool:
        tasks = {pool.submit(judge_all, slug, kind_cluster.name, kind_home.root): slug for slug in open_slugs()}
        for done in as_completed(tasks):
            print(f"{tasks[done]:20} {len(done.result())} different", flush=True)
            different += done.result()
    assert not different, "\n".join(different)
    assert not open_slugs()
