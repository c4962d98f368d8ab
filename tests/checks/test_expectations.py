"""Expectations hold on machines that are slow, and in turns of chance that are rare."""

from dataclasses import replace

import pytest

from servicelab.checks import Failure
from servicelab.course.engine import prepared, submitted
from servicelab.course.variant import reference
from servicelab.network.verdict import Outcome, Verdict
from tests.graders.cases import COURSE, Case, solution


class Unlucky:
    """A cluster on which each single request meets a Pod that refuses it."""

    def __init__(self, cluster):
        self._cluster = cluster

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    def probe(self, source, target, *, timeout=2.0):
        return Verdict(Outcome.REFUSED)


def test_half_of_the_pods_refuse_and_all_single_requests_meet_those(embedded_cluster):
    exercise, half_right = COURSE.exercise("named-ports"), Case("named-ports", "number-of-the-second-edition")
    with prepared(exercise, COURSE, embedded_cluster, reference(exercise)) as lab:
        lab = submitted(exercise, half_right.on(solution("named-ports")[1]), lab)
        unlucky = replace(lab, cluster=Unlucky(embedded_cluster), patience=0.1)
        with pytest.raises(Failure) as failure:
            unlucky.expect_every_backend("pod/client", "http://lexicon:80/", by={"app": "lexicon"})
    assert failure.value.cause == "backend-unstable"
