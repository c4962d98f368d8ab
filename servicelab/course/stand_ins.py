"""Addresses that a task may write although they differ from run to run: each stands for a Pod of the fixture."""

from collections.abc import Callable

from lightkube.resources.core_v1 import Pod

from servicelab.checks import Variant
from servicelab.checks.objects import find
from servicelab.cluster.base import Cluster, MachineError
from servicelab.course.catalogue import Exercise


def stand_ins(exercise: Exercise, cluster: Cluster, variant: Variant, real: Callable[[str], str]) -> dict[str, str]:
    """The addresses of an exercise's task, and those of the Pods that they stand for on this cluster.

    `real` gives a namespace's name there. MachineError when such a Pod has no address.
    """
    found: dict[str, str] = {}
    for written, place in exercise.stands_for.items():
        namespace, _, name = variant.rendered(place).partition("/")
        pod = find(cluster.api, Pod, name, real(namespace))
        if pod is None or pod.status is None or not pod.status.podIP:
            what = f"{written} stands for the Pod {name} in the namespace {namespace}, which has no address"
            raise MachineError(what, "Prepare the exercise again: %exercise " + exercise.slug)
        found[written] = pod.status.podIP
    return found
