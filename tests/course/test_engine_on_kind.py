"""The engine on a real cluster: runs at the same time, each confined to namespaces of its own."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from lightkube.resources.core_v1 import Namespace, ResourceQuota
from lightkube.resources.rbac_authorization_v1 import Role

from servicelab.cli.start import environment
from servicelab.cluster import kind
from servicelab.cluster.home import Home
from servicelab.course import engine, load_course, read_notebook, run
from servicelab.course.leftovers import PROCESS, RUN_LABEL

pytestmark = pytest.mark.kind
COURSE = load_course()
NOTEBOOK = COURSE.root / "solutions" / "clusterip" / "clusterip.ipynb"
SOLUTION = read_notebook(NOTEBOOK)


def test_kind_two_runs_at_once_do_not_disturb_each_other(kind_cluster, monkeypatch):
    home = Home(kind_cluster.kubeconfig.parents[3])
    seen = []

    def looked_at(exercise, submission, lab):
        applied = submitted(exercise, submission, lab)
        for space in lab.names.real.values():
            level = lab.api.get(Namespace, space).metadata.labels["pod-security.kubernetes.io/enforce"]
            rules = lab.api.get(Role, "submission", namespace=space).rules
            quota = lab.api.get(ResourceQuota, "submission", namespace=space).spec.hard
            seen.append((level, [rule.resources for rule in rules], quota["persistentvolumeclaims"]))
        return applied

    submitted = engine.submitted
    monkeypatch.setattr(engine, "submitted", looked_at)
    wrong = replace(SOLUTION, manifests={"web.yaml": SOLUTION.manifests["web.yaml"].replace("port:", "port: 1 #", 1)})

    def graded(submission):
        cluster = kind.open_running(home, kind_cluster.name)
        try:
            return run("clusterip", submission, cluster, course=COURSE)
        finally:
            cluster.close()

    with ThreadPoolExecutor(2) as both:
        right, failed = both.map(graded, (SOLUTION, wrong))
    assert right.passed, right
    assert not failed.passed
    assert not failed.unscored, failed
    assert seen == [("baseline", [["services"]], "0")] * len(seen)
    assert len(seen) == 4
    names = [one.metadata for one in kind_cluster.api.list(Namespace, labels={RUN_LABEL: None})]
    assert all(one.deletionTimestamp for one in names), "a run's namespaces go with it"


def test_kind_what_a_killed_run_leaves_the_next_one_removes(kind_cluster, kind_home):
    def spaces_of(pid):
        found = [one.metadata for one in kind_cluster.api.list(Namespace, labels={RUN_LABEL: None})]
        return {
            one.name
            for one in found
            if one.annotations[PROCESS].split("/")[1] == str(pid) and not one.deletionTimestamp
        }

    learner = {**os.environ, **environment(kind_home, "kind", kind_cluster.name)}
    command = [sys.executable, "-m", "servicelab.cli", "check", "clusterip", str(NOTEBOOK)]
    killed = subprocess.Popen(command, env=learner, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        kind_cluster.wait_until("the run's two namespaces", lambda: len(spaces_of(killed.pid)) == 2, timeout=60)
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    assert len(spaces_of(killed.pid)) == 2
    assert run("clusterip", SOLUTION, kind_cluster, course=COURSE).passed
    assert spaces_of(killed.pid) == set()
