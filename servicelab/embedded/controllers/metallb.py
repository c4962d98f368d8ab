"""MetalLB's controller: gives LoadBalancer Services addresses from pools, and takes them back.

As MetalLB 0.16.2 does it on kind; tests/embedded/controllers/metallb/ holds what was recorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.laboratory_settings import has_load_balancer
from servicelab.embedded.controllers.metallb_pools import SYSTEM, Address, Pool, by_priority, pools_of
from servicelab.embedded.controllers.objects import Key, key_of, labels_of, write_status
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import IP_ADDRESS_POOLS, LABORATORY, NAMESPACES, SERVICES
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

COMPONENT = "metallb-controller"
PREFIX, OLD_PREFIX = "metallb.io/", "metallb.universe.tf/"
FROM_POOL = f"{PREFIX}ip-allocated-from-pool"
Port = tuple[str, int]


class Impossible(Exception):
    """An address cannot be given; says why in MetalLB's words."""


@dataclass(frozen=True)
class Allocation:
    """What one Service has: with equal non-empty `sharing` and equal `backend`, others may have the address too."""

    address: Address
    pool: str
    ports: frozenset[Port]
    sharing: str
    backend: str


class MetalLB:
    """Allocation of addresses. What is given stays given as long as a pool has it."""

    name = "metallb"

    def __init__(self, work: Work, recorder: Recorder) -> None:
        self._work, self._store, self._recorder = work, work.store, recorder
        self._given: dict[Key, Allocation] = {}
        pools = pools_of(self._store)
        for service in self._store.objects(SERVICES):
            address, pool = _address_of(service), annotation(service, "ip-allocated-from-pool")
            if _is_ours(service) and address is not None and pool in pools:
                self._given[key_of(service)] = _allocation(service, address, pool)

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Services themselves; all of them when pools change, or labels of Namespaces that pools may select."""
        if change.resource is SERVICES:
            return [key_of(change.object)]
        if change.resource is LABORATORY:
            return [*self._all(), *self._given]
        if change.resource is IP_ADDRESS_POOLS:
            is_same = change.kind is ChangeKind.MODIFIED and (change.before or {}).get("spec") == change.object["spec"]
            return [] if is_same else [(SYSTEM, ""), *self._all()]
        if change.resource is NAMESPACES and change.before is not None:
            return self._all() if labels_of(change.before) != labels_of(change.object) else []
        return []

    def _all(self) -> list[Key]:
        return [key_of(one) for one in self._store.objects(SERVICES) if one["spec"]["type"] == "LoadBalancer"]

    def reconcile(self, key: Key) -> None:
        """Give or take back one Service's address; then write how full the pools are. Nothing while MetalLB is off."""
        if not has_load_balancer(self._store):
            return
        service = self._store.get(SERVICES, *key)
        before = self._given.get(key)
        if before is None and service is not None and not _concerns_us(service):
            return
        pools = pools_of(self._store)
        if service is None:
            self._given.pop(key, None)
        elif service["spec"]["type"] != "LoadBalancer" or _is_ours(service):
            self._converge(key, service, pools)
        after = self._given.get(key)
        if (before is not None and after is None) or _key(before) != _key(after):
            # What it no longer has, or now shares, may be what another one waits for.
            for other in self._all():
                self._work.add(self.name, other)
        self._write_pools(pools)

    def _converge(self, key: Key, service: Object, pools: dict[str, Pool]) -> None:
        if service["spec"]["type"] != "LoadBalancer" or not pools:
            self._clear(key, service)
            return
        address = _address_of(service)
        if address is None:
            self._given.pop(key, None)
        else:
            address = self._kept(key, service, address, pools)
        if address is None:
            self._given.pop(key, None)
            try:
                self._given[key] = self._allocate(key, service, pools)
            except Impossible as problem:
                message = f'Failed to allocate IP for "{"/".join(key)}": {problem}'
                self._tell(service, WARNING, "AllocationFailed", message)
                self._clear(key, service)
                return
            self._tell(service, NORMAL, "IPAllocated", f"Assigned IP {_listed(self._given[key].address)}")
        self._write(service, self._given[key])

    def _kept(self, key: Key, service: Object, address: Address, pools: dict[str, Pool]) -> Address | None:
        """The address the Service has, unless the pools or its own wishes no longer allow it."""
        try:
            self._given[key] = self._assigned(key, service, address, pools)
        except Impossible as problem:
            message = (
                f'current IP for "{"/".join(key)}" not allowed by config, will attempt for new IP assignment: {problem}'
            )
            self._tell(service, NORMAL, "ClearAssignment", message)
            return None
        if annotation(service, "address-pool") not in ("", self._given[key].pool):
            return None
        try:
            wished = wished_address(service)
        except Impossible as problem:
            self._tell(service, WARNING, "LoadBalancerFailed", f"invalid requested loadbalancer IPs: {problem}")
            return address
        return address if wished in (None, address) else None

    def _allocate(self, key: Key, service: Object, pools: dict[str, Pool]) -> Allocation:
        wished, name = wished_address(service), annotation(service, "address-pool")
        if wished is not None:
            if wished.version != 4:
                raise Impossible(
                    f"requested loadBalancer IP(s) {_listed(wished)} does not match the ipFamily of the service"
                )
            found = self._assigned(key, service, wished, pools)
            if name and found.pool != name:
                raise Impossible(
                    f"requested loadBalancer IP(s) {_listed(wished)} is not compatible with requested "
                    f"address pool {name}"
                )
            return found
        if name:
            if name not in pools:
                raise Impossible(f'unknown pool "{name}"')
            free = self._free(key, service, pools[name])
            if free is None:
                raise Impossible(f"no available IPs in pool {name}")
            return self._assigned(key, service, free, pools)
        pinned = by_priority([pool for pool in pools.values() if pool.is_pinned_to(service)])
        common = [pool for pool in pools.values() if pool.auto_assign and not pool.is_for_some]
        for pool in (*pinned, *common):
            free = self._free(key, service, pool)
            if free is not None:
                return self._assigned(key, service, free, pools)
        raise Impossible("no available IPs")

    def _assigned(self, key: Key, service: Object, address: Address, pools: dict[str, Pool]) -> Allocation:
        """The allocation of one address, if a pool and the others who have it allow it."""
        pool = next((pool for pool in pools.values() if pool.has(address)), None)
        if pool is None:
            raise Impossible(f"{_listed(address)} is not allowed in config")
        if not pool.is_for(service):
            raise Impossible(f"pool {pool.name} not compatible for ip assignment")
        wished = _allocation(service, address, pool.name)
        others = {other: one for other, one in self._given.items() if other != key and one.address == address}
        if any(not one.sharing or (one.sharing, one.backend) != (wished.sharing, wished.backend)
               for one in others.values()):  # fmt: skip
            names = ",".join("/".join(other) for other in sorted(others))
            raise Impossible(f'can\'t change sharing key for "{"/".join(key)}", address also in use by {names}')
        for protocol, number in _ports(service):
            if any((protocol, number) in one.ports for one in others.values()):
                raise Impossible(f'port {protocol}/{number} is already in use on "{address}"')
        return wished

    def _free(self, key: Key, service: Object, pool: Pool) -> Address | None:
        """The pool's first address that this Service can have."""
        taken = {one.address for other, one in self._given.items() if other != key}
        for address in pool.addresses():
            if address not in taken:
                return address
            if annotation(service, "allow-shared-ip"):
                try:
                    self._assigned(key, service, address, {pool.name: pool})
                except Impossible:
                    continue
                return address
        return None

    def _clear(self, key: Key, service: Object) -> None:
        self._given.pop(key, None)
        changed = copy_of(service)
        (changed["metadata"].get("annotations") or {}).pop(FROM_POOL, None)
        if not changed["metadata"].get("annotations", True):
            del changed["metadata"]["annotations"]
        changed["status"] = {**changed.get("status", {}), "loadBalancer": {}}
        self._store.update(SERVICES, changed)

    def _write(self, service: Object, given: Allocation) -> None:
        changed = copy_of(service)
        annotations = changed["metadata"].setdefault("annotations", {})
        ingress = [{"ip": str(given.address), "ipMode": "VIP"}]
        is_new = changed.get("status", {}).get("loadBalancer", {}).get("ingress") != ingress
        annotations[FROM_POOL] = given.pool
        old = [name for name in annotations if name.startswith(OLD_PREFIX)]
        if is_new or FROM_POOL not in (service["metadata"].get("annotations") or {}):
            for name in old:
                self._tell(service, WARNING, "deprecatedAnnotation", f"Service uses deprecated annotation {name}")
        changed["status"] = {**changed.get("status", {}), "loadBalancer": {"ingress": ingress}}
        self._store.update(SERVICES, changed)

    def _write_pools(self, pools: dict[str, Pool]) -> None:
        for name, pool in pools.items():
            stored = self._store.get(IP_ADDRESS_POOLS, SYSTEM, name)
            if stored is None:
                continue
            used = len({one.address for one in self._given.values() if one.pool == name})
            status = {"assignedIPv4": used, "assignedIPv6": 0, "availableIPv4": pool.size(4) - used}
            write_status(self._store, IP_ADDRESS_POOLS, stored, status | {"availableIPv6": pool.size(6)})

    def _tell(self, service: Object, kind: str, reason: str, message: str) -> None:
        self._recorder.record(COMPONENT, SERVICES, service, kind, reason, message)


