"""A made-up class for the benchmarks: every student has a variant and a submission of their own, as the seed says."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from servicelab.checks import Variant
from servicelab.cluster.embedded import open_throwaway
from servicelab.course import Exercise, Submission, load_course
from servicelab.course.cells import split_cell
from servicelab.course.solving import solved, written
from servicelab.course.variant import secret_of, variant

KEY = "the key of the benchmark's class"
COURSE = load_course()


def make(root: Path, slugs: list[str], students: int, *, solve: bool = True, seed: int = 1) -> None:
    """A course directory with submissions: half of them right, four of ten with a known mistake, the rest untouched.

    Without `solve` the answers beside the manifest are the reference's, so that a large class is made quickly.
    """
    root.mkdir(parents=True)
    shutil.copy(COURSE.root / "nbgrader_config.py", root)
    (root / "class.toml").write_text(f'variant_key = "{KEY}"\n')
    for slug in slugs:
        for step in ("solutions", "exercises"):
            shutil.copytree(COURSE.root / step / slug, root / step / slug)
        submissions = _submissions(COURSE.exercise(slug), students, solve, random.Random(seed))
        released = json.loads((root / "exercises" / slug / f"{slug}.ipynb").read_text("utf-8"))
        for student, submission in submissions:
            folder = root / "submitted" / student / slug
            folder.mkdir(parents=True)
            (folder / f"{slug}.ipynb").write_text(json.dumps(_filled(released, submission)), "utf-8")


def _submissions(
    exercise: Exercise, students: int, solve: bool, chance: random.Random
) -> Iterator[tuple[str, Submission]]:
    folder = COURSE.root / "graders" / "mistakes" / exercise.slug
    mistakes = sorted(path for path in folder.glob("*.yaml"))
    for number in range(students):
        student = f"student{number:05}"
        own = variant(exercise, secret_of(KEY.encode(), student))
        kind = chance.choices(["right", "wrong", "untouched"], [5, 4, 1])[0]
        mistake = chance.choice(mistakes)
        if kind == "untouched":
            yield student, Submission()
            continue
        right = _solved(exercise, own) if solve else _rendered(exercise, own)
        if kind == "wrong":
            text = own.rendered(mistake.read_text("utf-8"))
            right = Submission({exercise.manifests[0]: text}, answers=right.answers)
        yield student, right


def _solved(exercise: Exercise, own: Variant) -> Submission:
    cluster = open_throwaway(seed=1)
    try:
        return solved(COURSE, exercise, own, cluster)
    finally:
        cluster.close()


def _rendered(exercise: Exercise, own: Variant) -> Submission:
    solution = written(COURSE, exercise)
    manifests = {name: own.rendered(text) for name, text in solution.manifests.items()}
    return Submission(manifests, answers=solution.answers)


def _filled(released: dict, submission: Submission) -> dict:  # type: ignore[type-arg]
    """The released notebook with a submission's texts below its first lines."""
    texts = {**submission.manifests, **submission.answers}
    cells = []
    for cell in released["cells"]:
        found = split_cell("".join(cell["source"])) if cell["cell_type"] == "code" else None
        if found and found.line in texts:
            cell = {**cell, "source": f"%%{found.magic} {found.line}\n{texts[found.line]}"}
        cells.append(cell)
    return {**released, "cells": cells}
