"""The reference solution for any variant: its manifests with the variant's values, and the right answers."""

from functools import partial

from servicelab.checks import Item, ItemKind, read_answers, right_answer
from servicelab.checks.lab import Lab
from servicelab.checks.variant import Variant
from servicelab.cluster.base import Cluster
from servicelab.course.catalogue import Course, Exercise
from servicelab.course.engine import READY_WITHIN, are_up, prepared, submitted
from servicelab.course.help import items_of
from servicelab.course.submission import Submission, read_notebook


def written(course: Course, exercise: Exercise) -> Submission:
    """The solution as it is written, with the reference's values."""
    return read_notebook(course.root / "solutions" / exercise.slug / f"{exercise.slug}.ipynb")


def solved(course: Course, exercise: Exercise, variant: Variant, cluster: Cluster) -> Submission:
    """The solution with a variant's values; what is right is found on the cluster, with the solution on it."""
    solution = written(course, exercise)
    manifests = {name: variant.rendered(text) for name, text in solution.manifests.items()}
    with prepared(exercise, course, cluster, variant) as lab:
        lab = submitted(exercise, Submission(manifests), lab)
        spaces = lab.names.real.values()
        up = partial(are_up, exercise, cluster, spaces, variant)
        cluster.wait_until("the solution's Pods to be ready", up, timeout=READY_WITHIN)
        right = {item.id: _right(item, lab) for item in items_of(course, exercise).values()}
    answers = {}
    for cell, text in solution.answers.items():
        answers[cell] = "".join(f"{item}: {right[item]}\n" for item in read_answers({cell: text}).by_item)
    return Submission(manifests, answers=answers)


def _right(item: Item, lab: Lab) -> str:
    return item.choices[0].id if item.kind is ItemKind.PREDICT else right_answer(item, lab)
