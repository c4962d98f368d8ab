"""The same states on the embedded cluster: the objects that come of them, and what really answered on kind."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from servicelab.cluster import answering_pod
from servicelab.cluster.embedded import open_throwaway
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import possible_paths
from servicelab.network.unmodelled import Unmodelled
from servicelab.tracing.reading import read_objects, state_of
from tests.network.differential.asking import Request
from tests.network.flows.building import build
from tests.network.flows.placeholders import Names, place_of
from tests.network.flows.states import Json, State

ALLOCATED = ("nodePort", "healthCheckNodePort")
"""Numbers that each cluster chooses for itself."""


class Side:
    """One state on one cluster, in words that do not depend on the addresses it was given there."""

    def __init__(self, names: Names, objects: Iterable[Json]) -> None:
        self.names = names
        spaces = (names.space, names.other)
        self.objects = [one for one in objects if one["metadata"].get("namespace") in spaces]
        self.words = self._words()
        self.hosts = {answering_pod.host_name(one): self._pod(one["metadata"]["name"]) for one in names.all_pods} | {
            names.node_name(index): f"node {index}" for index in names.nodes
        }

    def _words(self) -> dict[str, str]:
        names = self.names
        found = {one["status"]["podIP"]: f"pod {self._pod(one['metadata']['name'])}" for one in names.all_pods}
        for name, service in names.services.items():
            ingress = (service["status"].get("loadBalancer") or {}).get("ingress") or ()
            found |= {one["ip"]: f"balancer of {name}" for one in ingress}
            found[service["spec"].get("clusterIP", "")] = f"address of {name}"
        for index in names.nodes:
            found |= {names.fill(f"{{{kind}:{index}}}"): f"{kind} {index}" for kind in ("node", "gateway", "range")}
            found[names.node_name(index)] = f"node {index}"
            found[names.fill(f"{{nobody:{index}}}")] = f"nobody {index}"
        found |= {"None": "None", "": "", names.outside_address: "outside"}
        found |= {names.space: "here", names.other: "there"}
        return found

    def _pod(self, name: str) -> str:
        """A Pod's name, or its Deployment's."""
        return next((one for one in self.names.deployments if name.startswith(f"{one}-")), name)

    def word(self, text: str | None) -> str | None:
        """An address or name of this cluster as what it is."""
        return None if text is None else self.words.get(text, text)

    def _in_words(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: "a port" if key in ALLOCATED else self._in_words(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._in_words(one) for one in value]
        if not isinstance(value, str):
            return value
        address, slash, bits = value.partition("/")
        told = self.words.get(value) or (self.words.get(address, address) + slash + bits)
        return told.replace(self.names.other, "there").replace(self.names.space, "here")

    def services(self) -> dict[str, Any]:
        """Each Service's `spec`, and how its load balancer answers."""
        return {
            self._key(one): self._in_words({"spec": one["spec"], "status": one["status"]})
            for one in self.objects
            if one["kind"] == "Service"
        }

    def endpoints(self) -> dict[str, list[str]]:
        """Each Service's endpoints with their ports, from all its EndpointSlices."""
        found: dict[str, list[str]] = {}
        for one in self.objects:
            if one["kind"] == "EndpointSlice":
                service = (
                    self.word(one["metadata"]["namespace"]),
                    one["metadata"]["labels"]["kubernetes.io/service-name"],
                )
                ports = sorted(json.dumps(port, sort_keys=True) for port in one.get("ports") or ())
                told = found.setdefault("/".join(map(str, service)), [])
                told += [
                    json.dumps([self._endpoint(each), ports], sort_keys=True) for each in one.get("endpoints") or ()
                ]
        return {key: sorted(some) for key, some in found.items()}

    def _endpoint(self, endpoint: Json) -> Any:
        target = endpoint.get("targetRef")
        told = {key: self._in_words(value) for key, value in endpoint.items() if key != "targetRef"}
        return told | ({"targetRef": [target["kind"], self._pod(target["name"])]} if target else {})

    def _key(self, object_: Json) -> str:
        return f"{self.word(object_['metadata']['namespace'])}/{object_['metadata']['name']}"


class OnEmbedded(Side):
    """The state on a throw-away embedded cluster of its own, where the model says what is possible."""

    def __init__(self, state: State) -> None:
        cluster = open_throwaway(seed=1)
        names = Names(state, cluster.rest.items("/api/v1/nodes"), cluster.outside_address() or "")
        build(cluster.rest, cluster.wait_until, [(state, names)])
        objects = read_objects(cluster)
        self.state = state_of(cluster, objects)
        super().__init__(names, objects)
        cluster.close()

    def possible(self, flow: str) -> set[tuple[str, str | None, str | None]]:
        """Outcome, who answers and what it sees as source. Raises Unmodelled."""
        source, _, target = flow.partition(" -> ")
        place = parse_place(place_of(source, self.names))
        verdicts = [one.verdict for one in possible_paths(self.state, place, parse_target(self.names.fill(target)))]
        keys = {f"{one['metadata']['namespace']}/{one['metadata']['name']}": one for one in self.names.all_pods}
        return {
            (
                str(one.outcome),
                self.hosts[answering_pod.host_name(keys[one.by])] if one.by else None,
                self.word(one.seen_source),
            )
            for one in verdicts
        }


def objects_differ(kind: Side, embedded: Side) -> list[str]:
    """Each Service or its endpoints where the clusters made something else of the same state."""
    found = []
    for what in (Side.services, Side.endpoints):
        real, ours = what(kind), what(embedded)
        for key in sorted({*real, *ours}):
            one, other = (json.dumps(some.get(key), sort_keys=True) for some in (real, ours))
            if one != other:
                found.append(f"{key}: kind has {one}, embedded {other}")
    return found


def hangs_on_addresses(names: Names, flow: str) -> bool:
    """Whether the addresses that a cluster gave decide who answers: for a load balancer's address which node does, and
    behind a headless name the Pod whose address is nearest to the client's own (RFC 6724, rule 9)."""
    host = flow.partition(" -> ")[2].partition("://")[2].partition(":")[0]
    service = names.services.get(host.partition("/")[0].partition(".")[0])
    return host.startswith("{lb") or (service is not None and service["spec"].get("clusterIP") == "None")


def flow_differs(kind: Side, embedded: OnEmbedded, flow: str, requests: Sequence[Request]) -> str:
    """What really came of a flow on kind that is not possible on embedded; empty where it is."""
    if hangs_on_addresses(kind.names, flow):
        return ""
    try:
        possible = embedded.possible(flow)
    except Unmodelled as unknown:
        return f"{flow}: embedded does not know: {unknown}"
    for one in requests:
        by = kind.hosts.get(one.hostname) if one.hostname else None
        seen = kind.word(one.client.rpartition(":")[0] or None)
        if not any(
            one.outcome == outcome
            and (by is None or who is None or by == who)
            and (seen is None or source in (None, seen))
            for outcome, who, source in possible
        ):
            return f"{flow}: kind {one.outcome} {by or ''} {seen or ''}; embedded {sorted(map(str, possible))}"
    return ""
