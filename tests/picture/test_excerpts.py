"""A field is found in what the learner wrote; what is not there, in the object as the cluster holds it."""

from servicelab.picture.excerpts import excerpts
from servicelab.picture.moments import Cause
from tests.picture.clusters import balanced_shop

OWN = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
"""


def cause(field, kind="Service", namespace="shop", name="web"):
    return Cause(kind, namespace, name, field)


def found(*causes, own=None, namespace="shop"):
    return excerpts(causes, {"web.yaml": OWN} if own is None else own, balanced_shop(), namespace)


def test_fields_of_one_text_are_shown_together():
    (one,) = found(cause("spec.ports[0].port"), cause("spec.ports[0].targetPort"))
    assert one.title == "Your web.yaml"
    assert [one.lines[number - one.first].strip() for number in one.marked] == ["- port: 80", "targetPort: 8080"]


def test_what_the_learner_did_not_write_is_the_cluster_s():
    (one,) = found(cause("spec.ports[0].nodePort"))
    assert one.title == "Service web, as the cluster holds it"
    assert one.lines[one.marked[0] - one.first].strip() == "nodePort: 30036"


def test_another_namespace_is_another_object():
    assert [one.title for one in found(cause("spec.ports[0].port"), namespace="other")] == [
        "Service web, as the cluster holds it"
    ]


def test_what_nobody_has_is_left_out():
    assert found(cause("spec.externalName"), cause("spec.ports", name="nobody")) == ()


def test_what_cannot_be_read_is_no_text_of_the_learner():
    (one,) = found(cause("spec.ports[0].port"), own={"web.yaml": "a: [\n"})
    assert one.title.startswith("Service web")


def test_objects_without_a_namespace_are_found():
    (one,) = found(cause("status.addresses", "Node", "", "lab-worker"))
    assert one.title == "Node lab-worker, as the cluster holds it"
