"""Kubelets: how Pods start, are probed, end and are removed."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from servicelab.embedded.clock import seconds_of
from servicelab.embedded.controllers.objects import condition, is_ready
from servicelab.embedded.controllers.programs import AGNHOST, COREDNS, Life, ModelledPrograms, Probed
from servicelab.embedded.resources import EVENTS, NODES, PODS
from servicelab.embedded.store import Object
from tests.embedded.controllers.cluster import Cluster, pod


class Switched(ModelledPrograms):
    """Programs whose probes answer as the test says, by probe kind."""

    def __init__(self) -> None:
        self.answers: dict[str, bool] = {}
        self.asked: list[tuple[str, str]] = []

    def images(self) -> Sequence[str]:
        return (AGNHOST, COREDNS)

    def probe(self, pod: Object, container: Mapping[str, Any], probe: Mapping[str, Any]) -> Probed:
        if "exec" not in probe:
            return super().probe(pod, container, probe)
        name = probe["exec"]["command"][0]
        self.asked.append((pod["metadata"]["name"], name))
        return Probed(self.answers.get(name, True), "not now")


def probe(name: str, **numbers: int) -> dict[str, Any]:
    return {"exec": {"command": [name]}, "periodSeconds": 1, **numbers}


def state(cluster: Cluster, name: str = "web") -> dict[str, Any]:
    found: dict[str, Any] = cluster.get(PODS, name)["status"]["containerStatuses"][0]
    return found


def reasons(cluster: Cluster) -> list[str]:
    return [event["reason"] for event in cluster.all(EVENTS)]


@pytest.fixture
def programs() -> Switched:
    return Switched()


@pytest.fixture
def cluster(programs: Switched) -> Cluster:
    return Cluster(programs)


def test_a_pod_runs_a_second_after_it_was_made(cluster: Cluster) -> None:
    cluster.create(pod())
    assert cluster.get(PODS, "web")["status"]["phase"] == "Pending"
    assert state(cluster)["state"] == {"waiting": {"reason": "ContainerCreating"}}
    cluster.run(1)
    found = cluster.get(PODS, "web")
    assert found["status"]["phase"] == "Running"
    assert is_ready(found)
    node = cluster.get(NODES, found["spec"]["nodeName"])
    assert found["status"]["podIP"].rsplit(".", 1)[0] == node["spec"]["podCIDR"].rsplit(".", 1)[0]
    assert found["status"]["hostIP"] == node["status"]["addresses"][0]["address"]
    assert reasons(cluster) == ["Scheduled", "Pulled", "Created", "Started"]


def test_addresses_are_given_once(cluster: Cluster) -> None:
    for number in range(6):
        cluster.create(pod(f"p{number}"))
    cluster.run(1)
    addresses = [one["status"]["podIP"] for one in cluster.all(PODS)]
    assert len(set(addresses)) == 6
    cluster.delete(PODS, "p0")
    cluster.run(2)
    cluster.create(pod("new"))
    cluster.run(1)
    assert cluster.get(PODS, "new")["status"]["podIP"] not in addresses, "freed addresses are not given again at once"


def test_host_network_has_the_nodes_address(cluster: Cluster) -> None:
    manifest = pod()
    manifest["spec"]["hostNetwork"] = True
    cluster.create(manifest)
    cluster.run(1)
    status = cluster.get(PODS, "web")["status"]
    assert status["podIP"] == status["hostIP"]


def test_readiness_follows_its_thresholds(cluster: Cluster, programs: Switched) -> None:
    programs.answers["ready"] = False
    cluster.create(pod(readinessProbe=probe("ready", initialDelaySeconds=3, failureThreshold=2, successThreshold=2)))
    cluster.run(3.5)
    assert programs.asked == [], "initialDelaySeconds count from the start, a second after creation"
    cluster.run(1)
    assert programs.asked and not state(cluster)["ready"]
    programs.answers["ready"] = True
    cluster.run(1)
    assert not state(cluster)["ready"], "successThreshold is 2"
    cluster.run(1)
    assert state(cluster)["ready"] and is_ready(cluster.get(PODS, "web"))
    programs.answers["ready"] = False
    cluster.run(1)
    assert state(cluster)["ready"], "failureThreshold is 2"
    cluster.run(1)
    assert not state(cluster)["ready"]
    assert state(cluster)["restartCount"] == 0
    assert "Unhealthy" in reasons(cluster)


def test_liveness_restarts(cluster: Cluster, programs: Switched) -> None:
    cluster.create(pod(livenessProbe=probe("alive", failureThreshold=2)))
    cluster.run(5)
    programs.answers["alive"] = False
    cluster.run(2)
    assert state(cluster)["restartCount"] == 1
    assert state(cluster)["lastState"]["terminated"]["exitCode"] == 0
    killing = [event["message"] for event in cluster.all(EVENTS) if event["reason"] == "Killing"]
    assert killing == ["Container c failed liveness probe, will be restarted"]


def test_startup_holds_the_other_probes_back(cluster: Cluster, programs: Switched) -> None:
    programs.answers["up"] = False
    cluster.create(pod(startupProbe=probe("up", failureThreshold=30), readinessProbe=probe("ready")))
    cluster.run(5)
    assert {name for _, name in programs.asked} == {"up"}
    assert state(cluster)["started"] is False
    programs.answers["up"] = True
    cluster.run(2)
    assert state(cluster)["started"] is True and state(cluster)["ready"] is True


def test_a_program_that_ends_is_restarted_ever_more_slowly(cluster: Cluster) -> None:
    cluster.create(pod(command=["sh", "-c", "exit 3"]))
    cluster.run(1)
    assert state(cluster)["state"]["terminated"]["exitCode"] == 3
    starts = []
    for _ in range(1200):
        before = state(cluster)["restartCount"]
        cluster.run(0.5)
        if state(cluster)["restartCount"] > before:
            starts.append(round(cluster.clock.now() - 1_700_000_000.0))
    pauses = [after - before for before, after in pairwise(starts)]
    assert pauses[:5] == [10, 20, 40, 80, 160]
    waiting = state(cluster)["state"]["waiting"]
    assert waiting["reason"] == "CrashLoopBackOff"
    assert waiting["message"].startswith("back-off 5m0s restarting failed container=c pod=web_test(")


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [("Never", 0, "Succeeded"), ("Never", 1, "Failed"), ("OnFailure", 0, "Succeeded"), ("OnFailure", 1, "Running")],
)
def test_restart_policies(cluster: Cluster, policy: str, code: int, phase: str) -> None:
    manifest = pod(command=["sh", "-c", f"exit {code}"])
    manifest["spec"]["restartPolicy"] = policy
    cluster.create(manifest)
    cluster.run(30)
    assert cluster.get(PODS, "web")["status"]["phase"] == phase


def test_an_unknown_image_says_which_there_are(cluster: Cluster) -> None:
    cluster.create(pod(image="nginx"))
    cluster.run(1)
    assert state(cluster)["state"]["waiting"]["reason"] == "ErrImagePull"
    cluster.run(2)
    waiting = state(cluster)["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"
    assert AGNHOST in waiting["message"]
    cluster.change(
        PODS, "web", spec__containers=[{**cluster.get(PODS, "web")["spec"]["containers"][0], "image": AGNHOST}]
    )
    cluster.run(30)
    assert is_ready(cluster.get(PODS, "web")), "mended by a new image, at the next try"


def test_a_program_that_is_not_modelled_is_refused(cluster: Cluster) -> None:
    cluster.create(pod(command=["python3", "-m", "http.server"]))
    cluster.run(60)
    waiting = state(cluster)["state"]["waiting"]
    assert waiting["reason"] == "CreateContainerError"
    assert waiting["message"].endswith("use a kind cluster for it")


def test_a_changed_image_restarts_the_container(cluster: Cluster) -> None:
    cluster.create(pod())
    cluster.run(2)
    container = cluster.get(PODS, "web")["spec"]["containers"][0]
    cluster.change(PODS, "web", spec__containers=[{**container, "image": "nginx"}])
    cluster.run(3)
    assert state(cluster)["state"]["waiting"]["reason"] in ("ErrImagePull", "ImagePullBackOff")
    assert not is_ready(cluster.get(PODS, "web"))


def test_init_containers_run_first(cluster: Cluster) -> None:
    manifest = pod()
    manifest["spec"]["initContainers"] = [{"name": "wait", "image": AGNHOST, "command": ["sleep", "5"]}]
    cluster.create(manifest)
    cluster.run(3)
    assert cluster.get(PODS, "web")["status"]["phase"] == "Pending"
    initialized = condition(cluster.get(PODS, "web"), "Initialized")
    assert initialized is not None and initialized["status"] == "False"
    cluster.run(5)
    assert is_ready(cluster.get(PODS, "web"))


def test_netexec_ends_when_asked(cluster: Cluster) -> None:
    cluster.create(pod())
    cluster.run(2)
    cluster.delete(PODS, "web")
    found = cluster.get(PODS, "web")
    assert found["metadata"]["deletionGracePeriodSeconds"] == 30
    assert found["status"]["phase"] == "Running"
    cluster.run(1.5)
    assert cluster.find(PODS, "web") is None


def test_sleep_is_killed_after_its_grace_period(cluster: Cluster) -> None:
    cluster.create(pod(command=["sleep", "3600"]))
    cluster.run(2)
    cluster.delete(PODS, "web")
    cluster.run(29)
    assert cluster.find(PODS, "web") is not None
    last: list[Object] = []
    cluster.store.on_change(lambda change: last.append(change.object))
    cluster.run(5)
    assert cluster.find(PODS, "web") is None
    ended = [one for one in last if one["kind"] == "Pod"][-1]["status"]["containerStatuses"][0]["state"]["terminated"]
    assert ended["exitCode"] == 137


def test_a_shorter_grace_period_ends_nothing_sooner(cluster: Cluster) -> None:
    # On kind v1.36.3 two Pods with 90 s, deleted again after 10 s with 5 s and with 30 s, both ended after 92 s.
    cluster.create(pod(command=["sleep", "3600"]))
    cluster.run(2)
    cluster.delete(PODS, "web")
    cluster.run(5)
    before = seconds_of(cluster.get(PODS, "web")["metadata"]["deletionTimestamp"])
    cluster.delete(PODS, "web", grace=20)
    metadata = cluster.get(PODS, "web")["metadata"]
    assert (seconds_of(metadata["deletionTimestamp"]), metadata["deletionGracePeriodSeconds"]) == (before - 10, 20)
    cluster.delete(PODS, "web", grace=3)
    metadata = cluster.get(PODS, "web")["metadata"]
    assert (seconds_of(metadata["deletionTimestamp"]), metadata["deletionGracePeriodSeconds"]) == (before - 24, 1)
    cluster.run(24)
    assert cluster.find(PODS, "web") is not None, "the runtime was told 30 s"
    cluster.run(3)
    assert cluster.find(PODS, "web") is None


def test_force_removes_at_once(cluster: Cluster) -> None:
    cluster.create(pod(command=["sleep", "3600"]))
    cluster.run(2)
    cluster.delete(PODS, "web", grace=0)
    assert cluster.find(PODS, "web") is None


def test_a_finalizer_holds_an_ended_pod(cluster: Cluster) -> None:
    manifest = pod()
    manifest["metadata"]["finalizers"] = ["example.com/wait"]
    cluster.create(manifest)
    cluster.run(2)
    cluster.delete(PODS, "web")
    cluster.run(5)
    assert cluster.get(PODS, "web")["status"]["phase"] == "Succeeded"
    cluster.change(PODS, "web", metadata__finalizers=None)
    assert cluster.find(PODS, "web") is None


def test_a_new_process_goes_on_where_the_old_one_was(cluster: Cluster) -> None:
    from servicelab.embedded.controllers import Controllers

    cluster.create(pod("a"))
    cluster.create(pod("b", readinessProbe=probe("ready")))
    cluster.create(pod("c", command=["sh", "-c", "exit 1"]))
    cluster.run(20)
    revision, before = cluster.store.revision, [one["status"] for one in cluster.all(PODS)][:2]
    cluster.controllers.close()
    cluster.controllers = Controllers(cluster.store, cluster.clock, cluster.randomness, Switched())
    cluster.controllers.settle()
    assert [one["status"] for one in cluster.all(PODS)][:2] == before
    assert cluster.store.revision == revision, "nothing is written when nothing has changed"
    cluster.create(pod("d"))
    cluster.run(15)
    addresses = [one["status"]["podIP"] for one in cluster.all(PODS)]
    assert len(set(addresses)) == 4
    assert state(cluster, "c")["restartCount"] > 1


def test_start_errors_are_crashes() -> None:
    class Missing(ModelledPrograms):
        def start(self, pod: Object, container: Mapping[str, Any]) -> Life:
            return Life(start_error='exec: "nosuch": executable file not found in $PATH')

    cluster = Cluster(Missing())
    cluster.create(pod())
    cluster.run(3)
    cluster.run(1)
    ended = state(cluster)["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (128, "StartError")


def test_a_pod_fails_at_its_deadline_as_on_kind(cluster: Cluster) -> None:
    manifest = pod()
    manifest["spec"] |= {"activeDeadlineSeconds": 8, "terminationGracePeriodSeconds": 1}
    cluster.create(manifest)
    cluster.run(7)
    assert cluster.get(PODS, "web")["status"]["phase"] == "Running"
    cluster.run(5)
    status = cluster.get(PODS, "web")["status"]
    message = "Pod was active on the node longer than the specified deadline"
    assert (status["phase"], status["reason"], status["message"]) == ("Failed", "DeadlineExceeded", message)
    assert "terminated" in state(cluster)["state"] and state(cluster)["restartCount"] == 0
    conditions = {entry["type"]: (entry["status"], entry.get("reason")) for entry in status["conditions"]}
    assert conditions["Ready"] == ("False", "PodFailed")
    assert conditions["PodReadyToStartContainers"] == ("False", None)
    told = [event["message"] for event in cluster.all(EVENTS) if event["reason"] in ("Killing", "DeadlineExceeded")]
    assert sorted(told) == [message, "Stopping container c"]
    cluster.run(60)
    assert cluster.get(PODS, "web")["status"] == status
