"""The program in the Pod: whether it hears, on which address, and in which protocol."""

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.request import Request, spoken
from servicelab.network.families import is_loopback
from servicelab.network.objects import Pod


def broken(request: Request) -> Finding | None:
    """What is wrong with the program, or None."""
    service, port, target = request.service, request.port, request.question.target
    if service is None or service.external_name:
        return None
    protocol = port.protocol if port is not None else target.protocol if target is not None else "TCP"
    for pod, number in _asked(request):
        found = _at(request, pod, protocol, number)
        if found is not None:
            return found
    return _hangs(request)


def _asked(request: Request) -> list[tuple[Pod, int]]:
    """The Pods that may be asked, each with the port."""
    service, target = request.service, request.question.target
    if service is not None and service.headless and target is not None:
        found = (request.state.pod_of_address.get(one.address) for one in service.addresses)
        return [(pod, target.port) for pod in found if pod is not None]
    return [(pod, one.port) for one in request.usable if (pod := request.pod_of(one)) is not None]


def _at(request: Request, pod: Pod, protocol: str, number: int) -> Finding | None:
    listeners = request.listeners(pod)
    if listeners is None or request.hears(pod, protocol, number):
        return None
    facts = {"pod": pod.name, "number": number, "wanted": protocol, "listens": request.listening_words(pod)}
    down = [one.name for one in pod.containers if not one.running]
    if down and pod.key not in request.seen.sockets:
        return request.finding("program-down", containers=spoken(down), **facts)
    same = [one for one in listeners if one.port == number]
    if any(one.protocol == protocol and is_loopback(one.address) for one in same):
        return request.finding("program-on-loopback", **facts)
    if same:
        return request.finding("program-other-protocol", **facts)
    if not listeners:
        return request.finding("program-opens-no-port", **facts)
    return request.finding("headless-port-silent", **facts) if request.service and request.service.headless else None


def _hangs(request: Request) -> Finding | None:
    """Its kernel says that it listens, and not even its own node is answered."""
    for pod, number in _asked(request):
        near = request.seen.nearby.get(pod.key)
        if near is not None and not near.answered and pod.key in request.seen.sockets:
            verdict = near.detail.strip() or str(near.outcome).replace("_", " ")
            return request.finding("program-hangs", pod=pod.name, node=pod.node, number=number, verdict=verdict)
    return None
