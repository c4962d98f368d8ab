"""Which ports are listened on in a Pod, as its kernel says in /proc/net."""

from ipaddress import ip_address

from servicelab.network.listeners import ANY_ADDRESS, Listener

COMMAND = ("sh", "-c", "for one in tcp tcp6 udp udp6; do echo $one; cat /proc/net/$one; done")
LISTENS, UNCONNECTED = "0A", "07"
"""States of a socket: TCP_LISTEN, and what a UDP socket without a peer has (TCP_CLOSE)."""


def read_sockets(text: str) -> tuple[Listener, ...]:
    """The listeners that `COMMAND` printed; what they speak is not known from there."""
    found: list[Listener] = []
    protocol = ""
    for line in text.splitlines():
        words = line.split()
        if len(words) == 1:
            protocol = words[0][:3].upper()
        elif len(words) > 3 and words[0].endswith(":") and words[3] == (LISTENS if protocol == "TCP" else UNCONNECTED):
            address, _, port = words[1].partition(":")
            found.append(Listener(protocol, int(port, 16), "", _address(address)))
    return tuple(dict.fromkeys(found))


def _address(digits: str) -> str:
    """The kernel writes addresses as 32-bit numbers of this machine, the lowest byte first."""
    words = (bytes.fromhex(digits[start : start + 8])[::-1] for start in range(0, len(digits), 8))
    address = ip_address(b"".join(words))
    return ANY_ADDRESS if address.is_unspecified else str(address)
