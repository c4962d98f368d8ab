"""The engine on a real cluster: runs at the same time, each confined to namespaces of its own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from lightkube.resources.core_v1 import Namespace, ResourceQuota
from lightkube.resources.rbac_authorization_v1 import Role

from servicelab.cluster import kind
from servicelab.cluster.home import Home
from servicelab.course import engine, load_course, read_notebook, run
from servicelab.course.leftovers import RUN_LABEL

pytestmark = pytest.mark.kind
COURSE = load_course()
SOLUTION = read_notebook(COURSE.root / "solutions" / "clusterip" / "clusterip.ipynb")


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
