"""Jobs, beside what is recorded on kind (workloads/): their arithmetic, and what the controller leaves alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded.controllers import job_rules
from servicelab.embedded.resources import EVENTS, JOBS, PODS
from tests.embedded.controllers.cluster import Cluster, pod_spec


def job(**spec: Any) -> dict[str, Any]:
    template = {"spec": {**pod_spec(), "restartPolicy": "Never"}}
    return {"kind": "Job", "metadata": {"name": "task"}, "spec": {"template": template, **spec}}


@given(st.sets(st.integers(0, 60)))
def test_indexes_are_read_as_they_are_written(indexes: set[int]) -> None:
    assert job_rules.read_indexes(job_rules.write_indexes(indexes)) == indexes


@pytest.mark.parametrize(("indexes", "text"), [((0, 1), "0,1"), ((2, 1, 0), "0-2"), ((0, 2, 3, 4, 7), "0,2-4,7")])
def test_indexes_are_written_as_on_kind(indexes: tuple[int, ...], text: str) -> None:
    assert job_rules.write_indexes(indexes) == text


@pytest.mark.parametrize(("failures", "pause"), [(0, 0.0), (1, 10.0), (2, 20.0), (3, 40.0), (9, 600.0)])
def test_pauses_grow(failures: int, pause: float) -> None:
    assert job_rules.pause_after(failures) == pause


def test_another_controllers_job_is_left_alone() -> None:
    cluster = Cluster()
    cluster.create(job(managedBy="example.com/queue"))
    cluster.run(5)
    assert cluster.all(PODS) == []
    assert cluster.get(JOBS, "task")["status"] == {}


@pytest.mark.parametrize("field", [{"backoffLimitPerIndex": 1, "completionMode": "Indexed", "completions": 2}])
def test_what_is_not_done_is_said_and_makes_no_pods(field: dict[str, Any]) -> None:
    cluster = Cluster()
    cluster.create(job(**field))
    cluster.run(5)
    assert cluster.all(PODS) == []
    [event] = [one for one in cluster.all(EVENTS) if one["involvedObject"]["kind"] == "Job"]
    assert "the embedded cluster does not count the failures of a Job per index" in event["message"]


def test_a_job_deleted_while_it_runs_takes_its_pods_along() -> None:
    cluster = Cluster()
    cluster.create(job(parallelism=2, completions=2))
    cluster.run(5)
    assert len(cluster.all(PODS)) == 2
    cluster.delete(JOBS, "task")
    cluster.run(60)
    assert cluster.all(PODS) == []
