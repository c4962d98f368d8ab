"""Objects that are a moment behind each other, as on a busy real cluster: the cause is the same before and after."""

import pytest

from servicelab.diagnosis import Seen, diagnose
from tests.diagnosis.recordings import read, told_of


def named(told):
    case = read(told)
    found = diagnose(case.snapshot, case.question, Seen(case.seen.verdict))
    return found.finding.cause if found.finding else found.unclear


def of(told, kind):
    return [one for one in told["objects"] if one["kind"] == kind]


@pytest.mark.parametrize("name", ["61-clusterip-pod-crashes", "62-balanced-pod-crashes"])
def test_a_pod_that_has_just_crashed_is_told_though_it_is_still_listed(name):
    told = told_of(name)
    for endpoint in (one for found in of(told, "EndpointSlice") for one in found["endpoints"] or ()):
        endpoint["conditions"] = {"ready": True, "serving": True, "terminating": False}
    assert named(told) == "pod-crashes"


def test_a_pod_that_has_just_ended_has_not_crashed():
    told = told_of("52-clusterip-pods-ended")
    ended = [pod for pod in of(told, "Pod") if pod["status"]["phase"] == "Succeeded"]
    ended[0]["status"]["phase"] = "Running"
    assert named(told) == "pods-ended"
