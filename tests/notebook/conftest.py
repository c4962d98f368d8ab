"""What the notebook tests share."""

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.resources.core_v1 import Namespace

NAMESPACES = ("shop", "visitors")


@pytest.fixture
def without_exercise():
    """Removes what an exercise made on the cluster it is called with, and waits until it is gone."""
    used = []
    yield used.append
    for cluster in used:
        for namespace in NAMESPACES:
            try:
                cluster.api.delete(Namespace, namespace)
            except ApiError as error:
                assert error.status.code == 404
        cluster.wait_until("the exercise's namespaces to go", lambda cluster=cluster: not exercise_namespaces(cluster))


def exercise_namespaces(cluster):
    return {found.metadata.name for found in cluster.api.list(Namespace)} & set(NAMESPACES)
