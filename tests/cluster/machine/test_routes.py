"""Routes as the kernel prints them, with a VPN's interface beside Docker's bridge: in a network of its own."""

import shutil
import subprocess
from ipaddress import IPv4Network

import pytest

from servicelab.cluster.machine import routes

SUBNET = IPv4Network("172.18.0.0/16")
BRIDGE = "br-0eb3a560ae3c"


def in_a_network_of_its_own(*lines: str) -> str | None:
    """Run a shell script as root of a new network namespace; None where that is not allowed."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return None
    done = subprocess.run(
        ["unshare", "--net", "sh", "-ec", "\n".join(lines)], capture_output=True, text=True, timeout=20, check=False
    )
    if "not permitted" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr
    return done.stdout


def swallowed_with(*vpn: str):
    """What the kernel does with Docker's addresses once these commands were run beside a bridge like Docker's."""
    script = (
        f"ip link add {BRIDGE} type bridge",
        f"ip address add 172.18.0.1/16 dev {BRIDGE}",
        f"ip link set {BRIDGE} up",
        "ip link add tun0 type veth peer name far",
        "ip address add 10.8.0.2/24 dev tun0",
        "ip link set tun0 up && ip link set far up",
        *vpn,
    )

    def run(command: list[str]) -> str:
        said = in_a_network_of_its_own(*script, " ".join(command) + " || true")
        if said is None:
            pytest.skip("no network namespaces here (they need root, unshare and ip)")
        return said

    return routes.swallowed(SUBNET, BRIDGE, run)


def test_no_vpn():
    assert swallowed_with() == ()


def test_a_wider_route_does_not_swallow():
    assert swallowed_with("ip route add 172.16.0.0/12 dev tun0", "ip route add default dev tun0") == ()


@pytest.mark.parametrize(
    ("vpn", "address"),
    [
        (("ip route add 172.18.0.0/17 dev tun0",), "172.18.0.2"),
        (("ip route add 172.18.255.0/24 dev tun0",), "172.18.255.1"),
        (("ip route add 172.18.0.0/16 dev tun0 table 52", "ip rule add pref 5270 lookup 52"), "172.18.0.2"),
    ],
)
def test_a_vpn_that_takes_some_of_dockers_addresses(vpn, address):
    found = swallowed_with(*vpn)
    assert (address, "tun0") in [(one.address, one.device) for one in found]


def test_a_route_that_forbids():
    found = swallowed_with("ip route add unreachable 172.18.0.0/24")
    assert "forbids" in found[0].device


def test_suspects_from_a_published_route_table():
    """OpenVPN's redirect-gateway, as published in moby/libnetwork issue 779: wider than the bridge's own route."""
    shown = [{"dst": "0.0.0.0/1", "dev": "tun0"}, {"dst": "128.0.0.0/1", "dev": "tun0"}, {"dst": "default", "dev": "w"}]
    assert [str(one) for one in routes.suspects(shown, SUBNET, BRIDGE)] == ["172.18.0.2", "172.18.255.254"]
