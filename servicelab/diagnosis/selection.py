"""The endpoints: which Pods the selector finds, or which addresses were written by hand."""

from collections.abc import Mapping
from difflib import get_close_matches

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.naming import ALIKE
from servicelab.diagnosis.request import Request, has_labels, identity, label_words, spoken
from servicelab.diagnosis.snapshot import Json
from servicelab.network.entrances import Way
from servicelab.network.objects import Pod, Service, ServicePort
from servicelab.network.state import SERVICE_NAME_LABEL

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
ENDED = ("Succeeded", "Failed")


def broken(request: Request) -> Finding | None:
    """Why there is no endpoint at all, or not of the Pods that are meant; None when that is not so."""
    service = request.service
    if service is None or service.external_name or request.way is None:
        return None
    if not service.selector:
        return _by_hand(request, service)
    if not request.pods:
        return _nobody(request, service)
    if all(map(_has_ended, request.pods)):
        ended = spoken(f"{_name(pod)} ({pod['status']['phase']})" for pod in request.pods)
        return request.finding("pods-ended", selector=label_words(service.selector), pods=ended)
    return _others(request, service) or _unwritten(request, service)


def _has_ended(pod: Json) -> bool:
    """Whether a Pod runs no more, and will not again; its phase says so a moment later than its containers."""
    status = pod.get("status") or {}
    states = [one.get("state") or {} for one in status.get("containerStatuses") or ()]
    over = pod["spec"].get("restartPolicy") == "Never" and states and all("terminated" in one for one in states)
    return bool(over) or status.get("phase") in ENDED


def not_meant(request: Request) -> Finding | None:
    """Pods answer, but not those that the question says are meant."""
    meant, service = request.question.meant, request.service
    if not meant or service is None:
        return None
    answering = [pod for one in request.usable if (pod := request.pod_of(one)) is not None]
    strangers = [pod for pod in answering if not meant.items() <= pod.labels.items()]
    return _are_others(request, service, strangers) if strangers else None


def _name(object_: Json) -> str:
    return str(object_["metadata"]["name"])


def _labels(pod: Json) -> dict[str, str]:
    return dict(pod["metadata"].get("labels") or {})


def _by_hand(request: Request, service: Service) -> Finding | None:
    own = _own_slices(request, service)
    if not own:
        slices = request.snapshot.all("EndpointSlice", namespace=service.namespace)
        unlabelled = [one for one in slices if SERVICE_NAME_LABEL not in (one["metadata"].get("labels") or {})]
        if unlabelled:
            return request.finding("slice-label-missing", slices=spoken(map(_name, unlabelled)))
        return request.finding("selector-missing", pods=_pods_words(request.other_pods))
    if request.port is not None and not request.port.backends and service.addresses:
        has = spoken(f"{port.get('name') or '(no name)'} {port.get('protocol', 'TCP')} {port.get('port')}"
                     for one in own for port in one.get("ports") or ())  # fmt: skip
        return request.finding("slice-port-name", slices=spoken(map(_name, own)), has=has,
                               port_name=request.port.name or "(no name)")  # fmt: skip
    gone = [one for one in request.usable if _leads_nowhere(request, one.address)]
    if gone:
        addresses = spoken(one.address for one in gone)
        return request.finding("slice-address-nobodys", slices=spoken(map(_name, own)), addresses=addresses)
    return None


def _own_slices(request: Request, service: Service) -> list[Json]:
    """The EndpointSlices that say by their label that they are this Service's."""
    slices = request.snapshot.all("EndpointSlice", namespace=service.namespace)
    return [one for one in slices if (one["metadata"].get("labels") or {}).get(SERVICE_NAME_LABEL) == service.name]


def _leads_nowhere(request: Request, address: str) -> bool:
    state = request.state
    known = (state.pod_of_address, state.node_of_address, state.service_of_address)
    return state.is_of_cluster(address) and all(address not in one for one in known)