def annotation(service: Object, name: str) -> str:
    """One of MetalLB's annotations, by its present or its older prefix; "" when it is not there."""
    annotations = service["metadata"].get("annotations") or {}
    return str(annotations.get(f"{PREFIX}{name}", annotations.get(f"{OLD_PREFIX}{name}", "")))


def wished_address(service: Object) -> Address | None:
    """The address a Service asks for. Raises Impossible when what it asks for is none."""
    text, field = annotation(service, "loadBalancerIPs"), service["spec"].get("loadBalancerIP", "")
    if text and field:
        raise Impossible(f"service can not have both {PREFIX}loadBalancerIPs and svc.Spec.LoadBalancerIP")
    if not text and not field:
        return None
    found = [_parsed(part.strip()) for part in (text or field).split(",")]
    if None in found:
        raise Impossible(
            f'invalid {PREFIX}loadBalancerIPs: "{text}"' if text else f'invalid spec.loadBalancerIP "{field}"'
        )
    addresses = [one for one in found if one is not None]
    if len({one.version for one in addresses}) < len(addresses):
        raise Impossible(f"IPFamilyForAddresses: same address family {_listed(*addresses)}")
    if len(addresses) > 1:
        raise Impossible(
            f"requested loadBalancer IP(s) {_listed(*addresses)} does not match the ipFamily of the service"
        )
    return addresses[0]


