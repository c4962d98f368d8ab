"""Which Pod answered: certain, or not told."""

from servicelab.cluster.answering_pod import find


def pod(name, namespace="shop", ip="10.244.1.5", **spec):
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
        "status": {"podIPs": [{"ip": ip}]},
    }


def service(name, namespace, ip, **spec):
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"clusterIPs": [ip], **spec}}


def slice_of(name, namespace, *addresses):
    labels = {"kubernetes.io/service-name": name}
    return {
        "metadata": {"name": f"{name}-x", "namespace": namespace, "labels": labels},
        "endpoints": [{"addresses": [address]} for address in addresses],
    }


def test_the_one_pod_of_that_name():
    assert find("web-1", None, [pod("web-1"), pod("web-2")], [], []) == "shop/web-1"


def test_nobody_of_that_name():
    assert find("web-9", None, [pod("web-1")], [], []) is None


def test_a_pod_may_have_another_host_name():
    assert find("front", None, [pod("web-1", hostname="front")], [], []) == "shop/web-1"


def test_a_pod_on_the_nodes_network_has_the_nodes_name():
    pods = [pod("agent", hostNetwork=True, nodeName="lab-worker")]
    assert find("lab-worker", None, pods, [], []) == "shop/agent"
    assert find("agent", None, pods, [], []) is None


def test_namesakes_are_told_apart_by_the_service_that_was_asked():
    pods = [pod("web-0", "a", "10.244.1.5"), pod("web-0", "b", "10.244.1.6")]
    services = [service("web", "a", "10.96.0.7"), service("web", "b", "10.96.0.8")]
    slices = [slice_of("web", "a", "10.244.1.5"), slice_of("web", "b", "10.244.1.6")]
    assert find("web-0", "10.96.0.8:80", pods, services, slices) == "b/web-0"
    assert find("web-0", "10.244.1.5:80", pods, services, slices) == "a/web-0"


def test_namesakes_are_told_apart_by_the_node_port_that_was_asked():
    pods = [pod("web-0", "a", "10.244.1.5"), pod("web-0", "b", "10.244.1.6")]
    services = [
        service("web", "a", "10.96.0.7", ports=[{"port": 80, "nodePort": 30080}]),
        service("web", "b", "10.96.0.8", ports=[{"port": 80, "nodePort": 30081}, {"port": 81}]),
    ]
    slices = [slice_of("web", "a", "10.244.1.5"), slice_of("web", "b", "10.244.1.6")]
    assert find("web-0", "172.18.0.3:30081", pods, services, slices) == "b/web-0"
    assert find("web-0", "172.18.0.3:30080", pods, services, slices) == "a/web-0"
    assert find("web-0", "10.96.0.8:30080", pods, services, slices) == "b/web-0", "the address has a Service"


def test_namesakes_that_cannot_be_told_apart_are_not_told():
    pods = [pod("web-0", "a", "10.244.1.5"), pod("web-0", "b", "10.244.1.6")]
    assert find("web-0", None, pods, [], []) is None
    assert find("web-0", "172.18.0.3:80", pods, [], []) is None


def test_a_slice_without_endpoints_does_not_hurt():
    empty = {"metadata": {"name": "x", "namespace": "a"}, "endpoints": None}
    pods = [pod("web-0", "a"), pod("web-0", "b", "10.244.1.6")]
    assert find("web-0", "10.244.1.6:80", pods, [], [empty]) == "b/web-0"
