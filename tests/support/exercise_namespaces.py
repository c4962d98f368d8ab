"""What exercises leave on a cluster that several tests share."""

from lightkube.resources.core_v1 import Namespace

from servicelab.course import load_course

NAMESPACES = {namespace for exercise in load_course().exercises for namespace in exercise.namespaces}


def remove(cluster) -> None:
    """Remove the namespaces of all exercises, and wait until they are gone."""

    def there() -> set[str]:
        return {found.metadata.name for found in cluster.api.list(Namespace)} & NAMESPACES

    for namespace in there():
        cluster.api.delete(Namespace, namespace)
    cluster.wait_until("the exercises' namespaces to go", lambda: not there())
