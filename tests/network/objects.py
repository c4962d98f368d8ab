"""Plain Kubernetes JSON for tests, as small as the model allows."""

from typing import Any

Json = dict[str, Any]
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"


def node(name: str, address: str, pod_cidr: str, ready: bool = True) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "spec": {"podCIDR": pod_cidr},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}],
        },
    }


def nodes() -> list[Json]:
    return [
        node("lab-control-plane", "172.18.0.2", "10.244.0.0/24"),
        node("lab-worker", "172.18.0.3", "10.244.1.0/24"),
        node("lab-worker2", "172.18.0.4", "10.244.2.0/24"),
    ]


def namespace(name: str) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def pod(
    name: str,
    address: str,
    on: str = "lab-worker",
    args: list[str] | None = None,
    labels: dict[str, str] | None = None,
    space: str = "shop",
    **spec: Any,
) -> Json:
    container = {"name": "main", "image": IMAGE, "args": args if args is not None else ["netexec", "--http-port=8080"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": space, "labels": labels or {"app": "web"}, "uid": f"uid-{name}"},
        "spec": {"nodeName": on, "containers": [container], **spec},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
    }


def client(name: str = "client", address: str = "10.244.1.9", on: str = "lab-worker", space: str = "shop") -> Json:
    return pod(name, address, on, ["pause"], {"app": "client"}, space)


def service(name: str, address: str | None, ports: list[Json], space: str = "shop", **spec: Any) -> Json:
    body: Json = {"type": "ClusterIP", "ports": ports, "selector": {"app": "web"}, **spec}
    if address is not None:
        body |= {"clusterIP": address, "clusterIPs": [address]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": space}, "spec": body}


def endpoint(pod: Json, ready: bool = True, serving: bool | None = None, terminating: bool = False) -> Json:
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {
            "ready": ready,
            "serving": ready if serving is None else serving,
            "terminating": terminating,
        },
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": {"kind": "Pod", "namespace": pod["metadata"]["namespace"], "name": pod["metadata"]["name"]},
    }


def slice_of(service: Json, ports: list[Json], endpoints: list[Json], suffix: str = "abcde") -> Json:
    name, space = service["metadata"]["name"], service["metadata"]["namespace"]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-{suffix}",
            "namespace": space,
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "ports": ports,
        "endpoints": endpoints,
    }


def shop() -> list[Json]:
    """Three Pods behind the Service `web` on two workers, a client beside them and one in another namespace."""
    pods = [
        pod("web-1", "10.244.1.2"),
        pod("web-2", "10.244.2.2", "lab-worker2"),
        pod("web-3", "10.244.2.3", "lab-worker2"),
    ]
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080, "protocol": "TCP"}])
    web_slice = slice_of(web, [{"name": "", "port": 8080, "protocol": "TCP"}], [endpoint(one) for one in pods])
    return [
        *nodes(),
        namespace("shop"),
        namespace("other"),
        *pods,
        client(),
        client("far", "10.244.2.9", "lab-worker2", "other"),
        web,
        web_slice,
    ]
