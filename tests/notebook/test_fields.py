"""Which fields there are at a place of an object, and what they mean."""

import pytest

from servicelab.embedded import facts
from servicelab.embedded.resources import CUSTOM, RESOURCES
from servicelab.notebook.fields import fields_at


def named(api_version, kind, path):
    return {field.name: field for field in fields_at(api_version, kind, path)}


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "name", "type"),
    [
        ("v1", "Service", (), "metadata", "ObjectMeta"),
        ("v1", "Service", ("spec",), "selector", "map[string]string"),
        ("v1", "Service", ("spec",), "type", "string: ClusterIP, ExternalName, LoadBalancer, NodePort"),
        ("v1", "Service", ("spec",), "ports", "[]ServicePort"),
        ("v1", "Service", ("spec", "ports", 3), "targetPort", "IntOrString"),
        ("apps/v1", "Deployment", ("spec", "template", "spec", "containers", 0), "image", "string"),
        ("networking.k8s.io/v1", "NetworkPolicy", ("spec", "ingress", 0), "from", "[]NetworkPolicyPeer"),
        ("metallb.io/v1beta1", "IPAddressPool", ("spec",), "addresses", "[]string"),
    ],
)
def test_a_field_has_its_type(api_version, kind, path, name, type):
    assert named(api_version, kind, path)[name].type == type


def test_a_field_says_what_it_means_in_the_words_of_the_api():
    said = str(named("v1", "Service", ("spec", "ports", 0))["targetPort"])
    assert said.startswith("targetPort <IntOrString>\nNumber or name of the port to access on the pods targeted by")
    assert "  " not in said


@pytest.mark.parametrize(
    ("api_version", "kind", "path"),
    [
        ("v1", "Servise", ()),
        ("None", "None", ()),
        ("v2", "Service", ()),
        ("v1", "Service", ("spec", "ports")),
        ("v1", "Service", ("spec", "selector")),
        ("v1", "Service", ("spec", "nothing", 0, "name")),
        ("v1", "Service", ("kind", "name")),
    ],
)
def test_there_is_nothing_where_the_api_has_no_fields(api_version, kind, path):
    assert fields_at(api_version, kind, path) == ()


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.qualified)
def test_every_field_of_every_kind_has_a_meaning(resource):
    """But for custom kinds, whose facts hold none below metadata."""
    walked = [(field, (field.name,)) for field in fields_at(resource.api_version, resource.kind, ())]
    assert {field.name for field, _ in walked} == set(facts.schema(facts.struct_of(resource))["properties"])
    if resource in CUSTOM:
        return
    silent = []
    while walked:
        field, path = walked.pop()
        if not field.meaning and "openAPIV3Schema" not in path:  # the API describes none of JSON Schema's words
            silent.append((path, field))
        if len(path) < 8:
            inside = (*path, 0) if field.type.startswith("[]") else path
            walked += [
                (below, (*inside, below.name)) for below in fields_at(resource.api_version, resource.kind, inside)
            ]
    assert silent == []
