"""Makes states on a cluster, several at once so that the waiting is shared: any cluster whose API is at hand."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from servicelab.cluster.rest import Refused, Rest
from tests.network.flows.placeholders import Names, in_its_namespace
from tests.network.flows.states import State

Json = dict[str, Any]
Built = tuple[State, Names]
LATE = ("EndpointSlice", "NetworkPolicy")
"""Kinds made when the Pods have their addresses and are Ready."""
PLURALS = {
    "Pod": "/api/v1/namespaces/{}/pods",
    "Service": "/api/v1/namespaces/{}/services",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
}
LONGEST = 300.0
"""Seconds for Pods to start, many at once on a busy machine."""
NOT_FOUND = 404


class Waiting(Protocol):
    """`Cluster.wait_until`."""

    def __call__(self, description: str, condition: Callable[[], Any], *, timeout: float) -> Any: ...


def build(rest: Rest, wait: Waiting, built: Iterable[Built]) -> None:
    """Make the states' namespaces and objects; returns when their Pods, addresses and statuses are there."""
    built = list(built)
    make_namespaces(rest, wait, built)
    make_objects(rest, wait, built)
    for state, names in built:
        for name in state.delete_before:
            rest.send("DELETE", f"{PLURALS['Pod'].format(names.space)}/{name}")


def make_namespaces(rest: Rest, wait: Waiting, built: Iterable[Built]) -> None:
    """Make each state's two namespaces, and wait until Pods can be made there."""
    built = list(built)
    spaces = _spaces(built)

    def are_gone() -> bool:
        """Whether nothing is left of a run before, perhaps an interrupted one."""
        return spaces.isdisjoint(one["metadata"]["name"] for one in rest.items("/api/v1/namespaces"))

    remove(rest, built)
    wait("namespaces of these names to be gone", are_gone, timeout=LONGEST)
    for _, names in built:
        for space, team in ((names.space, "home"), (names.other, "far")):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space, "labels": {"team": team}}}
            rest.send("POST", "/api/v1/namespaces", json=body)
    accounts = "/api/v1/serviceaccounts"
    wait("the service accounts", lambda: spaces <= {_space_of(one) for one in rest.items(accounts)}, timeout=LONGEST)


def make_objects(rest: Rest, wait: Waiting, built: Iterable[Built]) -> None:
    """Make the states' objects in their namespaces; returns when their Pods and addresses are there."""
    built = list(built)
    spaces = _spaces(built)
    for late in (False, True):
        for state, names in built:
            for one in state.objects:
                if (one["kind"] in LATE) == late:
                    make(rest, in_its_namespace(one, names))
        if not late:
            with_pods = [one for one in built if any(replicas(object_) for object_ in one[0].objects)]
            wait("the Pods", lambda with_pods=with_pods: _pods_are_there(rest, with_pods), timeout=LONGEST)
            wait("the load balancers", lambda: are_balanced(rest.items("/api/v1/services"), spaces), timeout=60)
            pods, services = rest.items("/api/v1/pods"), rest.items("/api/v1/services")
            for _, names in built:
                names.learn(pods, services)


def unmake_objects(rest: Rest, built: Iterable[Built]) -> None:
    """Delete the states' objects, and leave their namespaces."""
    for state, names in built:
        for one in state.objects:
            metadata = in_its_namespace(one, names)["metadata"]
            _delete(rest, f"{PLURALS[one['kind']].format(metadata['namespace'])}/{metadata['name']}")


def remove(rest: Rest, built: Iterable[Built]) -> None:
    """Delete the states' namespaces; does not wait until they are gone."""
    for space in _spaces(built):
        _delete(rest, f"/api/v1/namespaces/{space}")


def make(rest: Rest, object_: Json) -> None:
    rest.send("POST", PLURALS[object_["kind"]].format(_space_of(object_)), json=object_)
    if object_["kind"] == "Service" and "status" in object_:
        _write_status(rest, object_)


def _delete(rest: Rest, path: str) -> None:
    try:
        rest.send("DELETE", path)
    except Refused as refusal:
        if refusal.code != NOT_FOUND:
            raise


def _spaces(built: Iterable[Built]) -> set[str]:
    return {space for _, names in built for space in (names.space, names.other)}


def _space_of(object_: Json) -> str:
    return str(object_["metadata"]["namespace"])


def _write_status(rest: Rest, service: Json) -> None:
    metadata = service["metadata"]
    path = f"{PLURALS['Service'].format(metadata['namespace'])}/{metadata['name']}/status"
    headers = {"Content-Type": "application/merge-patch+json"}
    rest.send("PATCH", path, content=json.dumps({"status": service["status"]}).encode(), headers=headers)


def _pods_are_there(rest: Rest, built: list[Built]) -> bool:
    """Whether all Pods are Ready, or have an address where they never will be."""
    by_space: dict[str, list[Json]] = {}
    for one in rest.items("/api/v1/pods"):
        by_space.setdefault(one["metadata"]["namespace"], []).append(one)
    return all(_are_there(state, names, by_space) for state, names in built)


def _are_there(state: State, names: Names, by_space: dict[str, list[Json]]) -> bool:
    here = by_space.get(names.space, [])
    wanted = sum(replicas(one) for one in state.objects)
    found = here + by_space.get(names.other, [])
    return len(found) == wanted and all(
        bool(one["status"].get("podIP")) if one in here and _stays_unready(one, state) else is_ready(one)
        for one in found
    )


def replicas(object_: Json) -> int:
    return int(object_["spec"]["replicas"]) if object_["kind"] == "Deployment" else object_["kind"] == "Pod"


def _stays_unready(pod: Json, state: State) -> bool:
    name = pod["metadata"]["name"]
    return name in state.never_ready or any(name.startswith(f"{one}-") for one in state.never_ready)


def is_ready(pod: Json) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions") or ())


def are_balanced(services: list[Json], spaces: set[str]) -> bool:
    return all(
        bool((one["status"].get("loadBalancer") or {}).get("ingress"))
        for one in services
        if one["metadata"]["namespace"] in spaces
        and one["spec"]["type"] == "LoadBalancer"
        and not one["spec"].get("loadBalancerClass")
    )
