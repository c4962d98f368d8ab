"""Each fault ends in a ready cluster or a clear finding: never in a hang, never in lost work.

Three quick ones run always; all of them with `--full`, which goes on where it was interrupted and writes
`tests/records/machine_faults.json`.
"""

import uuid

import pytest

from servicelab.cluster import kind
from servicelab.cluster.home import Home
from servicelab.cluster.progress import Silent
from tests.cluster.faults import on_a_cluster, while_it_is_made
from tests.cluster.faults.scene import Scene
from tests.conftest import why_no_docker
from tests.support import records

pytestmark = pytest.mark.kind
NAME = "machine_faults"
INPUTS = ["tests/cluster/faults/*.py", "servicelab/cluster/kind*.py", "servicelab/cluster/pristine.py"]


@pytest.fixture
def scene(tmp_path, bundle):
    """A lab whose cluster does not exist yet; whatever a fault leaves is removed."""
    reason = why_no_docker()
    if reason:
        pytest.skip(reason)
    made = Scene(Home(tmp_path / "home"), f"life-{uuid.uuid4().hex[:5]}", bundle, tmp_path)
    yield made
    kind.delete(made.home, made.name, Silent())


@pytest.mark.parametrize("case", while_it_is_made.QUICK, ids=lambda case: case.__name__)
def test_kind_without_a_cluster(scene, case):
    if scene.bundle is None and case is while_it_is_made.the_bundles_archive_is_truncated:
        pytest.skip("there is no bundle here")
    assert case(scene).startswith("finding: ")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_kind_every_fault_of_machine_faults(scene):
    """Ordered: the second last creation leaves the cluster for what happens to one that runs."""
    ended = dict((records.read(NAME) or {}).get("ended", {}))
    cases = [*while_it_is_made.QUICK, *while_it_is_made.CASES, *while_it_is_made.ON_IT, *on_a_cluster.CASES]
    for case in cases:
        if case.__name__ in ended:
            continue
        if case in (*while_it_is_made.ON_IT, *on_a_cluster.CASES) and not scene.containers():
            kind.start(scene.home, scene.name, Silent(), scene.bundle)
        ended[case.__name__] = case(scene)
        records.write(NAME, INPUTS, {"complete": len(ended) == len(cases), "ended": ended})
    assert len(ended) >= 20
