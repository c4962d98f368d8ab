"""kube-proxy's iptables rules of a whole node, in the form in which `iptables-save` prints them.

The rules of Services come from `rules.py`; the chains around them, which every node has, are those of a kind node with
kube-proxy 1.36 in iptables mode. What else is in a real node's tables is named in a comment of the text.
"""

from collections.abc import Iterable

from servicelab.network.objects import Node
from servicelab.network.rules import iptables_rules
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled

LEFT_OUT = (
    "# Left out here: packet counters (all 0); the rules of the container runtime, the Pod network and its",
    "# NetworkPolicies; the tables raw and mangle, in which kube-proxy has no rules.",
)
TABLES = ("filter", "nat")
BUILT_IN = {"filter": ("INPUT", "FORWARD", "OUTPUT"), "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING")}
CHAINS = {
    "filter": (
        "KUBE-EXTERNAL-SERVICES",
        "KUBE-FIREWALL",
        "KUBE-FORWARD",
        "KUBE-KUBELET-CANARY",
        "KUBE-NODEPORTS",
        "KUBE-PROXY-CANARY",
        "KUBE-PROXY-FIREWALL",
        "KUBE-SERVICES",
    ),
    "nat": (
        "KUBE-KUBELET-CANARY",
        "KUBE-MARK-MASQ",
        "KUBE-NODEPORTS",
        "KUBE-POSTROUTING",
        "KUBE-PROXY-CANARY",
        "KUBE-SERVICES",
    ),
}
NEW = "-m conntrack --ctstate NEW "
FIREWALL = f'{NEW}-m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL'
PORTALS = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
VISIBLE = f'{NEW}-m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES'
AROUND = {
    "filter": (
        f"-A INPUT {FIREWALL}",
        '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
        f"-A INPUT {VISIBLE}",
        "-A INPUT -j KUBE-FIREWALL",
        f"-A FORWARD {FIREWALL}",
        '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        f"-A FORWARD {NEW}{PORTALS}",
        f"-A FORWARD {VISIBLE}",
        f"-A OUTPUT {FIREWALL}",
        f"-A OUTPUT {NEW}{PORTALS}",
        "-A OUTPUT -j KUBE-FIREWALL",
        '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" '
        "-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP",
        "-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP",
        '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
        '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" '
        "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    ),
    "nat": (
        f"-A PREROUTING {PORTALS}",
        f"-A OUTPUT {PORTALS}",
        '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
        "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
        "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
        "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0",
        '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" '
        "-j MASQUERADE --random-fully",
    ),
}
LAST = {
    "filter": (),
    "nat": (
        '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this '
        'chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ),
}


def saved_rules(state: ClusterState, node: Node, tables: Iterable[str] = TABLES) -> str:
    """The text for a node, each table with a comment that says what is left out.

    KeyError for a table that kube-proxy writes no rules in; Unmodelled for another mode than iptables.
    """
    if state.proxy_mode != "iptables":
        raise Unmodelled(
            f"kube-proxy runs in {state.proxy_mode} mode here, so it writes no iptables rules for Services"
        )
    made = [iptables_rules(state, service, node) for _, service in sorted(state.services.items())]
    own = {"nat": [line for rules in made for line in rules.nat], "filter": [x for rules in made for x in rules.filter]}
    chains = {"nat": [line.split()[0][1:] for rules in made for line in rules.chains], "filter": []}
    lines: list[str] = []
    for table in tables:
        known = [*BUILT_IN[table], *sorted([*CHAINS[table], *chains[table]])]
        place = {chain: index for index, chain in enumerate(known)}
        rules = [*AROUND[table], *own[table], *LAST[table]]
        lines += [
            f"# The {table} table of node {node.name} as kube-proxy writes it, by Service Lab's model.",
            *LEFT_OUT,
            f"*{table}",
            *(f":{chain} {'ACCEPT' if chain in BUILT_IN[table] else '-'} [0:0]" for chain in known),
            *sorted(rules, key=lambda rule: place[rule.split()[1]]),
            "COMMIT",
        ]
    return "\n".join(lines) + "\n"
