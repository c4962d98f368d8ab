"""Rollouts are awaited as long as they go on: on a busy machine two Pods took longer than twenty seconds."""

from types import SimpleNamespace

import pytest

from servicelab.checks.repairs import ROLLOUT, STAGES, rolled_out


class Rollout:
    """A StatefulSet of two Pods whose counts of new and ready ones change at given seconds, and a lab that waits."""

    def __init__(self, *changes: tuple[float, int, int]) -> None:
        self.changes, self.second = changes, 0.0
        self.cluster = SimpleNamespace(rest=self)

    def real(self, namespace: str | None) -> str:
        return "airport"

    def get(self, path: str) -> dict:
        assert path == "/apis/apps/v1/namespaces/airport/statefulsets/pilot"
        updated, ready = next(counts for at, *counts in reversed(self.changes) if at <= self.second)
        told = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": updated, "readyReplicas": ready}
        return {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": told}

    def comes_true(self, description: str, condition, timeout: float) -> bool:
        end = self.second + timeout
        while not condition() and self.second < end:
            self.second += 1
        return condition()


@pytest.mark.parametrize("step", [0, 5, ROLLOUT - 1])
def test_a_rollout_that_goes_on_is_awaited(step):
    lab = Rollout((0, 0, 1), (step, 1, 1), (2 * step, 1, 2), (3 * step, 2, 1), (4 * step, 2, 2))
    assert rolled_out(lab, "pilot", "StatefulSet")
    assert lab.second == 4 * step


def test_one_that_stands_is_not():
    lab = Rollout((0, 0, 1), (5, 1, 1))
    assert not rolled_out(lab, "pilot", "StatefulSet")
    assert lab.second == 5 + ROLLOUT


def test_one_whose_pods_come_and_go_ends_too():
    lab = Rollout(*((second, 2, second % 2) for second in range(1000)))
    assert not rolled_out(lab, "pilot", "StatefulSet")
    assert lab.second < 60


def test_the_last_stage_may_be_the_end():
    lab = Rollout((0, 0, 1), *((step, 1, step % 2) for step in range(1, STAGES)), (STAGES, 2, 2))
    assert rolled_out(lab, "pilot", "StatefulSet")
    assert lab.second == STAGES
