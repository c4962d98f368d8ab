"""`%exercise`: what an exercise's learner finds on their own cluster before they begin."""

from collections.abc import Sequence
from functools import partial

from lightkube.resources.core_v1 import Pod

from servicelab.checks import Variant
from servicelab.checks.objects import name_of
from servicelab.checks.words import listed
from servicelab.cluster.base import Cluster, MachineError, WaitedTooLong
from servicelab.course import load_course
from servicelab.course.engine import are_up, fixture, namespaces
from servicelab.manifests import Manifest
from servicelab.notebook.applying import apply

READY_WITHIN = 120.0
GONE_WITHIN = 60.0
UNCHANGEABLE = "pod updates may not change"
"""What the API server says of a Pod whose containers are to be others."""


def prepare(cluster: Cluster, slug: str, variant: Variant) -> str:
    """Apply the variant's fixture under its own names and wait for its Pods; what was done, in one sentence.

    Raises NoSuchExercise for an unknown slug, MachineError when the cluster does not do it.
    """
    course = load_course()
    exercise = course.exercise(slug)
    spaces = namespaces(exercise, variant)
    given = fixture(exercise, course, variant)
    good, words = apply(cluster, given, None)
    if not good and UNCHANGEABLE in words:  # Pods of those names are there, of another exercise or variant
        _remove_pods(cluster, given)
        good, words = apply(cluster, given, None)
    if not good:
        raise MachineError(f"The cluster did not take what the exercise needs:\n{words}")

    named = _pods(given)

    def is_given(pod: Pod) -> bool:
        """What a learner wrote as a Pod may be broken; what a Deployment makes has an owner."""
        owned = pod.metadata is not None and pod.metadata.ownerReferences
        return bool(owned) or _place(pod) in named

    try:
        up = partial(are_up, exercise, cluster, spaces, variant, is_given)
        cluster.wait_until("the exercise's Pods to be ready", up, timeout=READY_WITHIN)
    except WaitedTooLong as error:
        raise MachineError(str(error), "Look at them: kubectl get pods -A") from None
    return f"The exercise {slug} is ready in the namespaces {listed(spaces)}."


def _pods(given: Sequence[Manifest]) -> set[tuple[str, str]]:
    """Namespace and name of the Pods among manifests."""
    return {(one.namespace or "default", one.name) for one in given if one.kind == "Pod"}


def _place(pod: Pod) -> tuple[str, str]:
    """Namespace and name of a Pod that is there."""
    return (pod.metadata and pod.metadata.namespace) or "", name_of(pod)


def _remove_pods(cluster: Cluster, given: Sequence[Manifest]) -> None:
    """Remove the Pods that have the names of given ones, and wait until they are gone."""
    named = _pods(given)

    def there() -> set[tuple[str, str]]:
        spaces = {namespace for namespace, _ in named}
        return named & {_place(pod) for space in spaces for pod in cluster.api.list(Pod, namespace=space)}

    for namespace, name in there():
        cluster.api.delete(Pod, name, namespace=namespace)
    cluster.wait_until("Pods of another exercise to be gone", lambda: not there(), timeout=GONE_WITHIN)
