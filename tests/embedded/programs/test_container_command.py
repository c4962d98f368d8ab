"""Containers whose command is a shell or a client, on a clock moved by hand."""

from datetime import datetime
from typing import Any

import pytest

from servicelab.embedded.controllers.programs import AGNHOST
from servicelab.embedded.core import fresh_core
from servicelab.embedded.resources import PODS


class Sitting:
    """One core, and Pods with one container each."""

    def __init__(self) -> None:
        self.core = fresh_core(seed=1)

    def start(self, *command: str, **fields: Any) -> None:
        container = {"name": "c", "image": AGNHOST, "command": list(command), **fields}
        body = {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
            "spec": {"containers": [container], "restartPolicy": "Never"},
        }  # fmt: skip
        admit(self.core, body)

    def log(self) -> list[str]:
        now = self.core.clock.now()
        return [one.text for one in self.core.world.read_log("default", "p") or () if one.time <= now]

    def state(self) -> dict[str, Any]:
        found = self.core.store.get(PODS, "default", "p")
        return found["status"]["containerStatuses"][0]["state"]

    def tell(self, tell: Any) -> None:
        command = self.core.world.command("default", "p", "c")
        tell(command)
        self.core.controllers.work.add("kubelet", ("default", "p"))
        self.core.settle()


def admit(core: Any, body: dict[str, Any]) -> None:
    import json

    from servicelab.embedded.api.messages import Request

    headers = {"content-type": "application/json"}
    answer = core.handle(Request("POST", "/api/v1/namespaces/default/pods", {}, headers, json.dumps(body).encode()))
    assert answer.status == 201, answer.body


@pytest.fixture
def sitting() -> Sitting:
    return Sitting()


def test_an_endless_loop_goes_on_with_the_clock(sitting: Sitting) -> None:
    sitting.start("sh", "-c", "i=0; while true; do echo $i; i=$((i+1)); sleep 1; done")
    sitting.core.pass_time(6)
    few = len(sitting.log())
    sitting.core.pass_time(60)
    assert len(sitting.log()) == few + 60
    assert "running" in sitting.state()


def test_a_loop_that_never_waits_is_slowed(sitting: Sitting) -> None:
    sitting.start("sh", "-c", "while :; do echo x; done")
    sitting.core.pass_time(5)
    few = len(sitting.log())
    sitting.core.pass_time(10)
    assert 0 < len(sitting.log()) - few <= 2000


def test_time_passes_between_start_and_end(sitting: Sitting) -> None:
    sitting.start("sh", "-c", "sleep 7000; exit 4")
    sitting.core.pass_time(7200)
    ended = sitting.state()["terminated"]
    lasted = datetime.fromisoformat(ended["finishedAt"]) - datetime.fromisoformat(ended["startedAt"])
    assert (ended["exitCode"], lasted.total_seconds()) == (4, 7000)


def test_the_cluster_is_seen_as_it_is_when_the_script_comes_there(sitting: Sitting) -> None:
    sitting.start("sh", "-c", "until nslookup web.default.svc.cluster.local >/dev/null; do sleep 1; done; echo there")
    sitting.core.pass_time(20)
    assert sitting.log() == []
    import json

    from servicelab.embedded.api.messages import Request

    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
    headers, path = {"content-type": "application/json"}, "/api/v1/namespaces/default/services"
    sitting.core.handle(Request("POST", path, {}, headers, json.dumps(service).encode()))
    sitting.core.pass_time(10)
    assert sitting.log() == ["there"]


def test_a_shell_waits_for_its_stdin_and_ends_with_it(sitting: Sitting) -> None:
    sitting.start("sh", stdin=True, stdinOnce=True)
    sitting.core.pass_time(30)
    assert "running" in sitting.state()
    sitting.tell(lambda command: command.type("for i in 1 2\ndo ec"))
    sitting.tell(lambda command: command.type("ho $i\ndone\n"))
    assert sitting.log() == ["1", "2"]
    sitting.tell(lambda command: command.end_input())
    sitting.core.pass_time(1)
    assert sitting.state()["terminated"]["exitCode"] == 0


def test_ctrl_c_ends_what_a_shell_runs_and_not_the_shell(sitting: Sitting) -> None:
    sitting.start("sh", stdin=True, tty=True)
    sitting.core.pass_time(5)
    sitting.tell(lambda command: command.type("sleep 1000; echo never\n"))
    sitting.core.pass_time(5)
    sitting.tell(lambda command: command.interrupt())
    sitting.tell(lambda command: command.type("echo $?\n"))
    assert sitting.log()[-2:] == ["130", "~ # "]


def test_what_is_not_emulated_is_refused(sitting: Sitting) -> None:
    sitting.start("tcpsvd")
    sitting.core.pass_time(5)
    assert sitting.state()["terminated"]["reason"] == "StartError"
    sitting = Sitting()
    sitting.start("ping", "web")
    sitting.core.pass_time(5)
    why = "ping of the agnhost image is not emulated; use a kind cluster for it"
    assert sitting.state() == {"waiting": {"reason": "CreateContainerError", "message": why}}
    sitting = Sitting()
    sitting.start("sh", "-c", "sleep 5 & wait")
    sitting.core.pass_time(5)
    why = "commands in the background (&) are not emulated here; use ; or a kind cluster"
    assert sitting.state() == {"waiting": {"reason": "CreateContainerError", "message": why}}


def test_a_deleted_pod_ends_with_its_script(sitting: Sitting) -> None:
    from servicelab.embedded.api.messages import Request

    sitting.start("sh", "-c", "sleep 20")
    sitting.core.pass_time(5)
    sitting.core.handle(Request("DELETE", "/api/v1/namespaces/default/pods/p", {}, {}, b""))
    sitting.core.pass_time(10)
    assert sitting.core.store.get(PODS, "default", "p") is not None
    sitting.core.pass_time(8)
    assert sitting.core.store.get(PODS, "default", "p") is None
