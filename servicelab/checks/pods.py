"""Pods that are written: there, running, ready, listed by the Services that select them; and why not."""

from lightkube.models.core_v1 import ContainerStatus
from lightkube.resources.core_v1 import Pod, Service

from servicelab.checks import evidence, services
from servicelab.checks.causes import Failure
from servicelab.checks.lab import Lab
from servicelab.checks.objects import name_of
from servicelab.checks.words import listed

STARTED_WITHIN = 40.0
"""Seconds, of the cluster, that a Pod may take to be ready: on a busy machine its program misses the first question of
its probe, and the next one comes ten seconds later, unless the Pod says otherwise."""


def expect_pod(lab: Lab, name: str, namespace: str | None = None) -> Pod:
    """The Pod is there; None is the first namespace. Says what is there instead when it is not."""
    space = namespace or lab.names.first
    found = lab.pod(name, space)
    if found is not None:
        return found
    expected = f"There is a Pod {name} in the namespace {space}."
    refused = services.why_refused(lab, expected)
    if refused:
        raise refused
    elsewhere = [other for other in lab.names.real if other != space and lab.pod(name, other)]
    if elsewhere:
        raise Failure("pod-wrong-namespace", expected, name=name, namespace=space, others=listed(elsewhere))
    others = [one for one in map(name_of, lab.pods(namespace=space)) if ("Pod", space, one) not in lab.given]
    if others:
        raise Failure("pod-wrong-name", expected, name=name, namespace=space, others=listed(others))
    raise Failure("pod-missing", expected, namespace=space)


def expect_running(lab: Lab, name: str) -> None:
    """The Pod's programs run, and it is ready."""
    if lab.comes_true(f"the Pod {name}", lambda: is_ready(expect_pod(lab, name)), STARTED_WITHIN):
        return
    expected = f"The Pod {name} is ready."
    expect_no_end(lab, name, expected)
    seen = evidence.probed(lab, [expect_pod(lab, name)])
    raise Failure("pod-unready", expected, seen, name=name, namespace=lab.names.first)


def expect_no_end(lab: Lab, name: str, expected: str) -> None:
    """No program of the Pod has ended; a failure says what was `expected`."""
    pod = expect_pod(lab, name)
    ended = [one.name for one in (pod.status and pod.status.containerStatuses) or [] if _has_ended(one)]
    if ended:
        facts = {"name": name, "namespace": lab.names.first, "containers": listed(ended)}
        raise Failure("program-ends", expected, **facts)


def is_served(lab: Lab, name: str, namespace: str | None = None) -> bool:
    """Whether a Pod is ready, and in the list of every Service that selects it."""
    pod = expect_pod(lab, name, namespace)
    labels = ((pod.metadata and pod.metadata.labels) or {}).items()
    selecting = [
        name_of(service)
        for service in lab.api.list(Service, namespace=lab.real(namespace))
        if service.spec and service.spec.selector and service.spec.selector.items() <= labels
    ]
    return is_ready(pod) and all(name in services.ready_pods(lab, service, namespace) for service in selecting)


def is_ready(pod: Pod) -> bool:
    """Whether the Pod's condition Ready is true."""
    conditions = (pod.status and pod.status.conditions) or []
    return any(condition.type == "Ready" and condition.status == "True" for condition in conditions)


def _has_ended(container: ContainerStatus) -> bool:
    return bool(container.restartCount) or bool(container.state and container.state.terminated)
