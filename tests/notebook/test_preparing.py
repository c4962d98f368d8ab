"""What `%exercise` puts on a learner's cluster."""

from servicelab.checks.objects import write
from servicelab.cluster.images import WORKLOAD
from servicelab.course import load_course
from servicelab.course.variant import reference
from servicelab.notebook.preparing import prepare


def test_an_exercise_after_another_whose_pods_have_the_same_names(embedded_server, without_exercise):
    without_exercise(embedded_server)
    for slug in ("nodeport", "clusterip", "nodeport"):
        said = prepare(embedded_server, slug, reference(load_course().exercise(slug)))
        assert said.startswith(f"The exercise {slug} is ready in the namespaces"), said


def test_what_a_learner_wrote_may_be_broken(embedded_server, without_exercise):
    without_exercise(embedded_server)
    variant = reference(load_course().exercise("first-requests"))
    prepare(embedded_server, "first-requests", variant)
    container = {"name": "server", "image": WORKLOAD, "args": ["no such program"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "booth"}, "spec": {"containers": [container]}}
    write(embedded_server.api, pod, "fair")
    assert prepare(embedded_server, "first-requests", variant).startswith("The exercise first-requests is ready")
