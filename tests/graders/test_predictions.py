"""Every prediction tells what is true from something that people believe."""

from servicelab.checks.items import ItemKind
from servicelab.course.engine import is_ready, prepared, submitted
from servicelab.course.help import items_of
from servicelab.network.route import possible_paths
from tests.graders.cases import COURSE, EXERCISES, solution
from tests.support.mutant_routes import MATRIX, Asked, contradicted

ABOUT_TIME = {"labels": {"after-a-loss"}}
"""Predictions about what becomes of a request after a change: no state shows that."""


def asked_with(lab, item) -> Asked:
    """The item's request, as it ends on this cluster now."""
    source, target = lab.place(lab.rendered(item.source)), lab.target(lab.rendered(item.url))
    outcome = lab.cluster.probe(source, target).outcome
    state = lab.network()
    return Asked(state, source, target, outcome, possible_paths(state, source, target)[0])


@EXERCISES
def test_each_prediction_separates_the_truth_from_a_belief(embedded_cluster, exercise, record_property):
    """As things stand before the learner's manifest, or with it: a repair's predictions are about what is broken."""
    own, right = solution(exercise.slug)
    asked = [item for item in items_of(COURSE, exercise).values() if item.kind is ItemKind.PREDICT]
    asked = [item for item in asked if item.id not in ABOUT_TIME.get(exercise.slug, ())]
    separated = {item.id: set() for item in asked}
    with prepared(exercise, COURSE, embedded_cluster, own) as before:
        for item in asked:
            separated[item.id].update(contradicted(asked_with(before, item)))
        after = submitted(exercise, right, before)
        after.comes_true("the Pods, those of the submission too", lambda: all(map(is_ready, after.pods())))
        for item in asked:
            separated[item.id].update(contradicted(asked_with(after, item)))
    for name, beliefs in separated.items():
        record_property(MATRIX, (f"{exercise.slug} {name}", dict.fromkeys(sorted(beliefs), 1)))
    assert [name for name, beliefs in separated.items() if not beliefs] == []
