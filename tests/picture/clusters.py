"""Clusters and requests that pictures are drawn of."""

from collections.abc import Iterator

from servicelab.network.path import Path
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import possible_paths
from servicelab.network.state import ClusterState
from tests.network.flows.recordings import RECORDED, read
from tests.network.objects import client, endpoint, nodes, pod, service, shop, slice_of

Drawn = tuple[list[Path], ClusterState]
OUTSIDE = "172.18.0.5"
ASKED = 8
"""Requests in the one picture of a whole state."""


def ask(objects, *requests: tuple[str, str], **known) -> Drawn:
    """Every way of each request (from, to) in a cluster of these objects."""
    state = ClusterState.from_objects(objects, OUTSIDE, **known)
    paths = [
        path
        for source, target in requests
        for path in possible_paths(state, parse_place(source, "shop"), parse_target(target))
    ]
    return paths, state


def balanced_shop() -> list[dict]:
    """A Service of type LoadBalancer, taken by MetalLB, with a Pod on each worker and two ports that lead to one."""
    pods = [pod("web-1", "10.244.1.2"), pod("web-2", "10.244.2.2", "lab-worker2")]
    ports = [
        {"name": "http", "port": 80, "targetPort": 8080, "nodePort": 30036, "protocol": "TCP"},
        {"name": "https", "port": 443, "targetPort": 8080, "nodePort": 31147, "protocol": "TCP"},
    ]
    web = service("web", "10.96.1.1", ports, type="LoadBalancer")
    web["status"] = {"loadBalancer": {"ingress": [{"ip": "172.18.255.200", "ipMode": "VIP"}]}}
    named = [{"name": one["name"], "port": 8080, "protocol": "TCP"} for one in ports]
    return [*nodes(), *pods, client(), web, slice_of(web, named, [endpoint(one) for one in pods])]


THREE_ROUTES = (
    ("pod/client", "http://10.96.1.1/"),
    ("outside", "http://172.18.0.4:30036/"),
    ("outside", "tcp://172.18.255.200:443"),
)


def three_routes() -> Drawn:
    """One way by each type of Service."""
    paths, state = ask(balanced_shop(), *THREE_ROUTES)
    return list({path.target: path for path in paths}.values()), state


def refused_and_lost() -> Drawn:
    """A port nobody listens on, a port the Service has not, a virtual IP asked from outside."""
    return ask(
        shop(),
        ("pod/client", "http://10.244.2.2:81/"),
        ("pod/client", "http://web:81/"),
        ("outside", "http://10.96.1.1/"),
    )


def of_the_corpus(step: int) -> Iterator[tuple[str, Drawn]]:
    """For each recorded state one picture of several requests, and one of all ways of every `step`th request."""
    for file in RECORDED:
        record, state = read(file)
        requests = [(parse_place(flow["source"]), parse_target(flow["target"])) for flow in record["flows"]]
        spread = requests[:: max(1, len(requests) // ASKED)]
        yield f"{file.stem}, several requests", ([possible_paths(state, *one)[0] for one in spread], state)
        for source, target in requests[::step]:
            yield f"{file.stem}: {source} → {target}", (possible_paths(state, source, target), state)
