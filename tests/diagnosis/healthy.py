"""Clusters in which nothing is broken, also where it may look so."""

from collections.abc import Iterator

from tests.diagnosis.breakages import OPEN, adds, both, has, labelled, made, port, probe, runs, selects
from tests.diagnosis.clusters import BASES, deployment
from tests.network.flows.states import Json, no_selector, pod, service
from tests.network.flows.states_policy import CLIENT, DNS, WEB, policy, ports

CHANGES = {
    "as it is": lambda objects: None,
    "ready by a probe": runs(readinessProbe=probe("/healthz")),
    "one more Pod that is not ready": adds(pod("late", 1, ready=False)),
    "two versions": both(
        labelled(app="web", version="1"),
        adds(pod("c", 1, labels={"app": "web", "version": "2"})),
        selects(app="web"),
    ),
    "other Pods beside": adds(pod("d", 2, "netexec --http-port=5432", {"app": "database"})),
    "the client is let in": adds(policy("client", ingress=[{"from": [{"podSelector": CLIENT}]}])),
    "the port is let in": adds(policy("port", ingress=[{"ports": ports("8080", "UDP/8081")}])),
    "the client is let out": adds(policy("out", CLIENT, egress=[DNS, {"to": [{"podSelector": WEB}]}])),
    "sessions": has(sessionAffinity="ClientIP"),
    "a Service of another name beside": adds(service("wbe", "80:9", selector={"app": "nobody"})),
}
MORE: dict[str, tuple[str, str, object]] = {
    "by the Pods' port": ("headless", "pod/c1 -> http://web:8080", lambda objects: None),
    "from another namespace": ("clusterip", "pod/other/far -> http://web.{ns}:80", lambda objects: None),
    "from a node by the virtual IP": ("clusterip", "node/1 -> http://{svc:web}:80", lambda objects: None),
    "by the node port": ("nodeport", "outside -> http://{node:2}:{port:web/0}", lambda objects: None),
    "by the node port of a Pod's node": (
        "nodeport",
        "outside -> http://{node:1}:{port:web/0}",
        has(externalTrafficPolicy="Local"),
    ),
    "Local, asked by itself": ("nodeport", "", has(externalTrafficPolicy="Local")),
    "by the load balancer, Local": ("balanced", "outside -> http://{lb:web}:80", has(externalTrafficPolicy="Local")),
    "by the load balancer, in range": ("balanced", "", has(loadBalancerSourceRanges=["{outside}/32"])),
    "published early": ("headless", "pod/c1 -> http://web:8080", has(publishNotReadyAddresses=True)),
    "an alias": (
        "clusterip",
        "pod/c1 -> http://alias:80",
        adds(no_selector("alias", type="ExternalName", externalName="web.{ns}.svc.cluster.local")),
    ),
    "near": ("deployed", "", has(trafficDistribution="PreferSameNode")),
    "one replica": ("deployed", "", lambda objects: objects.__setitem__(0, deployment(replicas=1))),
    "on the node's network": ("clusterip", "", lambda objects: (objects.pop(1), made(hostNetwork=True)(objects))),
    "another port": ("clusterip", "pod/c1 -> http://web:8080", port(port=8080)),
}
"""By name: the base, what is asked, and what is changed."""


def clusters() -> Iterator[tuple[str, list[Json], str]]:
    """Name, objects, and what is asked (what `lab doctor web` asks when empty)."""
    for base, made_of in BASES.items():
        for name, change in CHANGES.items():
            objects = made_of()
            if (base, name) == ("deployed", "two versions") or (base in OPEN and name == "the client is let in"):
                continue  # a Deployment's own selector would no longer fit; from outside that policy lets nobody in
            change(objects)
            yield f"{base}-{name.replace(' ', '-').lower()}", objects, ""
    for name, (base, asks, change) in MORE.items():
        objects = BASES[base]()
        change(objects)  # type: ignore[operator]
        yield f"{base}-{name.replace(' ', '-').replace(',', '').replace(chr(39), '').lower()}", objects, asks
