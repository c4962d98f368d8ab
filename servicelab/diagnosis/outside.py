"""From outside: whether the Service has an address there, who answers for it, and whether this machine gets there."""

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.request import Request, spoken
from servicelab.diagnosis.snapshot import Json
from servicelab.network.announcing import CLASS
from servicelab.network.entrances import Way
from servicelab.network.objects import Service
from servicelab.network.path import HopKind
from servicelab.network.places import Outside

CLOSED_TYPES = ("ClusterIP", "ExternalName")


def broken(request: Request) -> Finding | None:
    """What is wrong with the way in from outside, or None."""
    service = request.service
    if service is None:
        return None
    if request.way is Way.NODE_PORT and request.port is None:
        return _no_node_port(request, service)
    if not isinstance(request.question.source, Outside):
        return _address_of_others(request, service)
    if request.question.target is None or (service.type == "LoadBalancer" and not _addresses(service)):
        return _pending(request, service)
    if request.way in (Way.VIRTUAL_IP, None):
        return _inside_only(request, service)
    return _address_of_others(request, service)


def _addresses(service: Service) -> tuple[str, ...]:
    return service.load_balancer_ips + service.proxied_ips + service.external_ips


def not_from_here(request: Request) -> Finding | None:
    """A client outside is answered, and this machine is not: that is the machine, no manifest."""
    if not request.question.from_here or request.seen.here is not False:
        return None
    return request.finding("machine-cannot-reach")


def _no_node_port(request: Request, service: Service) -> Finding:
    if service.type in CLOSED_TYPES:
        return request.finding("not-open-outside", type=service.type)
    return request.finding("no-node-port", type=service.type)


def _inside_only(request: Request, service: Service) -> Finding | None:
    if service.type in CLOSED_TYPES:
        return request.finding("not-open-outside", type=service.type)
    last = request.broken_path.hops[-1] if request.broken_path and request.broken_path.hops else None
    if last is None or last.kind is not HopKind.NODE:
        return None
    return request.finding("inner-address-asked-outside", type=service.type)


def _address_of_others(request: Request, service: Service) -> Finding | None:
    """The Service's address outside is one that nobody answers for."""
    last = request.broken_path.hops[-1] if request.broken_path and request.broken_path.hops else None
    if last is None:
        return None
    if last.because.endswith("spec.externalIPs"):
        return request.finding("external-ip-nobodys", addresses=spoken(service.external_ips))
    if last.because.endswith("ipMode: Proxy"):
        return request.finding("load-balancer-proxied", addresses=spoken(service.proxied_ips))
    if last.said.startswith("No node answers for "):
        return request.finding("load-balancer-unannounced", said=last.said, because=last.because)
    return None


def _pending(request: Request, service: Service) -> Finding:
    """A load balancer without an address."""
    told = service.load_balancer_class
    if told and CLASS not in told:
        return request.finding("load-balancer-class", load_balancer_class=told)
    if not request.snapshot.has_load_balancer:
        return request.finding("load-balancer-missing")
    failed = [one for one in request.snapshot.events("Service", service.namespace, service.name)
              if one.get("reason") in ("AllocationFailed", "LoadBalancerFailed")]  # fmt: skip
    said = str(failed[0].get("message", "")) if failed else ""
    pools = request.snapshot.all("IPAddressPool")
    facts = {
        "said": said or "nothing yet",
        "pools": spoken(map(_pool_words, pools)),
        "wish": _wish(request.service_json),
    }
    if "is already in use" in said or "also in use" in said:
        return request.finding("load-balancer-address-taken", **facts)
    if "not allowed in config" in said:
        return request.finding("pool-without-address", **facts)
    if "unknown pool" in said:
        return request.finding("pool-unknown", **facts)
    if "not compatible" in said or (pools and not any(_is_for_all(pool) for pool in pools)):
        return request.finding("pool-not-for-it", **facts)
    if "no available IPs" in said:
        return request.finding("pool-exhausted", **facts)
    return request.finding("load-balancer-pending", **facts)


def _pool_words(pool: Json) -> str:
    spec = pool["spec"]
    only = [word for word, key in (("autoAssign: false", not spec.get("autoAssign", True)),
                                   ("for some Services only", bool(spec.get("serviceAllocation")))) if key]  # fmt: skip
    return f"{pool['metadata']['name']} ({', '.join([*spec.get('addresses', ()), *only])})"


def _is_for_all(pool: Json) -> bool:
    return bool(pool["spec"].get("autoAssign", True)) and not pool["spec"].get("serviceAllocation")


def _wish(service: Json) -> str:
    annotations = (service.get("metadata") or {}).get("annotations") or {}
    wishes = [f"{key}: {value}" for key, value in annotations.items() if key.startswith("metallb.")]
    asked = (service.get("spec") or {}).get("loadBalancerIP")
    return spoken([*wishes, *([f"spec.loadBalancerIP: {asked}"] if asked else [])])
