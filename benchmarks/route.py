"""How long one `route` takes on a large cluster, once its state is indexed: `python benchmarks/route.py`.

Prints the median of several rounds, in microseconds of the processor a call, and how long indexing takes.
"""

import os
from collections.abc import Iterator
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any

from servicelab.network.places import Place, parse_place, parse_target
from servicelab.network.route import route
from servicelab.network.state import ClusterState

SERVICES, PODS, NODES, POLICIES = 1000, 5000, 50, 100
ROUNDS, CALLS = 15, 300
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
Json = dict[str, Any]


def _address(base: int, number: int) -> str:
    return f"10.{base}.{number // 250}.{number % 250 + 2}"


def cluster() -> Iterator[Json]:
    """Nodes, Pods spread over them, and Services with five Pods each; one namespace for every ten Services."""
    for number in range(NODES):
        yield {
            "kind": "Node",
            "metadata": {"name": f"node-{number}"},
            "spec": {"podCIDR": f"10.244.{number}.0/24"},
            "status": {"addresses": [{"type": "InternalIP", "address": f"172.18.0.{number + 2}"}]},
        }
    each = PODS // SERVICES
    for number in range(PODS):
        service = number // each
        yield {
            "kind": "Pod",
            "metadata": {"name": f"p{number}", "namespace": f"s{service // 10}", "labels": {"app": f"web-{service}"}},
            "spec": {
                "nodeName": f"node-{number % NODES}",
                "containers": [{"name": "main", "image": IMAGE, "args": ["netexec", "--http-port=8080"]}],
            },
            "status": {"phase": "Running", "podIP": f"10.244.{number % NODES}.{number // NODES + 2}"},
        }
    for number in range(SERVICES):
        name, space = f"web-{number}", f"s{number // 10}"
        spec = {
            "clusterIP": _address(96, number),
            "selector": {"app": name},
            "ports": [{"port": 80, "targetPort": 8080, **({"nodePort": 30080} if number == 0 else {})}],
        }
        yield {"kind": "Service", "metadata": {"name": name, "namespace": space}, "spec": spec}
        pods = range(number * each, (number + 1) * each)
        yield {
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-1", "namespace": space, "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
            "endpoints": [
                {
                    "addresses": [f"10.244.{pod % NODES}.{pod // NODES + 2}"],
                    "nodeName": f"node-{pod % NODES}",
                    "targetRef": {"kind": "Pod", "namespace": space, "name": f"p{pod}"},
                }
                for pod in pods
            ],
        }


def policies() -> Iterator[Json]:
    """One for every namespace: its own Pods may come in."""
    for number in range(POLICIES):
        spec = {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}
        yield {"kind": "NetworkPolicy", "metadata": {"name": "own", "namespace": f"s{number}"}, "spec": spec}


def measure(state: ClusterState, source: Place, host: str) -> float:
    """Microseconds of the processor a call, the median over the rounds."""
    randomness = Random(1)
    targets = [parse_target(f"http://{host.format(number)}/") for number in randomness.choices(range(2, 10), k=CALLS)]
    found = []
    for _ in range(ROUNDS):
        started = process_time()
        for target in targets:
            path = route(state, source, target, randomness.choice)
        found.append((process_time() - started) / CALLS * 1e6)
        assert path.verdict.answered, path.explain()
    return median(found)


def main() -> None:
    """Measure and print."""
    objects = list(cluster())
    started = perf_counter()
    state = ClusterState.from_objects(objects)
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}")
    print(f"index {SERVICES} Services, {PODS} Pods: {(perf_counter() - started) * 1000:.0f} ms")
    source = parse_place("pod/s0/p0")
    print("limit: 100 µs a call")
    print(f"route by name: {measure(state, source, 'web-{}'):.0f} µs")
    print(f"route by virtual IP: {measure(state, source, _address(96, 0)[:-1] + '{}'):.0f} µs")
    with_policies = ClusterState.from_objects([*objects, *policies()])
    print(f"route to a node port: {measure(state, source, '172.18.0.{}:30080'):.0f} µs")
    print(f"route by name, with {POLICIES} policies: {measure(with_policies, source, 'web-{}'):.0f} µs")


if __name__ == "__main__":
    main()
