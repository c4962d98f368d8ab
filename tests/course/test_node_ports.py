"""A node port that an exercise asks for by number is free while it is judged, and the learner's own comes back."""

import pytest
from lightkube.models.core_v1 import ServicePort, ServiceSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace, Service

from servicelab.course import load_course, run
from servicelab.course.solving import written

COURSE = load_course()
SOLUTION = written(COURSE, COURSE.exercise("nodeport"))


def hold(cluster, namespace):
    """A Service of that namespace holds the node port that the exercise asks for."""
    cluster.api.create(Namespace(metadata=ObjectMeta(name=namespace)))
    spec = ServiceSpec(type="NodePort", selector={"app": "kiosk"}, ports=[ServicePort(port=80, nodePort=30080)])
    cluster.api.create(Service(metadata=ObjectMeta(name="mine", namespace=namespace, labels={"my": "own"}), spec=spec))
    return cluster.api.get(Service, "mine", namespace=namespace)


def test_what_the_learner_made_gives_way_and_comes_back(embedded_cluster):
    before = hold(embedded_cluster, "town")
    for _ in range(2):
        assert run("nodeport", SOLUTION, embedded_cluster).passed
    after = embedded_cluster.api.get(Service, "mine", namespace="town")
    assert after.spec == before.spec
    assert after.metadata.labels == before.metadata.labels


def test_what_stands_elsewhere_is_left_alone_and_named(embedded_cluster):
    hold(embedded_cluster, "elsewhere")
    result = run("nodeport", SOLUTION, embedded_cluster)
    assert result.unscored
    assert (
        "node port 30080, which this exercise needs, is held by the Service elsewhere/mine" in result.checks[0].actual
    )
    assert "kubectl delete service -n elsewhere mine" in result.checks[0].help
    assert embedded_cluster.api.get(Service, "mine", namespace="elsewhere")


@pytest.mark.parametrize("namespace", ["town", "elsewhere"])
def test_an_exercise_without_node_ports_takes_none_away(embedded_cluster, namespace):
    before = hold(embedded_cluster, namespace)
    clusterip = written(COURSE, COURSE.exercise("clusterip"))
    assert run("clusterip", clusterip, embedded_cluster).passed
    assert embedded_cluster.api.get(Service, "mine", namespace=namespace).metadata.uid == before.metadata.uid
