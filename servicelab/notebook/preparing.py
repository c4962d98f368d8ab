"""`%exercise`: what an exercise's learner finds on their own cluster before they begin."""

from lightkube.resources.core_v1 import Pod

from servicelab.checks import Variant
from servicelab.checks.words import listed
from servicelab.cluster.base import Cluster, MachineError, WaitedTooLong
from servicelab.course import load_course
from servicelab.course.engine import fixture, is_ready, namespaces
from servicelab.notebook.applying import apply

READY_WITHIN = 120.0


def prepare(cluster: Cluster, slug: str, variant: Variant) -> str:
    """Apply the variant's fixture under its own names and wait for its Pods; what was done, in one sentence.

    Raises NoSuchExercise for an unknown slug, MachineError when the cluster does not do it.
    """
    course = load_course()
    exercise = course.exercise(slug)
    spaces = namespaces(exercise, variant)
    good, words = apply(cluster, fixture(exercise, course, variant), None)
    if not good:
        raise MachineError(f"The cluster did not take what the exercise needs:\n{words}")

    def ready() -> bool:
        pods = [pod for space in spaces for pod in cluster.api.list(Pod, namespace=space)]
        return bool(pods) and all(is_ready(pod) for pod in pods)

    try:
        cluster.wait_until("the exercise's Pods to be ready", ready, timeout=READY_WITHIN)
    except WaitedTooLong as error:
        raise MachineError(str(error), "Look at them: kubectl get pods -A") from None
    return f"The exercise {slug} is ready in the namespaces {listed(spaces)}."
