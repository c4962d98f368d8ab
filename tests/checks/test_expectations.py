"""Expectations hold on machines that are slow, and in turns of chance that are rare."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from servicelab.checks import Failure
from servicelab.cluster.base import Capability
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


class Late:
    """A real cluster, as it seems, on a busy machine: some requests get no answer, whatever its objects say."""

    capabilities = frozenset({Capability.REAL_TRAFFIC})

    def __init__(self, cluster, requests):
        self._cluster, self._left = cluster, requests

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    def probe(self, source, target, *, timeout=2.0):
        self._left -= 1
        return Verdict(Outcome.REFUSED) if self._left >= 0 else self._cluster.probe(source, target, timeout=timeout)


@contextmanager
def submitted_to(cluster, slug, change=lambda submission: submission):
    """A lab with an exercise's solution on it, or what a change makes of that."""
    exercise = COURSE.exercise(slug)
    with prepared(exercise, COURSE, cluster, reference(exercise)) as lab:
        yield submitted(exercise, change(solution(slug)[1]), lab)


def test_what_ought_to_be_answered_is_asked_for_longer(embedded_cluster):
    with submitted_to(embedded_cluster, "clusterip") as lab:
        late = replace(lab, cluster=Late(embedded_cluster, requests=20), patience=0.1)
        late.expect_answer("pod/client", "http://web:80/hostname", by={"app": "web"})


def test_what_is_not_answered_by_the_objects_fails_at_once(embedded_cluster):
    with submitted_to(embedded_cluster, "clusterip") as lab:
        late = replace(lab, cluster=Late(embedded_cluster, requests=20), patience=0.1)
        with pytest.raises(Failure):
            late.expect_answer("pod/client", "http://web:81/hostname")
        assert late.cluster._left > 10


def test_a_silence_is_not_believed_when_the_objects_let_the_request_in(embedded_cluster):
    open_to_all = Case("default-deny", "everybody-on-one-port")
    with submitted_to(embedded_cluster, "default-deny", open_to_all.on) as lab:
        late = replace(lab, cluster=Late(embedded_cluster, requests=1))
        control = ("pod/client", "http://ledger:80/hostname")
        with pytest.raises(Failure) as failure:
            late.expect_no_answer("pod/guest", control[1], control=control, cause="policy-lets-in", in_the_end=True)
    assert failure.value.cause == "policy-lets-in"


def test_half_of_the_pods_refuse_and_all_single_requests_meet_those(embedded_cluster):
    half_right = Case("named-ports", "number-of-the-second-edition")
    with submitted_to(embedded_cluster, "named-ports", half_right.on) as lab:
        unlucky = replace(lab, cluster=Unlucky(embedded_cluster), patience=0.1)
        with pytest.raises(Failure) as failure:
            unlucky.expect_every_backend("pod/client", "http://lexicon:80/", by={"app": "lexicon"})
    assert failure.value.cause == "backend-unstable"
