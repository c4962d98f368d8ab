"""What the notebook tests share."""

import pytest

from tests.support.exercise_namespaces import remove


@pytest.fixture
def without_exercise():
    """Removes what an exercise made on the cluster it is called with, and waits until it is gone."""
    used = []
    yield used.append
    for cluster in used:
        remove(cluster)
