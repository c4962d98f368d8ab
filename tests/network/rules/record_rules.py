"""Records kube-proxy's rules on a real kind cluster: `python -m tests.network.rules.record_rules`.

Needs KUBECONFIG of a kind cluster and docker. Writes iptables.json or nftables.json, as kube-proxy's mode is: the
objects, and of every node the rules and chains of the state's Services as `iptables-save` gives them, or the table of
kube-proxy as `nft list` gives it.
"""

import argparse
import re
from pathlib import Path

from tests.network.flows import record
from tests.network.flows.states import THREE, Json, State, hand_written, no_selector, pod, service

FOLDER = Path(__file__).parent
LOCAL = {"externalTrafficPolicy": "Local"}
INSIDE = {"internalTrafficPolicy": "Local"}
FAST = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}}
SLOW = {"sessionAffinity": "ClientIP"}
NODE_PORT, BALANCED = {"type": "NodePort"}, {"type": "LoadBalancer"}
ONE = {"selector": {"one": "yes"}}
NOBODY = {"selector": {"app": "nobody"}}
RANGES = {"loadBalancerSourceRanges": ["172.18.0.0/16", "10.244.1.0/24"]}
LONE = {"externalIPs": ["172.18.255.253"]}


def services() -> list[Json]:
    return [
        service("plain", "80:8080"),
        service("one", "80:8080", **ONE),
        service("named", "http=80:8080", "udp=81:8081/UDP"),
        service("udp", "53:8081/UDP"),
        service("inside", "80:8080", **INSIDE),
        service("inside-one", "80:8080", **INSIDE, **ONE),
        service("affinity", "80:8080", **SLOW),
        service("affinity-short", "80:8080", **FAST),
        service("nobody", "80:8080", **NOBODY),
        service("node-port", "80:8080", **NODE_PORT),
        service("node-port-two", "http=80:8080", "udp=81:8081/UDP", **NODE_PORT),
        service("node-port-local", "80:8080", **NODE_PORT, **LOCAL),
        service("node-port-local-one", "80:8080", **NODE_PORT, **LOCAL, **ONE),
        service("node-port-both-local", "80:8080", **NODE_PORT, **LOCAL, **INSIDE),
        service("node-port-both-local-one", "80:8080", **NODE_PORT, **LOCAL, **INSIDE, **ONE),
        service("node-port-nobody", "80:8080", **NODE_PORT, **NOBODY),
        service("node-port-local-nobody", "80:8080", **NODE_PORT, **LOCAL, **NOBODY),
        service("node-port-affinity", "80:8080", **NODE_PORT, **SLOW),
        service("node-port-affinity-local", "80:8080", **NODE_PORT, **FAST, **LOCAL),
        service("balanced", "80:8080", **BALANCED),
        service("balanced-local", "80:8080", **BALANCED, **LOCAL),
        service("balanced-local-one", "80:8080", **BALANCED, **LOCAL, **ONE),
        service("balanced-ranges", "80:8080", **BALANCED, **RANGES),
        service("balanced-ranges-local", "80:8080", **BALANCED, **RANGES, **LOCAL, **ONE),
        service("balanced-nobody", "80:8080", **BALANCED, **NOBODY),
        service("balanced-two", "http=80:8080", "udp=81:8081/UDP", **BALANCED),
        service("no-node-ports", "80:8080", **BALANCED, allocateLoadBalancerNodePorts=False),
        service("external", "80:8080", **LONE),
        service("external-nobody", "81:8080", **LONE, **NOBODY),
        service("early", "80:8080", selector={"app": "slow"}, publishNotReadyAddresses=True),
        service("slow", "80:8080", selector={"app": "slow"}),
        service("near", "80:8080", trafficDistribution="PreferSameNode"),
        service("heads", "80:8080", clusterIP="None"),
        no_selector("by-hand", "80"),
        hand_written("by-hand", 8080, ["a", "b"]),
        no_selector("alias", type="ExternalName", externalName="plain.{ns}.svc.cluster.local"),
    ]


STATE = State(
    "rules",
    "Services of every kind that kube-proxy writes rules for",
    [*THREE, pod("d", 1, labels={"one": "yes"}), pod("u", 2, ready=False, labels={"app": "slow"}), *services()],
    [],
    never_ready=("u",),
)


def nftables_of(node: str, space: str) -> dict[str, list[str]]:
    """The whole table; the namespace's part of it is found when it is compared."""
    return {
        "ip kube-proxy": record.command("docker", "exec", node, "nft", "list", "table", "ip", "kube-proxy").splitlines()
    }


def iptables_of(node: str, space: str) -> dict[str, list[str]]:
    """By table, the lines about the namespace's Services and their chains; counters at zero."""
    found: dict[str, list[str]] = {}
    for table in ("nat", "filter"):
        saved = record.command("docker", "exec", node, "iptables-save", "-t", table).splitlines()
        about = [line for line in saved if f"{space}/" in line and not line.startswith(":")]
        named = {word for line in about for word in re.findall(r"KUBE-(?:SVC|SVL|EXT|FW|SEP)-\w+", line)}
        # A chain's last rule, which sends on what is left, has no comment.
        rules = [line for line in saved if line in about or (line.startswith("-A") and line.split()[1] in named)]
        # An empty chain is named by no rule; its name ends as those of its Service's other chains do.
        endings = tuple(name.rpartition("-")[2] for name in named)
        chains = [line for line in saved if line.startswith(":") and line.split()[0].endswith(endings)]
        found[table] = sorted(re.sub(r"\[\d+:\d+\]", "[0:0]", line) for line in chains) + rules
    return found


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    names, made_on = record.Names(STATE, ""), record.versions()
    rules_of = {"iptables": iptables_of, "nftables": nftables_of}[made_on["proxy_mode"]]
    try:
        record.build(STATE, names)
        nodes = [one["metadata"]["name"] for one in names.nodes.values()]
        whole = {
            "about": STATE.about,
            "recorded_on": made_on,
            "objects": record.snapshot(names),
            "rules": {node: rules_of(node, names.space) for node in nodes},
        }
        (FOLDER / f"{made_on['proxy_mode']}.json").write_text(record.written(whole))
        print({node: sum(map(len, found.values())) for node, found in whole["rules"].items()})
    finally:
        record.kubectl("delete", "namespace", names.space, names.other, "--wait=false", check=False)


if __name__ == "__main__":
    main()
