"""What stands between this machine's programs and a cluster: taken ports, VPNs, proxies, virtual machines."""

from ipaddress import ip_network

from servicelab.cluster.machine.facts import Facts
from servicelab.cluster.machine.finding import Finding, Severity

SERVICES = "10.96.0.0/16"


def judge_ports(facts: Facts) -> list[Finding] | None:
    """Whether the NodePort pool is free on loopback. (The API server's port is any free one, chosen by Docker.)"""
    if facts.has_cluster:
        return []
    if facts.taken_ports is None:
        return None
    if not facts.taken_ports:
        return []
    holders: dict[str, list[str]] = {}
    for port, by in sorted(facts.taken_ports.items()):
        holders.setdefault(by or "who has it is not told", []).append(str(port))
    each = "; ".join(f"{', '.join(ports)} ({by})" for by, ports in holders.items())
    return [
        Finding(
            "ports-taken",
            f"taken on 127.0.0.1: {each}",
            "The NodePort of that number gets another port of this machine, so addresses in lessons differ.",
            "Stop what has them, or look up the cluster's own: `lab cluster status --cluster kind`.",
            Severity.WARNING,
        )
    ]


def judge_routes(facts: Facts) -> list[Finding] | None:
    """Whether a VPN takes the addresses of Docker's network."""
    if facts.swallowed is None:
        return None
    return [
        Finding(
            "route-swallows",
            f"packets for {one.address}, which is in Docker's network for kind ({one.subnet}), leave by {one.device}",
            "A VPN (or a route of somebody else's) has taken addresses of the nodes: they cannot be reached from here.",
            f"Disconnect the VPN, or let it leave out {one.subnet}, or move Docker's network: delete the clusters, "
            "`docker network rm kind`, then start again with the VPN connected (Docker then chooses free addresses).",
        )
        for one in facts.swallowed[:1]
    ]


def judge_proxies(facts: Facts) -> list[Finding]:
    """Whether a proxy would get requests that are meant for the cluster."""
    proxies = [name for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") if facts.proxies.get(name)]
    if not proxies:
        return []
    excepted = facts.proxies.get("NO_PROXY", "")
    wanted = ["127.0.0.1", *([str(facts.subnet)] if facts.subnet else [])]
    missing = [address for address in wanted if not _covers(excepted, address)]
    if not missing:
        return []
    more = ",".join([*([excepted] if excepted else ["localhost"]), *missing, SERVICES])
    return [
        Finding(
            "proxy-takes-all",
            f"{' and '.join(proxies)} set, and NO_PROXY does not except {' and '.join(missing)}",
            "`lab` itself goes round the proxy, but curl in a terminal or notebook would ask it for the cluster's "
            "addresses, and get its error page instead of your Service.",
            f"`export NO_PROXY={more} no_proxy={more}`",
            Severity.WARNING,
        )
    ]


def _covers(excepted: str, wanted: str) -> bool:
    """Whether NO_PROXY names this address, or a network that holds it."""
    target = ip_network(wanted)
    for entry in (word.strip() for word in excepted.split(",")):
        if entry == "*":
            return True
        try:
            network = ip_network(entry, strict=False)
        except ValueError:
            continue
        if network.version == target.version and target.subnet_of(network):  # type: ignore[arg-type]
            return True
    return False


def judge_virtual_machine(facts: Facts) -> list[Finding] | None:
    """Whether containers' addresses can be reached from this machine."""
    if "KernelVersion" not in facts.info:
        return None
    found = []
    if facts.is_wsl and "wsl2" not in facts.kernel.lower() and facts.kernel.startswith("4.4"):
        found.append(
            Finding(
                "wsl1",
                "this is WSL 1",
                "It has no Linux kernel, so no containers; Docker would have to run elsewhere.",
                "In PowerShell: `wsl --set-version DISTRIBUTION 2` (`wsl -l -v` shows its name).",
            )
        )
    if not facts.is_native:
        found.append(
            Finding(
                "docker-in-a-machine",
                "Docker runs in a virtual machine of its own"
                + (" (Docker Desktop)" if facts.is_docker_desktop else ""),
                "From here the nodes' own addresses and LoadBalancer addresses give no answer; the mapped NodePorts "
                "at 127.0.0.1 do.",
                "`lab urls --cluster kind` lists the addresses that work in this machine's browser.",
                Severity.WARNING,
            )
        )
    elif facts.is_wsl:
        found.append(
            Finding(
                "wsl-native-docker",
                "Docker runs inside this WSL distribution",
                "Programs in it reach every address of the cluster; a browser in Windows reaches only the mapped ports "
                "at 127.0.0.1.",
                "`lab urls --cluster kind` lists the addresses that work in this machine's browser.",
                Severity.WARNING,
            )
        )
    return found
