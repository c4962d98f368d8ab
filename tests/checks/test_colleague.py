"""The objects of a transfer item, as text."""

import yaml

from servicelab.checks.colleague import colleagues_pod, colleagues_service
from servicelab.cluster.images import WORKLOAD


def test_a_service_has_what_is_said_and_nothing_else():
    text = colleagues_service("copy", "shop", app="web", port=80, target="http", type="NodePort")
    assert yaml.safe_load(text) == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "copy", "namespace": "shop"},
        "spec": {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]},
    }


def test_no_address_is_said_as_text_and_an_alias_has_neither_pods_nor_ports():
    assert yaml.safe_load(colleagues_service("a", "b", clusterIP="None"))["spec"] == {"clusterIP": "None"}


def test_a_pod_listens_where_it_is_told():
    pod = yaml.safe_load(colleagues_pod("second", "fair", app="annex", port=9090))
    assert pod["metadata"] == {"name": "second", "namespace": "fair", "labels": {"app": "annex"}}
    (container,) = pod["spec"]["containers"]
    assert (container["image"], container["args"]) == (WORKLOAD, ["netexec", "--http-port=9090"])
