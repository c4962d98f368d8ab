"""Only the kinds and namespaces an exercise lists reach the cluster."""

import pytest

from servicelab.checks import Names
from servicelab.course import load_course
from servicelab.course.admission import admit

EXERCISE = load_course().exercise("clusterip")
NAMES = Names({"shop": "shop-1", "visitors": "visitors-1"})


def service(namespace="shop", kind="Service", version="v1"):
    line = f"  namespace: {namespace}\n" if namespace else ""
    return f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: web\n{line}"


def causes(text, file="web.yaml"):
    admitted = admit(EXERCISE, {file: text}, NAMES)
    return [refusal.cause for refusal in admitted.refusals], [manifest.name for manifest in admitted.manifests]


@pytest.mark.parametrize("namespace", ["shop", "visitors", None])
def test_the_exercises_own_namespaces_are_admitted(namespace):
    assert causes(service(namespace)) == ([], ["web"])


def test_the_namespace_itself_may_be_written_out():
    text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\n" + service()
    assert causes(text) == ([], ["web"])


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (service("default"), "namespace-not-admitted"),
        (service("kube-system"), "namespace-not-admitted"),
        (service("shop-1"), "namespace-not-admitted"),
        (service(kind="Pod"), "kind-not-admitted"),
        (service(kind="Namespace"), "kind-not-admitted"),
        (service(version="example.com/v1"), "kind-not-admitted"),
        (service(kind="ClusterRoleBinding", version="rbac.authorization.k8s.io/v1"), "kind-not-admitted"),
        (service() + "spec:\n  externalIPs: [10.96.0.10]\n", "field-not-admitted"),
        ("kind: [", "invalid-yaml"),
    ],
)
def test_everything_else_is_refused(text, cause):
    assert causes(text) == ([cause], [])


def test_a_list_does_not_smuggle():
    text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: x}\n"
    assert causes(text) == (["kind-not-admitted"], [])


def test_a_manifest_of_another_name_is_not_taken():
    assert causes(service(), "service.yaml") == (["manifest-missing"], [])


def test_nothing_written_is_no_refusal():
    assert admit(EXERCISE, {}, NAMES).refusals == ()
