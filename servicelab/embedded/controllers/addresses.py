"""Pod addresses: each node hands out its 10.244.N.0/24 one after the other, as kind's network plug-in does."""

from ipaddress import ip_network

from servicelab.embedded.store import Object


class PodAddresses:
    """Which addresses are taken, per node."""

    def __init__(self) -> None:
        self._taken: dict[str, dict[str, str]] = {}
        self._by_pod: dict[str, tuple[str, str]] = {}
        self._last: dict[str, int] = {}

    def note(self, node: str, address: str, uid: str) -> None:
        """An address that a Pod has already."""
        self._taken.setdefault(node, {})[address] = uid
        self._by_pod[uid] = (node, address)
        self._last[node] = max(self._last.get(node, 0), int(address.rsplit(".", 1)[-1]))

    def give(self, node: Object, uid: str) -> str | None:
        """The next free address of the node's range; None when all are taken."""
        if uid in self._by_pod:
            return self._by_pod[uid][1]
        name = node["metadata"]["name"]
        if "podCIDR" not in node["spec"]:
            return None
        network = ip_network(node["spec"]["podCIDR"])
        taken = self._taken.setdefault(name, {})
        count = network.num_addresses - 3
        start = self._last.get(name, 1)
        for step in range(count):
            position = 2 + (start - 1 + step) % count
            address = str(network[position])
            if address not in taken:
                taken[address] = uid
                self._by_pod[uid] = (name, address)
                self._last[name] = position
                return address
        return None

    def release(self, uid: str) -> None:
        """The Pod's network is gone."""
        if uid in self._by_pod:
            node, address = self._by_pod.pop(uid)
            self._taken[node].pop(address, None)
