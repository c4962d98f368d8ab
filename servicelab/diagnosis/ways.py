"""The way between the client and the Pod: policies, traffic policies, source ranges, nodes, firewalls, kube-proxy."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.request import Request, label_words, spoken
from servicelab.diagnosis.snapshot import Json
from servicelab.network import policy
from servicelab.network.objects import Pod
from servicelab.network.path import Hop, HopKind, Path
from servicelab.network.places import PodPlace
from servicelab.network.policy import Direction, Packet

PROXY_LABEL = "service.kubernetes.io/service-proxy-name"
"""kube-proxy leaves Services with this label to another proxy."""
POLICY = re.compile(r"NetworkPolicy (\S+)/(\S+) spec\.(ingress|egress)")


def broken(request: Request) -> Finding | None:
    """What keeps the packet from the Pod, or None."""
    return _left_out(request) or _by_path(request) or _seen(request)


def _left_out(request: Request) -> Finding | None:
    proxy = (request.service_json.get("metadata") or {}).get("labels", {}).get(PROXY_LABEL)
    is_served = request.service is not None and not request.service.headless and not request.service.external_name
    return request.finding("proxy-left-out", proxy=proxy) if proxy and is_served else None


def _by_path(request: Request) -> Finding | None:
    """As the model's path ends; None for ends that are no business of this step."""
    path = request.broken_path
    if path is None or not path.hops:
        return _on_lost_node(request)
    last = path.hops[-1]
    if last.kind is HopKind.POLICY:
        return _policy(request, path, last)
    facts = {"said": last.said}
    if "spec.externalTrafficPolicy: Local" in last.because and last.kind is not HopKind.NODE:
        return request.finding("local-outside", nodes=_nodes_with_endpoints(request), **facts)
    if "spec.internalTrafficPolicy: Local" in last.because:
        return request.finding("local-inside", nodes=_nodes_with_endpoints(request), **facts)
    if last.because.endswith("spec.loadBalancerSourceRanges"):
        ranges = spoken(request.service.source_ranges if request.service else ())
        return request.finding("source-range", ranges=ranges, address=path.source_address or "not known")
    if last.because.startswith("the machine of node"):
        return request.finding("node-stopped", node=last.because.split()[4], **facts)
    if last.because.startswith("the network between nodes"):
        return request.finding("nodes-cut-off", **facts)
    if last.because.startswith("the firewall of node"):
        return request.finding("node-firewall", node=last.because.split()[4], **facts)
    if last.said.startswith("The answer of "):
        return request.finding("answer-past-node", **facts)
    return None


def _nodes_with_endpoints(request: Request) -> str:
    return spoken(sorted({one.node or "" for one in request.usable}))


def _on_lost_node(request: Request) -> Finding | None:
    """Where the model does not say: endpoints on a node of which nothing is heard any more."""
    lost = sorted({one.node or "" for one in request.usable
                   if (node := request.state.nodes.get(one.node or "")) is not None and not node.ready})  # fmt: skip
    return request.finding("node-not-ready", node=lost[0], pod="on it", pods=spoken(lost)) if lost else None


def _policy(request: Request, path: Path, last: Hop) -> Finding | None:
    found = [POLICY.match(words) for words in last.because.split("; ")]
    named = [(one[1], one[2]) for one in found if one is not None]
    direction = Direction(next(one[3] for one in found if one is not None))
    pod = _guarded(request, last, direction)
    target = last.destination_before
    if not named or pod is None or target is None:
        return None
    objects = [one for space, name in named if (one := request.snapshot.one("NetworkPolicy", space, name)) is not None]
    facts: dict[str, Any] = {
        "policies": spoken(name for _, name in named),
        "policy": named[0][1],
        "policy_namespace": named[0][0],
        "pod": pod.name,
        "direction": direction,
        "said": last.said,
        "rules": spoken(_rules(objects, direction)),
        "labels": _client_words(request),
    }
    if not any(one["spec"].get(str(direction)) for one in objects):
        return request.finding("policy-denies-all", **facts)
    sources = [path.source_address or "", *(hop.source_after.address for hop in path.hops if hop.source_after)]
    if direction is Direction.INGRESS and sources[-1] != sources[0]:
        own = Packet(target_protocol(request), sources[0], target.address, target.port or 0)
        judged = policy.judge(request.state, pod, direction, own)
        if judged is not None and judged.allowed:
            return request.finding("policy-hides-client", **facts)
    packets = [Packet(protocol, source, target.address, port) for source in sources
               for protocol, port in _ports(objects, direction, target_protocol(request))]  # fmt: skip
    judgements = [policy.judge(request.state, pod, direction, packet) for packet in packets]
    if any(one is not None and one.allowed for one in judgements):
        return request.finding("policy-other-port", number=target.port, **facts)
    return request.finding(f"policy-{direction}", **facts)


