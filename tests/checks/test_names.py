"""Names on the cluster never reach the learner, and the learner's names always reach the cluster."""

import pytest

from servicelab.checks import Names

NAMES = Names({"shop": "shop-1a2b3c", "visitors": "visitors-1a2b3c"})


@pytest.mark.parametrize(
    ("written", "real"),
    [
        ("web", "web"),
        ("web.shop", "web.shop-1a2b3c"),
        ("web.shop.svc", "web.shop-1a2b3c.svc"),
        ("web.shop.svc.cluster.local", "web.shop-1a2b3c.svc.cluster.local"),
        ("pod.web.shop", "pod.web.shop-1a2b3c"),
        ("pod.web.shop.svc.cluster.local", "pod.web.shop-1a2b3c.svc.cluster.local"),
        ("web.other", "web.other"),
        ("10.96.0.1", "10.96.0.1"),
        ("web.shop.example.com", "web.shop.example.com"),
    ],
)
def test_host_names(written, real):
    assert NAMES.host(written) == real
    assert NAMES.shown(real) == written


def test_texts_and_namespaces():
    assert NAMES.first == "shop"
    assert NAMES.on_cluster("visitors") == "visitors-1a2b3c"
    assert NAMES.on_cluster("kube-system") == "kube-system"
    assert NAMES.shown('services "web" in shop-1a2b3c and visitors-1a2b3c') == 'services "web" in shop and visitors'


def test_selectors_take_namespaces_by_their_names_on_the_cluster():
    label = "kubernetes.io/metadata.name"
    peers = [
        {"namespaceSelector": {"matchLabels": {label: "visitors", "team": "shop"}}},
        {"namespaceSelector": {"matchExpressions": [{"key": label, "operator": "In", "values": ["shop", "other", 7]}]}},
        {"podSelector": {"matchLabels": {"app": "shop", label: None}}},
    ]
    assert NAMES.in_manifest({"spec": {"ingress": [{"from": peers}]}})["spec"]["ingress"][0]["from"] == [
        {"namespaceSelector": {"matchLabels": {label: "visitors-1a2b3c", "team": "shop"}}},
        {
            "namespaceSelector": {
                "matchExpressions": [{"key": label, "operator": "In", "values": ["shop-1a2b3c", "other", 7]}]
            }
        },
        {"podSelector": {"matchLabels": {"app": "shop", label: None}}},
    ]


def test_an_alias_leads_to_the_name_on_the_cluster():
    def alias(name):
        return {"kind": "Service", "spec": {"type": "ExternalName", "externalName": name}}

    assert NAMES.in_manifest(alias("db.shop.svc.cluster.local")) == alias("db.shop-1a2b3c.svc.cluster.local")
    assert NAMES.in_manifest(alias("db.example.com")) == alias("db.example.com")
    assert NAMES.in_manifest(alias(5432)) == alias(5432)


def test_an_address_that_stands_for_another():
    names = Names({"shop": "shop-1a2b3c"}, {"192.0.2.10": "10.244.1.7"})
    slice = {"endpoints": [{"addresses": ["192.0.2.10", "192.0.2.11"]}], "ports": [{"port": 5432}]}
    assert names.in_manifest(slice) == {**slice, "endpoints": [{"addresses": ["10.244.1.7", "192.0.2.11"]}]}
    assert names.shown("10.244.1.7, and 10.244.1.7.") == "192.0.2.10, and 192.0.2.10."
    assert names.shown("10.244.1.71 110.244.1.7 10.244.1.7.2") == "10.244.1.71 110.244.1.7 10.244.1.7.2"
