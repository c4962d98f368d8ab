"""Firewalls and partitions of a kind cluster: rules in a chain of our own in each node's `mangle` table.

They must come before kube-proxy's DNAT, which is in `nat PREROUTING`: a rule in `INPUT` never sees a request to a node
port, whose destination is a Pod by then (tests/conformance/test_faults.py shows both).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from servicelab.cluster import docker
from servicelab.cluster.cluster_place import alone
from servicelab.cluster.faults import check_nodes
from servicelab.cluster.home import Home
from servicelab.cluster.kind_place import Place, open_api, our_nodes
from servicelab.cluster.kind_status import running
from servicelab.cluster.progress import Reporter
from servicelab.network.faults import Faults

CHAIN = "SERVICELAB"
HOOK = f"PREROUTING -j {CHAIN}"
FROM_OTHER_MACHINES = "-i eth0"


def change_faults(
    home: Home, name: str, nodes: Iterable[str], change: Callable[[Faults], Faults], reporter: Reporter
) -> Faults:
    """Change the cluster's faults, which concern these nodes; returns all there are then."""
    place = Place(home, name)
    with alone(place, reporter):
        check_nodes(nodes, running(home, name).nodes)
        faults = change(recorded(place))
        with reporter.step("Setting the nodes' firewalls"):
            place.write_record(faults=faults.to_json())
            apply_faults(place)
    return faults


def recorded(place: Place) -> Faults:
    """The firewalls and partitions that were made."""
    return Faults.from_json(place.record().get("faults", {}))


def apply_faults(place: Place) -> None:
    """Make every running node's chain what the record says; nodes lose their rules when their container restarts."""
    faults = recorded(place)
    cluster = open_api(place)
    sources = {node["metadata"]["name"]: list(sources_of(node)) for node in cluster.rest.items("/api/v1/nodes")}
    cluster.close()
    for node in our_nodes(place):
        if node.running:
            write_rules(node.name, list(rules_of(node.name, faults, sources)))


def sources_of(node: Mapping[str, dict[str, object]]) -> Iterator[str]:
    """What a node's packets come from: its own addresses, and those of its Pods."""
    addresses = node["status"].get("addresses", [])
    assert isinstance(addresses, list)
    yield from (one["address"] for one in addresses if one["type"] == "InternalIP" and ":" not in one["address"])
    if pods := node["spec"].get("podCIDR"):
        yield str(pods)


def rules_of(node: str, faults: Faults, sources: Mapping[str, list[str]]) -> Iterator[str]:
    """The rules of one node, without the name of their chain; `sources` are those of every node."""
    for first, last in faults.firewalls.get(node, ()):
        for protocol in ("tcp", "udp"):
            yield f"{FROM_OTHER_MACHINES} -p {protocol} -m conntrack --ctstate NEW --dport {first}:{last} -j DROP"
    for pair in faults.partitions:
        if node in pair:
            (other,) = pair - {node}
            yield from (f"{FROM_OTHER_MACHINES} -s {source} -j DROP" for source in sources.get(other, ()))


def write_rules(node: str, rules: list[str]) -> None:
    """Make these the rules of the node's chain; without any the chain goes."""
    table = "iptables -t mangle"
    if rules:
        chain = "\n".join(["*mangle", f":{CHAIN} - [0:0]", *(f"-A {CHAIN} {rule}" for rule in rules), "COMMIT", ""])
        script = f"iptables-restore --noflush && ({table} -C {HOOK} 2>/dev/null || {table} -I {HOOK})"
    else:
        chain = ""
        script = (
            f"if {table} -C {HOOK} 2>/dev/null; then {table} -D {HOOK} && {table} -F {CHAIN} && {table} -X {CHAIN}; fi"
        )
    docker.docker("exec", "--interactive", node, "sh", "-c", script, stdin=chain.encode()).or_raise(
        f"the firewall of the node {node} could not be set"
    )
