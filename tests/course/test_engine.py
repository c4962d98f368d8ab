"""The engine: its own namespaces, cleaned up; faults of the machine cost nothing; nothing leaks between runs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace

from servicelab.checks import CheckOutcome
from servicelab.cluster.base import MachineError
from servicelab.course import CourseError, NoSuchExercise, Submission, load_course, read_notebook, run
from servicelab.course.engine import load_grader, remove_leftovers
from servicelab.course.leftovers import LONGEST_RUN, RUN_LABEL

COURSE = load_course()
SOLUTION = read_notebook(COURSE.root / "solutions" / "clusterip" / "clusterip.ipynb")


def namespaces(cluster):
    return {found.metadata.name for found in cluster.api.list(Namespace) if found.status.phase == "Active"}


class Broken:
    """A cluster of which one method fails."""

    def __init__(self, cluster, method, error):
        self._cluster, self._method, self._error = cluster, method, error

    def __getattr__(self, name):
        if name == self._method:
            raise self._error
        return getattr(self._cluster, name)


def test_nothing_stays_behind(embedded_cluster):
    before = namespaces(embedded_cluster)
    assert run("clusterip", SOLUTION, embedded_cluster).passed
    assert run("clusterip", Submission(), embedded_cluster).score == 0
    embedded_cluster.wait_until("the namespaces to go", lambda: namespaces(embedded_cluster) == before)


def test_progress_is_told_check_by_check(embedded_cluster):
    seen = []
    result = run("clusterip", SOLUTION, embedded_cluster, progress=seen.append)
    assert tuple(seen) == result.checks
    assert result.course_version == COURSE.version
    assert "embedded" in result.cluster


@pytest.mark.parametrize("method", ["describe_version", "api", "probe", "wait_until"])
@pytest.mark.parametrize("error", [MachineError("Docker is down", "Start it."), RuntimeError("our own fault")])
def test_what_is_not_the_learners_fault_costs_nothing(embedded_cluster, method, error):
    result = run("clusterip", SOLUTION, Broken(embedded_cluster, method, error))
    assert result.unscored
    assert not any(check.outcome is CheckOutcome.FAILED for check in result.checks)
    assert len(result.checks) == 11


def test_silence_outside_counts_only_while_the_outside_client_works(embedded_cluster):
    """The control probe: when nobody outside is answered at all, nothing is judged."""
    from servicelab.network.places import Outside
    from servicelab.network.verdict import Outcome, Verdict

    class Mute:
        def __getattr__(self, name):
            return getattr(embedded_cluster, name)

        def probe(self, source, target, *, timeout=2.0):
            if isinstance(source, Outside):
                return Verdict(Outcome.TIMED_OUT)
            return embedded_cluster.probe(source, target, timeout=timeout)

    assert run("clusterip", SOLUTION, Mute()).unscored


def test_unknown_exercises_and_wrong_graders(embedded_cluster, tmp_path):
    with pytest.raises(NoSuchExercise):
        run("nothing", Submission(), embedded_cluster)
    broken = tmp_path / "broken.py"
    broken.write_text("1/0\n")
    with pytest.raises(CourseError, match=r"broken\.py"):
        load_grader(broken)


def test_what_a_killed_run_left_is_removed_by_the_next(embedded_cluster):
    api = embedded_cluster.api
    for name in ("shop-old", "shop-new", "mine"):
        labels = {RUN_LABEL: "x"} if name != "mine" else {}
        api.create(Namespace(metadata=ObjectMeta(name=name, labels=labels)))
    born = api.get(Namespace, "shop-old").metadata.creationTimestamp
    remove_leftovers(embedded_cluster, now=born + LONGEST_RUN - timedelta(seconds=1))
    assert {"shop-old", "shop-new", "mine"} <= namespaces(embedded_cluster)
    remove_leftovers(embedded_cluster, now=born + LONGEST_RUN + timedelta(seconds=1))
    embedded_cluster.wait_until("them to go", lambda: "shop-old" not in namespaces(embedded_cluster))
    assert "mine" in namespaces(embedded_cluster)


def test_a_submission_cannot_reach_beyond_its_namespaces(embedded_cluster):
    before = namespaces(embedded_cluster)
    text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: mine\n---\n" + SOLUTION.manifests["web.yaml"]
    assert run("clusterip", replace(SOLUTION, manifests={"web.yaml": text}), embedded_cluster).passed
    assert "mine" not in namespaces(embedded_cluster) - before