def _parsed(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_ours(service: Object) -> bool:
    return service["spec"]["type"] == "LoadBalancer" and not service["spec"].get("loadBalancerClass")


def _concerns_us(service: Object) -> bool:
    """Whether it is a load balancer, or has what is left of one."""
    return service["spec"]["type"] == "LoadBalancer" or FROM_POOL in (service["metadata"].get("annotations") or {})


def _address_of(service: Object) -> Address | None:
    for entry in service.get("status", {}).get("loadBalancer", {}).get("ingress", []):
        if entry.get("ip"):
            return _parsed(entry["ip"])
    return None


def _ports(service: Object) -> list[Port]:
    return [(port["protocol"], port["port"]) for port in service["spec"].get("ports", [])]


def _allocation(service: Object, address: Address, pool: str) -> Allocation:
    backend = ""
    if service["spec"].get("externalTrafficPolicy") == "Local":
        # The nodes that answer are those with its Pods, so only a Service of the same Pods can share.
        selector = service["spec"].get("selector") or {}
        backend = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    ports = frozenset(_ports(service))
    return Allocation(address, pool, ports, annotation(service, "allow-shared-ip"), backend)


def _key(given: Allocation | None) -> tuple[str, str]:
    """What decides who may share the address."""
    return ("", "") if given is None else (given.sharing, given.backend)


def _listed(*addresses: Address) -> str:
    """Addresses as Go prints a list of them."""
    return "[" + " ".join(f'"{address}"' for address in addresses) + "]"
