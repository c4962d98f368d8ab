"""A client looks the name up, and tries the addresses it got in an order of its own."""

from dataclasses import replace
from ipaddress import ip_address

from servicelab.network import names
from servicelab.network.checkpoints import ask_dns
from servicelab.network.families import first_of, is_six, of_family
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.proxy import Origin
from servicelab.network.trip import Trip
from servicelab.network.verdict import Outcome, Verdict

WRITES_HOSTS = "the kubelet writes a Pod's /etc/hosts, from its status.podIP and spec.hostAliases"
SAME_SUBNET = 24
"""Leading bits that two Pods of one node have in common."""
WEB = ("http", "https")
"""Asked by curl; the other schemes by agnhost, a Go program."""


def resolve(trip: Trip, host: str) -> list[str]:
    """The addresses to try; a name that does not exist ends the trip."""
    if names.is_address(host):
        # One address of IPv6 can be written in many ways; Kubernetes' objects have the short one.
        return [str(ip_address(host)) if is_six(host) else host]
    known = names.in_hosts_file(trip.state, trip.source, host)
    if known is not None:
        before, after = Endpoint(host, trip.target.port), Endpoint(known, trip.target.port)
        trip.add(Hop(HopKind.NAME, "/etc/hosts", f"/etc/hosts has {known} for {host}.", WRITES_HOSTS, before, after))
        return [known]
    if names.uses_cluster_dns(trip.state, trip.source) and names.dns_is_down(trip.state):
        said = f"{host} cannot be looked up: the cluster's DNS has no ready Pod."
        because = "Service kube-system/kube-dns has no ready endpoint"
        trip.verdict = trip.end(HopKind.NAME, "CoreDNS", said, because, Outcome.NO_SUCH_NAME, Endpoint(host))
        return []
    silent = ask_dns(trip, host)
    if silent is not None:
        # Observed: busybox's ping calls an address bad, whether the DNS says so or nobody answers.
        is_ping = trip.target.scheme == "ping"
        trip.verdict = replace(silent, outcome=Outcome.NO_SUCH_NAME) if is_ping else silent
        return []
    found = names.lookup(trip.state, trip.source, host)
    answer, addresses = found.answer, found.addresses
    if trip.state.has_six:
        sixes = names.lookup(trip.state, trip.source, host, "AAAA")
        if sixes.addresses and (not addresses or sixes.answer.name == answer.name):
            found, answer = (found, answer) if addresses else (sixes, sixes.answer)
            addresses = addresses + sixes.addresses
    if addresses:
        last = answer.records[-1]
        aliases = [record for record in answer.records if record.type == "CNAME"]
        via = "".join(f", an alias of {record.value.rstrip('.')}" for record in aliases)
        listed = " or ".join(addresses)
        trip.add(
            Hop(
                HopKind.NAME,
                found.server,
                f"{found.server} answers for {answer.name}{via}: {listed}.",
                aliases[0].because if aliases else last.because,
                Endpoint(host, trip.target.port),
                Endpoint(addresses[0] if len(addresses) == 1 else listed, trip.target.port),
            )
        )
        if len(addresses) > 1:
            pods = (trip.state.pod_of_address.get(address) for address in addresses)
            trip.candidates.extend(pod.key for pod in pods if pod is not None)
        return list(addresses)
    alias = next((record for record in answer.records if record.type == "CNAME"), None)
    if alias is not None:
        said = f"{found.server} says that {answer.name} is an alias of {alias.value.rstrip('.')}, which has no address."
        because = alias.because
    else:
        tried = ", ".join(one.name for one in found.tried)
        said = f"{found.server} knows no address for {host}; asked for: {tried}."
        because = _why_no_name(trip, host)
    trip.add(Hop(HopKind.NAME, found.server, said, because, Endpoint(host, trip.target.port)))
    trip.verdict = Verdict(Outcome.NO_SUCH_NAME)
    return []


def preferred(trip: Trip, addresses: list[str]) -> list[str]:
    """Those a client may try first: DNS shuffles, but curl's resolver (glibc) puts near addresses first.

    Observed on kind: of a headless Service's Pods, those in the /24 of the client's own node come first, and among
    them the one whose address has the most leading bits in common with the client's.
    """
    sixes = of_family(addresses, True)
    if sixes and len(sixes) < len(addresses):
        addresses = list(of_family(addresses, _six_first(trip)))
    own = first_of(trip.source_addresses, False)
    if trip.target.scheme not in WEB or trip.start[1] is not Origin.POD or own is None or is_six(addresses[0]):
        return addresses
    number = int(ip_address(own))
    bits = {one: 32 - (int(ip_address(one)) ^ number).bit_length() for one in addresses}
    nearest = max(bits.values())
    return [one for one in addresses if bits[one] == nearest] if nearest >= SAME_SUBNET else addresses


def _six_first(trip: Trip) -> bool:
    """Whether the client tries IPv6 first, where it has both and so has the name."""
    return trip.target.scheme in WEB and first_of(trip.source_addresses, True) is not None


def tries_another(trip: Trip, outcome: Outcome, addresses: list[str]) -> bool:
    """Whether the client goes on to the name's other addresses: at once after a refusal; curl also when silence lasts.

    curl begins with the other family after 0.2 s (RFC 8305), so silence in one of them costs nothing.
    """
    if outcome is Outcome.TIMED_OUT and trip.target.scheme in WEB:
        return bool(of_family(addresses, not trip.six))
    return outcome is Outcome.REFUSED


def _why_no_name(trip: Trip, host: str) -> str:
    if names.uses_cluster_dns(trip.state, trip.source) is None:
        return "names of Services exist only for Pods that use the cluster's DNS"
    first = host.split(".")[0]
    elsewhere = [service.key for service in trip.state.services.values() if service.name == first]
    return f"a Service of that name is {' and '.join(elsewhere[:3])}" if elsewhere else "no Service has that name"