def target_protocol(request: Request) -> str:
    """The protocol of the request."""
    return request.question.target.protocol if request.question.target else "TCP"


def _guarded(request: Request, last: Hop, direction: Direction) -> Pod | None:
    """The Pod whose policies dropped the packet."""
    source = request.question.source
    if direction is Direction.EGRESS:
        return request.state.pod(source.namespace, source.name) if isinstance(source, PodPlace) else None
    address = last.destination_before.address if last.destination_before else ""
    return request.state.pod_of_address.get(address)


def _ports(objects: list[Json], direction: Direction, protocol: str) -> Iterator[tuple[str, int]]:
    for one in objects:
        for rule in one["spec"].get(str(direction)) or ():
            for port in rule.get("ports") or ():
                if isinstance(port.get("port"), int):
                    yield port.get("protocol", "TCP"), port["port"]


def _client_words(request: Request) -> str:
    """Who asks, as a policy sees it."""
    source = request.question.source
    if not isinstance(source, PodPlace):
        return "no labels, because it is no Pod"
    pod = request.state.pod(source.namespace, source.name)
    space = request.state.namespace_labels.get(source.namespace, {})
    return f"{label_words(pod.labels if pod else {})}, and its namespace {source.namespace} has {label_words(space)}"


def _rules(objects: list[Json], direction: Direction) -> Iterator[str]:
    key = "from" if direction is Direction.INGRESS else "to"
    for one in objects:
        rules = one["spec"].get(str(direction)) or ()
        if not rules:
            yield f"{one['metadata']['name']} allows nothing"
        for rule in rules:
            peers = " or ".join(_peer(peer) for peer in rule.get(key) or ()) or "everybody"
            ports = " and ".join(map(_port_words, rule.get("ports") or ()))
            yield f"{one['metadata']['name']} allows {key} {peers}" + (f" on {ports}" if ports else "")


def _port_words(port: Mapping[str, Any]) -> str:
    return f"{port.get('protocol', 'TCP')} {port.get('port', 'any port')}"


def _peer(peer: Mapping[str, Any]) -> str:
    if "ipBlock" in peer:
        return f"addresses {peer['ipBlock'].get('cidr')}"
    words = []
    if "podSelector" in peer:
        words.append(f"Pods with {_selector(peer['podSelector'])}")
    if "namespaceSelector" in peer:
        words.append(f"namespaces with {_selector(peer['namespaceSelector'])}")
    return " in ".join(words)


def _selector(selector: Mapping[str, Any]) -> str:
    words = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    words += [f"{one['key']} {one['operator']} {' '.join(one.get('values') or ())}".strip()
              for one in selector.get("matchExpressions") or ()]  # fmt: skip
    return spoken(words) if words else "any labels"


def _seen(request: Request) -> Finding | None:
    """What only requests show: kube-proxy's rules are old, or something between the machines drops packets."""
    seen = request.seen
    if request.broken_path is not None:
        return None  # the objects say what is wrong
    silent = sorted(key for key, verdict in seen.direct.items() if not verdict.answered)
    near = [key for key in silent if key in seen.nearby and seen.nearby[key].answered]
    if near:
        pods = spoken(key.partition("/")[2] for key in near)
        nodes = sorted({pod.node or "" for key in near if (pod := request.pod_named(key)) is not None})
        return request.finding("way-cut", pods=pods, nodes=spoken(nodes), node=nodes[0] if nodes else "")
    if seen.direct and not silent and seen.verdict is not None and not seen.verdict.answered:
        node = _node_of(request)
        return request.finding("proxy-stale", node=node)
    return None


def _node_of(request: Request) -> str:
    """The node whose kube-proxy handles the request first."""
    source = request.question.source
    if isinstance(source, PodPlace):
        pod = request.state.pod(source.namespace, source.name)
        return (pod.node if pod else None) or "the client's node"
    return getattr(source, "name", "") or "the node that was asked"
