"""What Pods of a submission may not have."""

import pytest
import yaml

from servicelab.checks import Names
from servicelab.course import load_course
from servicelab.course.admission import admit
from servicelab.course.catalogue import CourseError, Exercise
from servicelab.course.pods import pod_spec

EXERCISE = load_course().exercise("clusterip")
IMAGE = EXERCISE.images[0]
BAD = [
    ("hostNetwork: true", "hostNetwork"),
    ("hostPID: true", "hostPID"),
    ("volumes: [{name: a, hostPath: {path: /}}]", "volumes[0].hostPath"),
    ("volumes: [{name: a, persistentVolumeClaim: {claimName: b}}]", "volumes[0].persistentVolumeClaim"),
    (
        "containers: [{name: a, image: IMAGE, securityContext: {privileged: true}}]",
        "containers[0].securityContext.privileged",
    ),
    (
        "initContainers: [{name: a, image: IMAGE, securityContext: {capabilities: {add: [NET_ADMIN]}}}]",
        "initContainers[0].securityContext.capabilities.add",
    ),
    (
        "containers: [{name: a, image: IMAGE, ports: [{containerPort: 80, hostPort: 80}]}]",
        "containers[0].ports[0].hostPort",
    ),
]
KINDS = {"Pod": "v1", "Deployment": "apps/v1", "CronJob": "batch/v1"}


def refused(spec, kind="Pod", **fields):
    exercise = Exercise(
        **{**vars(EXERCISE), "kinds": tuple(f"{version}/{one}" for one, version in KINDS.items()), **fields}
    )
    spec = yaml.safe_load(spec.replace("IMAGE", IMAGE))
    if kind != "Pod":
        spec = {"template": {"spec": spec}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    text = yaml.safe_dump({"apiVersion": KINDS[kind], "kind": kind, "metadata": {"name": "x"}, "spec": spec})
    return [(one.cause, one.facts) for one in admit(exercise, {"web.yaml": text}, Names({"shop": "shop-1"})).refusals]


@pytest.mark.parametrize(("spec", "field"), BAD, ids=[field for _, field in BAD])
@pytest.mark.parametrize("kind", KINDS)
def test_what_reaches_beyond_the_pod_is_refused_with_its_field(kind, spec, field):
    ((cause, facts),) = refused(spec, kind)
    assert cause == "field-not-admitted"
    assert facts["field"].endswith(f".{field}")
    assert int(facts["line"]) > 1


def test_an_image_that_the_exercise_does_not_list_is_refused():
    ((cause, facts),) = refused("containers: [{name: a, image: IMAGE}, {name: b, image: 'evil:1'}]")
    assert (cause, facts["image"]) == ("image-not-admitted", "evil:1")
    assert refused("containers: [{name: b, image: 'evil:1'}]", images=("evil:1",)) == []


def test_usual_pods_are_admitted():
    usual = "volumes: [{name: a, emptyDir: {}}]\ncontainers: [{name: a, image: IMAGE, ports: [{containerPort: 80}]}]"
    for kind in KINDS:
        assert refused(usual, kind) == []


def test_nonsense_is_left_to_the_api_server():
    for nonsense in ({}, {"spec": 3}, {"spec": {"template": []}}, {"spec": {"template": {"spec": {"containers": 3}}}}):
        found = pod_spec("Deployment", nonsense)
        assert found is None or found[1] == {"containers": 3}
    assert refused("containers: 3\nvolumes: [3]") == []


@pytest.mark.parametrize("fields", [{"pod_security": "privileged"}, {"shares": ("everything",)}])
def test_an_exercise_cannot_ask_for_more(fields):
    with pytest.raises(CourseError, match="pod_security is one of"):
        Exercise(**{**vars(EXERCISE), **fields})
