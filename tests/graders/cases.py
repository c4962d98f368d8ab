"""The known mistakes and the unusual correct manifests of every exercise, and how to judge them."""

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from servicelab.checks import CheckOutcome, ExerciseResult, Lab
from servicelab.cluster.base import Cluster
from servicelab.cluster.embedded import open_throwaway
from servicelab.course import Submission, load_course, run
from servicelab.course.solving import solved, written
from servicelab.course.variant import reference, variant

COURSE = load_course()
MISTAKES = COURSE.root / "graders" / "mistakes"
EXERCISES = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.slug)
OFTEN_ON_KIND = 9
"""Of all cases, how many every run tries on a real cluster; each takes ten seconds."""


@dataclass(frozen=True)
class Case:
    """A file below `graders/mistakes/SLUG/`: NAME.yaml is a manifest, answers/CELL/NAME.yaml an answer cell."""

    slug: str
    name: str

    @property
    def path(self) -> Path:
        return MISTAKES / self.slug / f"{self.name}.yaml"

    @property
    def expected(self) -> dict:
        """What expected.toml says of it."""
        return expected(self.slug)[self.name]

    @property
    def fails(self) -> list[str]:
        """The checks that must fail."""
        said = self.expected["fails"]
        return [said] if isinstance(said, str) else said

    def on(self, solution: Submission, rendered=lambda text: text) -> Submission:
        """The solution with this in its place."""
        text = rendered(self.path.read_text("utf-8"))
        folders = self.name.split("/")
        if folders[0] == "answers":
            return replace(solution, answers={**solution.answers, folders[1]: text})
        file = COURSE.exercise(self.slug).manifests[0]
        return replace(solution, manifests={**solution.manifests, file: text})


@cache
def expected(slug: str) -> dict:
    """expected.toml of an exercise."""
    return tomllib.loads((MISTAKES / slug / "expected.toml").read_text("utf-8"))


def mistakes(slug: str) -> list[Case]:
    """The wrong ones, by the files that are there."""
    return [Case(slug, name) for name in _names(slug) if not name.startswith("correct/")]


def correct(slug: str) -> list[Case]:
    """Those that work and look different from the solution."""
    return [Case(slug, name) for name in _names(slug) if name.startswith("correct/")]


def _names(slug: str) -> list[str]:
    folder = MISTAKES / slug
    return [path.relative_to(folder).with_suffix("").as_posix() for path in sorted(folder.rglob("*.yaml"))]


def slice_of_today(cases: list[Case]) -> list[Case]:
    """Those that this run tries on a real cluster: others every day, so that all have their turn."""
    day = datetime.now(UTC).toordinal()
    begin = day * OFTEN_ON_KIND % len(cases)
    return (cases + cases)[begin : begin + OFTEN_ON_KIND]


@cache
def solution(slug: str, seed: bytes = b"") -> tuple:
    """A variant (the reference's without a seed) and the solution for it."""
    exercise = COURSE.exercise(slug)
    if not seed:
        return reference(exercise), written(COURSE, exercise)
    own = variant(exercise, seed)
    cluster = open_throwaway(seed=1)
    try:
        return own, solved(COURSE, exercise, own, cluster)
    finally:
        cluster.close()


def judge(slug: str, submission: Submission, cluster: Cluster, own=None, ready: Lab | None = None) -> ExerciseResult:
    """Run the exercise's checks."""
    return run(slug, submission, cluster, course=COURSE, variant=own, ready=ready)


def everything(slug: str) -> list[Case]:
    """The wrong ones and those that work."""
    return [*mistakes(slug), *correct(slug)]


def assert_as_said(case: Case, result: ExerciseResult) -> None:
    """A mistake fails the checks that must catch it, with its cause and score; what works passes whole."""
    if case.name.startswith("correct/"):
        assert result.passed, told(result)
        assert result.score == result.maximum == COURSE.exercise(case.slug).points
        return
    failed = [check for check in result.checks if check.outcome is CheckOutcome.FAILED]
    cause = case.expected["cause"]
    assert [(check.id, check.cause) for check in failed] == [(id, cause) for id in case.fails], told(result)
    assert result.score == case.expected["score"]
    assert not result.unscored


def told(result: ExerciseResult) -> list:
    """What a test says that fails."""
    return [(check.id, str(check.outcome), check.cause, check.actual) for check in result.checks]
