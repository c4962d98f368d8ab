"""Faults made on a kind cluster's nodes while a state's flows are asked, and mended afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations

from servicelab.network.faults import Faults, PortRange

Run = Callable[..., str]
"""Runs the words of a command."""
Addresses = Callable[[str], list[str]]
"""All that a node sends from: its own address and its Pods' range."""
TABLE = ["iptables", "-t", "mangle"]
INCOMING = ["PREROUTING", "-i", "eth0"]
"""What comes from other machines, before kube-proxy changes the destination."""


@contextmanager
def faulty(faults: Faults, run: Run, addresses_of: Addresses) -> Iterator[None]:
    """Make the faults; the Kubernetes API is not told. A node that was stopped is started again and waited for."""
    rules = [*_closed(faults), *_parted(faults, addresses_of)]
    try:
        for node, words in rules:
            run("docker", "exec", node, *words[:3], "-I", *words[3:])
        for node in faults.stopped:
            run("docker", "stop", "--time=1", node)
        yield
    finally:
        for node, words in rules:
            run("docker", "exec", node, *words[:3], "-D", *words[3:], check=False)
        for node in faults.stopped:
            run("docker", "start", node)
            run("kubectl", "wait", "--for=condition=Ready=false", f"node/{node}", "--timeout=100s", check=False)
            run("kubectl", "wait", "--for=condition=Ready", f"node/{node}", "--timeout=150s")


def _closed(faults: Faults) -> Iterator[tuple[str, list[str]]]:
    """As a firewall in front of the node: before kube-proxy changes the destination, and not for answers."""
    for node, ranges in faults.firewalls.items():
        for one in ranges:
            for protocol in ("tcp", "udp"):
                yield node, [*TABLE, *_new(protocol, one), "-j", "DROP"]


def _new(protocol: str, ports: PortRange) -> list[str]:
    to = ["-p", protocol, "--dport", f"{ports.first}:{ports.last}"]
    return [*INCOMING, *to, "-m", "conntrack", "--ctstate", "NEW"]


def _parted(faults: Faults, addresses_of: Addresses) -> Iterator[tuple[str, list[str]]]:
    for pair in faults.partitions:
        for here, other in permutations(sorted(pair)):
            for source in addresses_of(other):
                yield here, [*TABLE, *INCOMING, "-s", source, "-j", "DROP"]
