"""The target port: whether the name means anything in the Pods, and whether anything listens on the number."""

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.request import Request, spoken
from servicelab.diagnosis.selection import target_number
from servicelab.network.objects import Pod, ServicePort


def broken(request: Request) -> Finding | None:
    """What is wrong with `targetPort`, or None."""
    service, port = request.service, request.port
    if service is None or port is None or service.headless:
        return None
    if not port.backends and service.selector and service.addresses:
        return _unknown_name(request, port)
    found = [(pod, one.port) for one in request.usable if (pod := request.pod_of(one)) is not None]
    silent = [(pod, number) for pod, number in found if _is_elsewhere(request, port, pod, number)]
    if not silent:
        return None
    pod, number = silent[0]
    facts = {
        "pod": pod.name,
        "number": number,
        "target_port": port.target_port,
        "listens": request.listening_words(pod),
    }
    if len(silent) < len(found) and any(request.hears(one, port.protocol, other) for one, other in found):
        silent_pods = spoken(one.name for one, _ in silent)
        return request.finding("target-port-silent-in-some", silent=silent_pods, count=len(found), **facts)
    if not port.target_port.isdigit():
        return request.finding("declared-port-silent", **facts)
    return request.finding("target-port-silent", **facts)


def _is_elsewhere(request: Request, port: ServicePort, pod: Pod, number: int) -> bool:
    """Whether nothing at all listens on the number, while the Pod's programs listen on others."""
    listeners = request.listeners(pod)
    return bool(listeners) and all(one.port != number for one in listeners or ())


def _unknown_name(request: Request, port: ServicePort) -> Finding | None:
    """The endpoints are there without this port: no Pod has a container port of that name and protocol."""
    pods = [pod for pod in request.alive_pods if target_number(port, pod) is None]
    if not pods:
        return None
    pod = pods[0]
    has = spoken(f"{one.name or '(no name)'} {one.protocol} {one.port}" for one in pod.ports)
    facts = {"pod": pod.name, "target_port": port.target_port, "has": has, "wanted": port.protocol}
    if any(one.name == port.target_port for one in pod.ports):
        return request.finding("target-port-name-protocol", **facts)
    return request.finding("target-port-name-unknown", **facts)
