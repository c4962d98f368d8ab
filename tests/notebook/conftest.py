"""What the notebook tests share."""

import pytest
from lightkube.resources.core_v1 import Namespace

from servicelab.course import load_course

NAMESPACES = {namespace for exercise in load_course().exercises for namespace in exercise.namespaces}


@pytest.fixture
def without_exercise():
    """Removes what an exercise made on the cluster it is called with, and waits until it is gone."""
    used = []
    yield used.append
    for cluster in used:
        for namespace in exercise_namespaces(cluster):
            cluster.api.delete(Namespace, namespace)
        cluster.wait_until("the exercise's namespaces to go", lambda cluster=cluster: not exercise_namespaces(cluster))


def exercise_namespaces(cluster):
    return {found.metadata.name for found in cluster.api.list(Namespace)} & NAMESPACES
