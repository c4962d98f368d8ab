"""Makes a case's cluster, asks what it asks, and says what the diagnosis is; on any cluster."""

import json
import re
from dataclasses import replace
from typing import Any

from servicelab.cluster.base import Capability, Cluster
from servicelab.diagnosis import Diagnosis, Question, Snapshot, diagnose, question_of, questions
from servicelab.network.places import Outside, parse_place, parse_target
from servicelab.tracing.diagnosing import examine, read_snapshot
from servicelab.tracing.reading import state_of
from tests.diagnosis.cases import Case
from tests.network.flows import building
from tests.network.flows.placeholders import Names, fill_all, in_its_namespace, place_of

MERGE = {"Content-Type": "application/merge-patch+json"}
LONGEST = 240.0
POOLS = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools"


def build(cluster: Cluster, cases: list[Case]) -> list[Names]:
    """Make the cases' namespaces and objects; returns when each is as broken as it is going to be."""
    outside = cluster.outside_address() or ""
    nodes = cluster.rest.items("/api/v1/nodes")
    every = [Names(case.state, nodes, outside) for case in cases]
    both = list(zip(cases, every, strict=True))
    building.make_namespaces(cluster.rest, cluster.wait_until, [(case.state, names) for case, names in both])
    for case, names in both:
        for breakage in case.breakages:
            _send(cluster, breakage.before, names)
        for late in (False, True):
            if late and any(one["kind"] in building.LATE for one in case.objects):
                _learn(cluster, case, names)
            for one in case.objects:
                if (one["kind"] in building.LATE) == late:
                    building.make(cluster.rest, in_its_namespace(one, names))
    for case, names in both:
        cluster.wait_until(f"the cluster of {case.name}", lambda c=case, n=names: _is_settled(cluster, c, n),
                           timeout=LONGEST)  # fmt: skip
        _learn(cluster, case, names)
        for breakage in case.breakages:
            _send(cluster, breakage.after, names)
            if breakage.seconds:
                _pass(cluster, breakage.seconds)
    return every


def _send(cluster: Cluster, requests: tuple[tuple[str, str, Any], ...], names: Names) -> None:
    for method, path, body in requests:
        if "{pool}" in path:
            path = path.replace("{pool}", cluster.rest.items(POOLS)[0]["metadata"]["name"])
        cluster.rest.send(method, names.fill(path), content=json.dumps(fill_all(body, names)).encode(),
                          headers=MERGE if method == "PATCH" else {"Content-Type": "application/json"})  # fmt: skip
        if path.endswith("load-balancer"):
            cluster.capabilities -= {Capability.LOAD_BALANCER}


def _pass(cluster: Cluster, seconds: float) -> None:
    """Time passes on the embedded cluster's own clock."""
    cluster.core.pass_time(seconds)  # type: ignore[attr-defined]


def _pods(cluster: Cluster, names: Names) -> list[Any]:
    return [one for space in (names.space, names.other)
            for one in cluster.rest.items(f"/api/v1/namespaces/{space}/pods")]  # fmt: skip


def _learn(cluster: Cluster, case: Case, names: Names) -> None:
    """The addresses of Pods and Services, once the Pods that get one have one."""
    if any(one["kind"] == "EndpointSlice" for one in case.objects):
        cluster.wait_until("Pod addresses", lambda: all(one["status"].get("podIP") for one in _pods(cluster, names)),
                           timeout=LONGEST)  # fmt: skip
    names.learn(_pods(cluster, names), cluster.rest.items(f"/api/v1/namespaces/{names.space}/services"))


def _is_settled(cluster: Cluster, case: Case, names: Names) -> bool:
    """Whether everything that becomes ready is, with an address where one comes, and what goes wrong has gone wrong."""
    patterns = [one.until for one in case.breakages if one.until]
    found = _pods(cluster, names)
    clients = [one for one in found if one["metadata"]["labels"].get("app") == "client"]
    others = [one for one in found if one not in clients and one["metadata"]["name"] != "late"]
    if not all(map(building.is_ready, clients)) or len(clients) != 2:
        return False
    if patterns:
        events = cluster.rest.items(f"/api/v1/namespaces/{names.space}/events")
        text = json.dumps([found, events], separators=(",", ":"))
        return all(re.search(pattern, text) for pattern in patterns)
    wanted = sum(building.replicas(one) for one in case.objects)
    services = cluster.rest.items(f"/api/v1/namespaces/{names.space}/services")
    is_balanced = any(one.before for one in case.breakages) or building.are_balanced(services, {names.space})
    return len(found) == wanted and all(map(building.is_ready, others)) and is_balanced


def asked(snapshot: Snapshot, case: Case, names: Names) -> list[Question]:
    """What the case asks: its own question, or what `lab doctor web` asks."""
    if not case.asks:
        return questions(snapshot, names.space, "web")
    service, _, rest = case.asks.rpartition(": ") if case.asks.startswith("web: ") else ("", "", case.asks)
    source, target = rest.split(" -> ")
    place = Outside() if source == "here" else parse_place(place_of(source, names))
    found = question_of(snapshot.state, place, parse_target(names.fill(target)), names.space)
    service = f"{names.space}/{service}" if service else found.service
    return [replace(found, service=service, from_here=source == "here")]


def diagnosed(cluster: Cluster, case: Case, names: Names) -> Diagnosis:
    """What is said of the case's cluster."""
    snapshot = read_snapshot(cluster, names.space)
    for breakage in case.breakages:
        if breakage.drops:
            gone = snapshot.all(breakage.drops, namespace=names.space)
            kept = [one for some in snapshot.objects.values() for one in some if one not in gone]
            snapshot = Snapshot.of(kept, state_of(cluster, kept))
    found = asked(snapshot, case, names)
    seen = next((one.seen for one in case.breakages if one.seen is not None), None)
    if seen is not None:
        return diagnose(snapshot, found[0], seen(snapshot, found[0]))
    examined = examine(cluster, snapshot, found)
    assert examined is not None, "a Service that is asked for has at least one question"
    return examined


def remove_all(cluster: Cluster, cases: list[Case]) -> None:
    """Delete what belongs to the cases, also of a run that broke off; returns when it is gone."""
    nodes = cluster.rest.items("/api/v1/nodes")
    every = [Names(case.state, nodes, "") for case in cases]
    building.remove(cluster.rest, [(case.state, names) for case, names in zip(cases, every, strict=True)])
    mine = {space for names in every for space in (names.space, names.other)}

    def are_gone() -> bool:
        return not mine & {one["metadata"]["name"] for one in cluster.rest.items("/api/v1/namespaces")}

    # Services of other cases that have the same address outside would be evidence
    cluster.wait_until("the cases' namespaces to go", are_gone, timeout=LONGEST)
