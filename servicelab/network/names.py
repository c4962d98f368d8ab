"""What names mean: CoreDNS's answers from the cluster's state, and who may ask it.

As CoreDNS answers with kind's Corefile (`pods insecure`, `ttl 30`, names outside forwarded to the node's own
DNS, which on kind knows the nodes' names and here nothing else).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

from servicelab.network.families import is_six
from servicelab.network.objects import Service
from servicelab.network.places import NodePlace, Outside, Place, PodPlace
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled

CLUSTER_DOMAIN = "cluster.local"
TTL = 30
NDOTS = 5
"""A name with fewer dots is tried with the search path first (`options ndots:5` of a Pod's resolv.conf)."""
LONGEST_CHAIN = 8
TYPES = {False: "A", True: "AAAA"}
"""The type of record for an address, by whether it is of IPv6."""
DASHES_OF_IPV4 = 3


class Status(StrEnum):
    """The status of a DNS answer. NOERROR without records means: the name exists, but not with this type."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record; `because` names the object and field it comes from."""

    name: str
    type: str
    value: str
    because: str = ""
    ttl: int = TTL


@dataclass(frozen=True, slots=True)
class Answer:
    """One query and what came back. `authoritative`: the cluster's own zone answered, not the node's DNS."""

    name: str
    type: str
    status: Status
    records: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    authoritative: bool = True

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses among the records."""
        return tuple(record.value for record in self.records if record.type in TYPES.values())


@dataclass(frozen=True, slots=True)
class Lookup:
    """A name looked up as a program does: the queries in their order, the last of which decided."""

    name: str
    server: str
    tried: tuple[Answer, ...]

    @property
    def answer(self) -> Answer:
        """The last answer."""
        return self.tried[-1]

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses found; empty when there are none."""
        return self.answer.addresses


def is_address(host: str) -> bool:
    """Whether `host` is an IP address, so that nobody looks it up."""
    # A first look that costs nothing spares most names the exception.
    if not host or not (host[0].isdigit() or ":" in host):
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def search_path(namespace: str) -> tuple[str, ...]:
    """The search path kubelet writes into a Pod's /etc/resolv.conf."""
    return (f"{namespace}.svc.{CLUSTER_DOMAIN}", f"svc.{CLUSTER_DOMAIN}", CLUSTER_DOMAIN)


def names_to_try(name: str, search: Iterable[str]) -> tuple[str, ...]:
    """The full names a resolver asks for, in order."""
    if name.endswith("."):
        return (name.rstrip("."),)
    longer = tuple(f"{name}.{suffix}" for suffix in search)
    return (*longer, name) if name.count(".") < NDOTS else (name, *longer)


def in_hosts_file(state: ClusterState, place: Place, name: str) -> str | None:
    """The address /etc/hosts gives, which programs read before they ask DNS; None when the name is not in it."""
    name = name.rstrip(".")
    if name == "localhost":
        return "127.0.0.1"
    match place:
        case PodPlace(namespace=namespace, name=pod_name):
            pod = state.pod(namespace, pod_name)
            if pod is None or pod.host_network:
                return None
            names = {pod.hostname}
            if pod.subdomain:
                names.add(f"{pod.hostname}.{pod.subdomain}.{namespace}.svc.{CLUSTER_DOMAIN}")
            return pod.address if name in names else None
        case NodePlace(name=node_name) if name == node_name:
            node = state.nodes.get(node_name)
            return node.address if node else None
    return None


def dns_is_down(state: ClusterState) -> bool:
    """Whether the cluster's DNS Service is there but has no ready endpoint."""
    service = state.services.get(("kube-system", "kube-dns"))
    return service is not None and not any(one.ready for port in service.ports for one in port.backends)


def uses_cluster_dns(state: ClusterState, place: Place) -> PodPlace | None:
    """The place itself when its resolver is the cluster's DNS, else None."""
    if not isinstance(place, PodPlace):
        return None
    pod = state.pod(place.namespace, place.name)
    if pod is None:
        return place
    if pod.dns_policy == "None":
        raise Unmodelled(f"Pod {pod.key} has dnsPolicy None; the model does not read dnsConfig")
    if pod.dns_policy == "ClusterFirstWithHostNet":
        return place
    return place if pod.dns_policy == "ClusterFirst" and not pod.host_network else None


def lookup(
    state: ClusterState,
    place: Place,
    name: str,
    type_: str = "A",
    search: bool = True,
    stop_at_no_data: bool = False,
) -> Lookup:
    """Look `name` up as a program at `place` does.

    Without `search` as `dig` does. `stop_at_no_data` as `nslookup` and `dig +search` do: a name that exists
    without such records ends the search.
    """
    pod = uses_cluster_dns(state, place)
    if pod is None:
        return Lookup(name, _node_dns(place), (ask_outside(state, name.rstrip("."), type_),))
    tried = []
    names = names_to_try(name, search_path(pod.namespace)) if search else (name.rstrip("."),)
    for one in names:
        answer = query(state, one, type_)
        tried.append(answer)
        if answer.records or (stop_at_no_data and answer.status is Status.NOERROR):
            break
    return Lookup(name, "CoreDNS", tuple(tried))


def _node_dns(place: Place) -> str:
    match place:
        case Outside():
            return "the DNS server outside the cluster"
        case NodePlace(name=name):
            return f"the DNS server of {name}"
    return "the node's DNS server"


def query(state: ClusterState, name: str, type_: str) -> Answer:
    """What CoreDNS answers to one query for a full name (without the final dot)."""
    lower = name.lower()
    if lower == CLUSTER_DOMAIN or lower.endswith(f".{CLUSTER_DOMAIN}"):
        return _in_zone(state, name, lower, type_)
    if type_ == "PTR" and lower.endswith((".in-addr.arpa", ".ip6.arpa")):
        records = tuple(_pointers(state, lower))
        if records:
            return Answer(name, type_, Status.NOERROR, records)
    return ask_outside(state, name, type_)


def ask_outside(state: ClusterState, name: str, type_: str) -> Answer:
    """What the DNS server of kind's nodes answers: it knows the nodes' names and nothing else."""
    lower = name.lower()
    node = state.nodes.get(lower)
    if node is None or not node.address:
        return Answer(name, type_, Status.NXDOMAIN, (), (), False)
    records = _of_type(name, type_, node.addresses[:2], f"Node {node.name} status.addresses")
    return Answer(name, type_, Status.NOERROR, records, (), False)


def _in_zone(state: ClusterState, name: str, lower: str, type_: str) -> Answer:
    labels = lower.split(".")[:-2]
    match labels[::-1]:
        case [] | ["svc"] | ["pod"]:
            return Answer(name, type_, Status.NOERROR)
        case ["dns-version"] if type_ == "TXT":
            return Answer(name, type_, Status.NOERROR, (Record(name, "TXT", '"1.1.0"'),))
        case ["svc" | "pod", namespace] if namespace in state.namespaces:
            return Answer(name, type_, Status.NOERROR)
        case ["pod", namespace, address, *_] if namespace in state.namespaces:
            return _pod_name(name, address, type_)
        case ["svc", namespace, service_name, *rest]:
            service = state.services.get((namespace, service_name))
            if service is not None:
                return _service_name(state, name, service, rest[::-1], type_)
    return Answer(name, type_, Status.NXDOMAIN)


def _pod_name(name: str, label: str, type_: str) -> Answer:
    address = label.replace("-", "." if label.count("-") == DASHES_OF_IPV4 and "--" not in label else ":")
    if not is_address(address):
        return Answer(name, type_, Status.NXDOMAIN)
    records = _of_type(name, type_, (address,), "the name itself (CoreDNS `pods insecure`)")
    return Answer(name, type_, Status.NOERROR, records)


def _of_type(name: str, type_: str, addresses: Iterable[str], because: str) -> tuple[Record, ...]:
    """One record for each address that a query of this type asks for."""
    return tuple(Record(name, type_, one, because) for one in addresses if type_ == TYPES[is_six(one)])


def _service_name(state: ClusterState, name: str, service: Service, front: list[str], type_: str) -> Answer:
    if service.external_name:
        return _external_name(state, name, service, front, type_)
    match front:
        case []:
            port_name, protocol, host = None, None, None
        case [port, transport] if port.startswith("_") and transport.startswith("_"):
            port_name, protocol, host = port[1:], transport[1:].upper(), None
        case [one] if service.headless or any(known.hostname.lower() == one for known in service.addresses):
            port_name, protocol, host = None, None, one
        case _:
            return Answer(name, type_, Status.NXDOMAIN)
    if service.headless or host is not None:
        return _headless(name, service, port_name, protocol, host, type_)
    ports = [
        one
        for one in service.ports
        if port_name is None or (one.name.lower() == port_name and one.protocol == protocol)
    ]
    if not ports:
        return Answer(name, type_, Status.NXDOMAIN)
    because = f"Service {service.key} spec.clusterIP"
    full = f"{service.name}.{service.namespace}.svc.{CLUSTER_DOMAIN}"
    if type_ == "SRV":
        weight = 100 // len(ports)
        records = tuple(Record(name, "SRV", f"0 {weight} {one.port} {full}.", one.field) for one in ports)
        extra = tuple(Record(full, TYPES[is_six(ip)], ip, because) for ip in service.cluster_ips)
        return Answer(name, type_, Status.NOERROR, records, extra)
    if type_ in TYPES.values():
        return Answer(name, type_, Status.NOERROR, _of_type(name, type_, service.cluster_ips, because))
    return Answer(name, type_, Status.NOERROR)


def _headless(
    name: str, service: Service, port_name: str | None, protocol: str | None, host: str | None, type_: str
) -> Answer:
    full = f"{service.name}.{service.namespace}.svc.{CLUSTER_DOMAIN}"
    because = f"Service {service.key} spec.clusterIP: None; its EndpointSlices"
    found = [
        (one, number)
        for one in service.addresses
        if host is None or one.hostname.lower() == host
        for named, transport, number in (one.ports or (("", "", 0),))
        if port_name is None or (named.lower() == port_name and transport == protocol)
    ]
    if not found:
        return Answer(name, type_, Status.NXDOMAIN)
    hosts = {one.address: f"{one.hostname}.{full}" for one, _ in found}
    if type_ in TYPES.values():
        return Answer(name, type_, Status.NOERROR, _of_type(name, type_, hosts, because))
    if type_ == "SRV":
        weight = 100 // len(found)
        records = tuple(
            Record(name, "SRV", f"0 {weight} {number} {hosts[one.address]}.", because)
            for one, number in found
            if number
        )
        extra = tuple(Record(of_pod, TYPES[is_six(address)], address, because) for address, of_pod in hosts.items())
        return Answer(name, type_, Status.NOERROR, records, extra)
    return Answer(name, type_, Status.NOERROR)


def _external_name(state: ClusterState, name: str, service: Service, front: list[str], type_: str) -> Answer:
    if front or is_address(service.external_name):
        return Answer(name, type_, Status.NXDOMAIN)
    target = service.external_name.rstrip(".")
    alias = Record(name, "CNAME", f"{target}.", f"Service {service.key} spec.externalName")
    if type_ not in TYPES.values():
        return Answer(name, type_, Status.NOERROR, (alias,) if type_ == "CNAME" else ())
    records: tuple[Record, ...] = (alias,)
    for _ in range(LONGEST_CHAIN):
        answer = query_once(state, target, type_)
        records += answer.records
        if not answer.records or answer.records[-1].type != "CNAME":
            break
        target = answer.records[-1].value.rstrip(".")
    # Observed: without an address of the wanted kind CoreDNS leaves the CNAME to a name of its own zone out, too.
    if records[-1].type == "CNAME" and records[-1].value.endswith(f".{CLUSTER_DOMAIN}."):
        return Answer(name, type_, Status.NOERROR)
    return Answer(name, type_, Status.NOERROR, records)


def query_once(state: ClusterState, name: str, type_: str) -> Answer:
    """Like `query`, but an ExternalName gives its CNAME only and is not followed."""
    labels = name.lower().split(".")
    if labels[-3:] == ["svc", *CLUSTER_DOMAIN.split(".")] and len(labels) == 5:
        service = state.services.get((labels[1], labels[0]))
        if service is not None and service.external_name:
            alias = Record(name, "CNAME", f"{service.external_name.rstrip('.')}.", f"Service {service.key}")
            return Answer(name, type_, Status.NOERROR, (alias,))
    return query(state, name, type_)


def _pointers(state: ClusterState, name: str) -> Iterable[Record]:
    labels = name.split(".")[:-2][::-1]
    address = ".".join(labels)
    if name.endswith(".ip6.arpa"):
        address = _from_digits("".join(labels))
    service = state.service_of_address.get(address)
    if service is not None:
        full = f"{service.name}.{service.namespace}.svc.{CLUSTER_DOMAIN}."
        yield Record(name, "PTR", full, f"Service {service.key} spec.clusterIP")
    for service, hostname in state.services_of_pod_address.get(address, ()):
        full = f"{hostname}.{service.name}.{service.namespace}.svc.{CLUSTER_DOMAIN}."
        yield Record(name, "PTR", full, f"the EndpointSlices of Service {service.key}")


def _from_digits(digits: str) -> str:
    """The address of IPv6 that 32 hexadecimal digits are; empty when they are none."""
    try:
        return str(IPv6Address(bytes.fromhex(digits)))
    except ValueError:
        return ""
