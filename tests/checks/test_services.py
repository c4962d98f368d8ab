"""What the lists of Services say of their Pods, ready or not."""

from servicelab.checks.services import lists_all, ready_pods
from servicelab.course import load_course
from servicelab.course.engine import prepared, submitted
from servicelab.course.solving import written
from servicelab.course.variant import reference

COURSE = load_course()


def test_pods_that_are_not_ready_are_listed_and_not_among_the_ready(embedded_cluster):
    exercise = COURSE.exercise("readiness")
    with prepared(exercise, COURSE, embedded_cluster, reference(exercise)) as lab:
        assert lists_all(lab, "bread", {"app": "bread"})  # there is none to list
        lab = submitted(exercise, written(COURSE, exercise), lab)
        assert lab.comes_true("the list", lambda: len(lab.pods({"app": "bread"})) == 2)
        assert lab.comes_true("the list", lambda: lists_all(lab, "bread", {"app": "bread"}))
        assert ready_pods(lab, "bread") == set()
        assert not lists_all(lab, "bread", {"app": "client"})
