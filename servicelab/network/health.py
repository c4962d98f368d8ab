"""kube-proxy's answer on a Service's health-check node port: how many endpoints this node has.

Load balancers ask it to know which nodes to send to when `externalTrafficPolicy` is Local.
"""

import json

from servicelab.network.objects import Node, Service
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.trip import Trip
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict

OK, UNAVAILABLE = 200, 503


def health_check(trip: Trip, node: Node, service: Service, destination: Endpoint) -> Verdict:
    """200 when the node has a ready endpoint of the Service, else 503, whatever path is asked."""
    if trip.target.scheme not in ("http", "tcp"):
        raise Unmodelled(f"the health-check node port of Service {service.key} speaks http only")
    # Each family has a kube-proxy of its own, which counts its endpoints only.
    endpoints = (one for port in service.ports for one in port.of_family(trip.six))
    count = len({one.address for one in endpoints if one.ready and one.node == node.name})
    status = OK if count else UNAVAILABLE
    said = (
        f"Port {destination.port} is the health-check node port of Service {service.key}; kube-proxy answers {status}: "
        f"{node.name} has {count or 'no'} ready endpoint{'' if count == 1 else 's'} of it."
    )
    because = f"Service {service.key} spec.healthCheckNodePort"
    trip.add(Hop(HopKind.PROGRAM, f"kube-proxy on {node.name}", said, because, destination))
    if trip.target.scheme == "tcp":
        return Verdict(Outcome.ANSWERED, None, trip.source_address)
    told = {
        "service": {"namespace": service.namespace, "name": service.name},
        "localEndpoints": count,
        "serviceProxyHealthy": True,
    }
    body = json.dumps(told, indent="\t")
    return Verdict(Outcome.ANSWERED, None, trip.source_address, body=body, status=status)
