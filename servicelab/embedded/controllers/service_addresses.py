"""IPAddress objects: each virtual IP of a Service has one, made and deleted with it."""

from collections.abc import Iterable

from servicelab.embedded.controllers.objects import Key, key_of
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import IP_ADDRESSES, SERVICES
from servicelab.embedded.store import Change, ChangeKind, Object, Store

NO_IP = "None"
IP_LABELS = {"ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"}
FAMILY_LABEL = "ipaddress.kubernetes.io/ip-family"


class ServiceAddresses:
    """Keeps the IPAddresses of Services; its keys are an address and `NAMESPACE/NAME` of the Service that had it."""

    name = "service-addresses"

    def __init__(self, work: Work) -> None:
        self._store = work.store

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Addresses that a Service got or gave up, and those deleted by hand."""
        if change.resource is SERVICES:
            before = [] if change.before is None else addresses_of(change.before)
            now = [] if change.kind is ChangeKind.DELETED else addresses_of(change.object)
            if before != now:
                return [(address, "/".join(key_of(change.object))) for address in {*before, *now}]
        elif change.resource is IP_ADDRESSES and change.kind is ChangeKind.DELETED:
            parent = change.object["spec"]["parentRef"]
            return [(change.object["metadata"]["name"], f"{parent.get('namespace', '')}/{parent['name']}")]
        return []

    def reconcile(self, key: Key) -> None:
        """Make or delete the object of one address."""
        address, (namespace, _, name) = key[0], key[1].partition("/")
        service, object = self._store.get(SERVICES, namespace, name), self._store.get(IP_ADDRESSES, "", address)
        if service is not None and address in addresses_of(service):
            if object is None:
                create_address(self._store, address, namespace, name)
        elif object is not None and object["spec"]["parentRef"] == _parent(namespace, name):
            self._store.delete(IP_ADDRESSES, "", address)


def addresses_of(service: Object) -> list[str]:
    """A Service's virtual IPs."""
    return [address for address in service["spec"].get("clusterIPs", []) if address != NO_IP]


def create_address(store: Store, address: str, namespace: str, name: str) -> None:
    """Keep an IPAddress for a Service."""
    labels = IP_LABELS | {FAMILY_LABEL: "IPv6" if ":" in address else "IPv4"}
    object = {
        "apiVersion": IP_ADDRESSES.api_version,
        "kind": IP_ADDRESSES.kind,
        "metadata": {"name": address, "labels": labels},
        "spec": {"parentRef": _parent(namespace, name)},
    }
    store.create(IP_ADDRESSES, object)


def _parent(namespace: str, name: str) -> dict[str, str]:
    return {"name": name, "namespace": namespace, "resource": SERVICES.plural}