def _nobody(request: Request, service: Service) -> Finding:
    """No Pod has the labels: why not?"""
    selector, snapshot = service.selector, request.snapshot
    facts = {"selector": label_words(selector), "pods": _pods_words(request.other_pods)}
    workloads = snapshot.all(*WORKLOADS, namespace=service.namespace)
    for one in workloads:
        if not has_labels((one.get("spec") or {}).get("template") or {}, selector):
            continue
        facts["workload"] = f"{one['kind']} {_name(one)}"
        if (one["spec"].get("replicas", 1)) == 0:
            return request.finding("scaled-to-zero", **facts)
        failed = [c for c in (one.get("status") or {}).get("conditions") or () if c.get("type") == "ReplicaFailure"]
        said = failed[0].get("message", "") if failed else "no Pod has been made yet"
        return request.finding("pods-not-made", said=said, **facts)
    on_workload = [one for one in workloads if has_labels(one, selector)]
    if on_workload:
        one = on_workload[0]
        template = label_words(_labels(one["spec"]["template"]))
        return request.finding("labels-not-on-pods", workload=f"{one['kind']} {_name(one)}", template=template, **facts)
    spaces = {pod["metadata"]["namespace"] for pod in snapshot.all("Pod") if has_labels(pod, selector)}
    if spaces and not _looks_like_a_slip(request, selector):
        return request.finding("pods-elsewhere", spaces=spoken(sorted(spaces)), **facts)
    if len(selector) > 1 and all(_some_pod_has(request, {key: value}) for key, value in selector.items()):
        return request.finding("selector-never-together", **facts)
    return request.finding("selector-matches-nothing", **facts)


def _some_pod_has(request: Request, labels: Mapping[str, str]) -> bool:
    return any(has_labels(pod, labels) for pod in request.other_pods)


def _looks_like_a_slip(request: Request, selector: Mapping[str, str]) -> bool:
    """Whether a Pod of the Service's own namespace has nearly one of the wanted values, or has it under another key."""
    values = [value for pod in request.other_pods for value in _labels(pod).values()]
    return any(get_close_matches(value, values, n=1, cutoff=ALIKE) for value in selector.values())


def _pods_words(pods: list[Json]) -> str:
    return "; ".join(f"{_name(pod)} has {label_words(_labels(pod))}" for pod in pods[:6]) or "no other Pods"


def _unwritten(request: Request, service: Service) -> Finding | None:
    """Ready Pods that no EndpointSlice lists: then whoever writes slices does not run, or is not meant to."""
    slices = _own_slices(request, service)
    listed = {address for one in slices for end in one.get("endpoints") or () for address in end["addresses"]}
    ready = [pod for pod in request.alive_pods if pod.ready]
    if not ready or listed:
        return None
    return request.finding("endpoints-not-written", pods=spoken(pod.name for pod in ready))


def _others(request: Request, service: Service) -> Finding | None:
    """The selector finds Pods of another program: some or all of the Pods it finds do not serve the port, and they are
    of another sort than those that do."""
    port = request.port
    if port is None or (request.way is Way.NAME and service.headless):
        return None
    serving = {pod.key: _serves(request, port, pod) for pod in request.alive_pods}
    silent = [pod for pod in request.alive_pods if serving[pod.key] is False]
    heard = [pod for pod in request.alive_pods if serving[pod.key]]
    if not silent or None in serving.values():
        return None
    if heard:
        strangers = [pod for pod in silent if _are_different(pod, heard)]
        return _are_others(request, service, strangers) if strangers else None
    left_out = [pod for pod in map(request.model, request.other_pods) if pod is not None and pod.alive]
    meant = [pod for pod in left_out if _is_named(service, pod) and _serves(request, port, pod)]
    if not meant or any(_is_named(service, pod) for pod in silent):
        return None
    return _are_others(request, service, silent)


def _are_different(pod: Pod, others: list[Pod]) -> bool:
    return all(identity(pod.labels) != identity(other.labels) for other in others)


def _is_named(service: Service, pod: Pod) -> bool:
    """Whether the Pod's labels say that it is of the program that the Service is named after."""
    return any(value == service.name for _, value in identity(pod.labels))


def _are_others(request: Request, service: Service, strangers: list[Pod]) -> Finding:
    words = "; ".join(f"{pod.name} has {label_words(pod.labels)}" for pod in strangers[:4])
    return request.finding("selector-matches-others", selector=label_words(service.selector), strangers=words)


def _serves(request: Request, port: ServicePort, pod: Pod) -> bool | None:
    """Whether the Pod would answer on the port's target port; None when that is not known."""
    number = target_number(port, pod)
    return False if number is None else request.hears(pod, port.protocol, number)


def target_number(port: ServicePort, pod: Pod) -> int | None:
    """The number that `targetPort` means in a Pod; None for a name that none of its ports has."""
    if port.target_port.isdigit():
        return int(port.target_port)
    named = (one.port for one in pod.ports if (one.name, one.protocol) == (port.target_port, port.protocol))
    return next(named, None)
