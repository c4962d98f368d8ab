"""Every recorded flow replayed on the model: verdict, the Pods that can answer, and the source they see."""

import json
from random import Random
from time import process_time

import pytest

from servicelab.network.announcing import elect
from servicelab.network.families import is_loopback
from servicelab.network.path import HopKind
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import possible_paths, route
from servicelab.network.state import ClusterState
from tests.network.differential.comparing import Memory
from tests.network.flows.recordings import RECORDED, named, read

OBJECTS = ("Service", "Pod", "Node", "EndpointSlice", "NetworkPolicy", "ConfigMap")
NOT_OF_AN_OBJECT = (
    "no Service",
    "no Pod",
    "no node",
    "no endpoint",
    "its EndpointSlices",
    "a Service of that name is ",
    "names of Services exist only for Pods",
    "the name itself",
    "the kubelet writes ",
    "the firewall of node ",
    "the machine of node ",
    "the network between nodes ",
)
"""How a reason begins that is what is not there, or stands in no object."""
CHANGES_DESTINATION = (
    HopKind.VIRTUAL_IP,
    HopKind.NODE_PORT,
    HopKind.LOAD_BALANCER,
    HopKind.EXTERNAL_IP,
    HopKind.HOST_PORT,
)
FEWEST_STATES, FEWEST_FLOWS, FEWEST_ANNOUNCED = 160, 3000, 40
FEWEST_NFTABLES_FLOWS = 600
SECONDS = 2.0
"""Of the processor; a quiet machine takes as long."""


def seen_kind(state: ClusterState, address: str | None) -> str | None:
    if address is None:
        return None
    if is_loopback(address):
        return "loopback"
    if address in (state.outside_address, state.outside_ipv6):
        return "outside"
    if address in state.pod_of_address:
        return f"pod {state.pod_of_address[address].key}"
    for node in state.nodes.values():
        if address in node.gateways:
            return f"gateway {node.name}"
        if address in node.addresses:
            return f"node {node.name}"
    return f"unknown {address}"


def test_there_is_a_corpus():
    records = [json.loads(path.read_text()) for path in RECORDED]
    assert len(records) >= FEWEST_STATES
    assert sum(len(record["flows"]) for record in records) >= FEWEST_FLOWS
    modes = [record["recorded_on"]["proxy_mode"] for record in records]
    assert set(modes) == {"iptables", "nftables"}
    in_nftables = [record for record, mode in zip(records, modes, strict=True) if mode == "nftables"]
    assert sum(len(record["flows"]) for record in in_nftables) >= FEWEST_NFTABLES_FLOWS


@pytest.mark.parametrize("path", RECORDED, ids=named)
def test_the_model_says_what_kind_did(path):
    record, state = read(path)
    assert state.proxy_mode == record["recorded_on"]["proxy_mode"]
    told = [(flow, said_otherwise(state, flow)) for flow in record["flows"]]
    assert not [f"{flow['source']} -> {flow['target']}: {what}" for flow, what in told if what]


def said_otherwise(state: ClusterState, flow) -> str:
    """What the model says of a flow where kind said something else; empty where they agree."""
    source, target = parse_place(flow["source"]), parse_target(flow["target"])
    paths = possible_paths(state, source, target)
    answered = [path.verdict for path in paths if path.verdict.answered]
    outcomes = sorted({str(path.verdict.outcome) for path in paths})
    by = sorted({verdict.by for verdict in answered if verdict.by})
    seen = sorted({str(seen_kind(state, verdict.seen_source)) for verdict in answered})
    if any(path.translated_anew for path in paths) and len(outcomes) > 1 and "answered" in flow["outcomes"]:
        # A retransmission may have been answered where the first packet was lost: no try need have timed out.
        outcomes = [one for one in outcomes if one != "timed_out" or one in flow["outcomes"]]
    if outcomes != flow["outcomes"]:
        return f"{outcomes}, not {flow['outcomes']}"
    if flow.get("sticky") and flow["by"]:
        return stays_otherwise(state, flow, by, seen)
    if "status" in flow and {(verdict.status, verdict.body) for verdict in answered} != {
        (flow["status"], flow["body"])
    }:
        return f"status and body are not {flow['status']} {flow['body']}"
    if flow["by"] and by != flow["by"]:
        return f"answered by {by}, not {flow['by']}"
    if flow["seen_source"] and seen != flow["seen_source"]:
        return f"seen as {seen}, not {flow['seen_source']}"
    return ""


def stays_otherwise(state: ClusterState, flow, by: list[str], seen: list[str]) -> str:
    """The same for sessionAffinity: one Pod of those that may be chosen, and the same one again."""
    if len(flow["by"]) != 1 or not set(flow["by"]) <= set(by) or not set(flow["seen_source"]) <= set(seen):
        return f"answered by one of {by} as {seen}, not {flow['by']} as {flow['seen_source']}"
    memory = Memory()
    place, target = parse_place(flow["source"]), parse_target(flow["target"])
    first, second = (route(state, place, target, Random(7).choice, memory) for _ in range(2))
    return "" if first.verdict == second.verdict else "the second request goes elsewhere"


@pytest.mark.parametrize("path", RECORDED, ids=named)
def test_every_hop_says_what_changed_who_did_it_and_why(path):
    record, state = read(path)
    keys = {kind: keys_of(state, kind) for kind in OBJECTS}
    for flow in record["flows"]:
        for one in possible_paths(state, parse_place(flow["source"]), parse_target(flow["target"])):
            assert one.hops, flow
            for hop in one.hops:
                assert hop.who
                assert hop.said.endswith((".", ".)")), hop
                for words in hop.because.split("; "):
                    kind, *rest = words.split()
                    named_field = kind in keys and len(rest) > 1 and rest[0] in keys[kind]
                    assert named_field or words.startswith(NOT_OF_AN_OBJECT), hop
                if hop.kind is HopKind.SOURCE_REWRITE:
                    assert hop.source_before
                    assert hop.source_after not in (None, hop.source_before)
                elif hop.kind in CHANGES_DESTINATION and hop is not one.hops[-1]:
                    assert hop.destination_before
                    # Without a change the attempt ended here, and the client went on to another address of the name.
                    gone_on = hop.destination_after is None and hop.destination_before != one.connected
                    assert gone_on or hop.destination_after not in (None, hop.destination_before)


def keys_of(state: ClusterState, kind: str) -> set[str]:
    match kind:
        case "Service":
            return {one.key for one in state.services.values()}
        case "Pod":
            return {one.key for one in state.pods.values()}
        case "Node":
            return set(state.nodes)
        case "ConfigMap":
            return {"kube-system/kube-proxy"}
        case "NetworkPolicy":
            return {policy.key for some in state.policies.values() for policy in some}
    return {one.because.split()[1] for s in state.services.values() for port in s.ports for one in port.backends}


def test_the_node_that_answers_for_a_load_balancer_is_the_one_metallb_names():
    compared = 0
    for path in RECORDED:
        _, state = read(path)
        for key, node in state.announced.items():
            service = state.services[tuple(key.split("/"))]
            compared += 1
            assert elect(state, service, service.load_balancer_ips[0]).name == node, f"{path.stem}: {key}"
    assert compared >= FEWEST_ANNOUNCED


def test_the_whole_corpus_is_read_and_replayed_in_under_two_seconds():
    started = process_time()
    for path in RECORDED:
        record, state = read(path)
        for flow in record["flows"]:
            said_otherwise(state, flow)
    assert process_time() - started < SECONDS
