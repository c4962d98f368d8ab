"""The name: who is asked for it, whether the question gets there, and whether such a Service exists."""

from difflib import get_close_matches

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.request import Request, has_labels, spoken
from servicelab.network import names
from servicelab.network.entrances import Way
from servicelab.network.path import Hop, HopKind
from servicelab.network.places import PodPlace
from servicelab.network.verdict import Outcome

DNS = {"k8s-app": "kube-dns"}
"""The labels of CoreDNS's Pods."""
ALIKE = 0.6
"""How alike two names must be for one to be a slip of the other (difflib's ratio)."""


def broken(request: Request) -> Finding | None:
    """What is wrong with the name, or None."""
    if request.way is not Way.NAME:
        return _missing(request) if request.named is None and request.question.target is None else None
    return _unasked(request) or _missing(request) or _alias(request) or _silent(request)


def _unasked(request: Request) -> Finding | None:
    """Nobody who knows Services is asked, or the question does not get there."""
    state, source = request.state, request.question.source
    if not isinstance(source, PodPlace):
        return request.finding("name-unknown-outside")
    pod = state.pod(source.namespace, source.name)
    if pod is None or pod.dns_policy == "None":
        return None
    if names.uses_cluster_dns(state, source) is None:
        policy = f"dnsPolicy {pod.dns_policy}" + (" and hostNetwork: true" if pod.host_network else "")
        return request.finding("client-asks-another-dns", policy=policy)
    if names.dns_is_down(state):
        servers = [pod for pod in request.snapshot.all("Pod", namespace="kube-system") if has_labels(pod, DNS)]
        return request.finding("dns-down", pods=spoken(one["metadata"]["name"] for one in servers))
    hops = request.broken_path.hops if request.broken_path else ()
    if hops and hops[-1].kind is HopKind.POLICY and _is_for(hops[-1], request):
        return request.finding("dns-blocked", policies=spoken(_policies(hops[-1])))
    if len(hops) > 1 and hops[-1].kind is HopKind.NODE and _is_for(hops[-2], request):
        return request.finding("dns-cut-off", said=hops[-1].said)
    return None


def _is_for(hop: Hop, request: Request) -> bool:
    """Whether the hop is about the lookup: then it has the name where others have an address."""
    target, before = request.question.target, hop.destination_before
    return target is not None and before is not None and before.address == target.host and hop.destination_after is None


def _policies(hop: Hop) -> list[str]:
    return [words.split()[1] for words in hop.because.split("; ") if words.startswith("NetworkPolicy ")]


def _missing(request: Request) -> Finding | None:
    if request.named is not None:
        return None
    state, namespace, name = request.state, request.question.namespace, request.question.name
    there = sorted(one.name for one in state.services.values() if one.namespace == namespace)
    if namespace not in state.namespaces:
        return request.finding("namespace-missing", namespaces=spoken(sorted(state.namespaces)))
    alike = get_close_matches(name, there, n=3, cutoff=ALIKE)
    elsewhere = sorted(one.namespace for one in state.services.values() if one.name == name)
    if elsewhere and not alike:
        return request.finding("service-elsewhere", elsewhere=spoken(elsewhere), services=spoken(there))
    alike = alike or [one for one in there if one in name or name in one]
    if alike:
        return request.finding("service-name-alike", alike=spoken(alike))
    return request.finding("service-missing", services=spoken(there))


def _alias(request: Request) -> Finding | None:
    """An ExternalName: an alias in DNS, and of names only."""
    named = request.named
    if named is None or not named.external_name:
        return None
    if names.is_address(named.external_name):
        return request.finding("external-name-is-address", external_name=named.external_name)
    if request.service is None:
        return request.finding("external-name-unknown", external_name=named.external_name, service=named.name,
                               namespace=named.namespace)  # fmt: skip
    if request.service is named and Outcome.NO_SUCH_NAME in _ends(request):
        return request.finding("external-name-unknown", external_name=named.external_name)
    return None


def _ends(request: Request) -> tuple[Outcome, ...]:
    seen = request.seen.verdict
    return (seen.outcome,) if seen is not None else request.prediction.outcomes


def _silent(request: Request) -> Finding | None:
    """The objects of the DNS are in order, and yet only the address is answered."""
    by_name, by_address = request.seen.verdict, request.seen.by_address
    if by_name is None or by_name.answered or by_address is None or not by_address.answered:
        return None
    return request.finding("dns-silent", verdict=by_name.detail.strip() or str(by_name.outcome))
