"""What the kubelet is told of programs, by the model and by the emulated programs themselves."""

from typing import Any

import pytest

from servicelab.embedded.controllers.objects import is_ready
from servicelab.embedded.controllers.programs import AGNHOST, ModelledPrograms
from servicelab.embedded.controllers.world_programs import WorldPrograms
from servicelab.embedded.programs import shell
from servicelab.embedded.programs.world import World
from servicelab.embedded.resources import EVENTS, PODS
from tests.embedded.controllers.cluster import Cluster, pod


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "c", "image": AGNHOST, **fields}


@pytest.mark.parametrize(
    ("fields", "ends_after", "exit_code", "stop_seconds", "stop_code"),
    [
        ({"args": ["netexec"]}, None, 0, 0.0, 0),
        ({}, None, 0, 0.0, 2),
        ({"args": ["serve-hostname"]}, None, 0, None, 0),
        ({"command": ["sleep", "60"]}, 60.0, 0, None, 0),
        ({"command": ["sleep", "infinity"]}, None, 0, None, 0),
        ({"command": ["sh", "-c", "sleep 5"]}, 5.0, 0, None, 0),
        ({"command": ["sh", "-c", "while true; do sleep 30; done"]}, None, 0, None, 0),
        ({"command": ["tail", "-f", "/dev/null"]}, None, 0, None, 0),
        ({"command": ["sh", "-c", "exit 3"]}, 0.0, 3, 0.0, 0),
        ({"command": ["false"]}, 0.0, 1, 0.0, 0),
        ({"command": ["true"]}, 0.0, 0, 0.0, 0),
    ],
)
def test_lives(
    fields: dict[str, Any], ends_after: float | None, exit_code: int, stop_seconds: float | None, stop_code: int
) -> None:
    life = ModelledPrograms().start({}, container(**fields))
    assert not life.refusal
    assert (life.ends_after, life.exit_code) == (ends_after, exit_code)
    assert (life.stop_seconds, life.stop_code) == (stop_seconds, stop_code)


def test_what_is_not_modelled_is_refused_in_a_sentence() -> None:
    life = ModelledPrograms().start({}, container(command=["python3", "app.py"]))
    assert "python3 app.py" in life.refusal and "use a kind cluster" in life.refusal


@pytest.mark.parametrize(
    ("probe", "succeeds"),
    [
        ({"httpGet": {"port": 8080, "path": "/", "scheme": "HTTP"}}, True),
        ({"httpGet": {"port": "http", "path": "/", "scheme": "HTTP"}}, True),
        ({"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}}, False),
        ({"httpGet": {"port": "web", "path": "/", "scheme": "HTTP"}}, False),
        ({"tcpSocket": {"port": 8080}}, True),
        ({"tcpSocket": {"port": 8081}}, False),
    ],
)
def test_listeners_answer(probe: dict[str, Any], succeeds: bool) -> None:
    ports = [{"name": "http", "containerPort": 8080}]
    running = {"status": {"podIP": "10.244.1.2"}}
    found = ModelledPrograms().probe(running, container(args=["netexec"], ports=ports), probe)
    assert found.is_success is succeeds
    if not succeeds:
        assert found.message.endswith("connect: connection refused")


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster()
    world = World(made.store, made.clock, made.randomness)
    made.controllers.close()
    made.controllers = type(made.controllers)(made.store, made.clock, made.randomness, WorldPrograms(lambda: world))
    made.world = world  # type: ignore[attr-defined]
    return made


def test_commands_decide(cluster: Cluster) -> None:
    probe = {"exec": {"command": ["cat", "/tmp/ready"]}, "periodSeconds": 1}
    cluster.create(pod(readinessProbe=probe))
    cluster.run(3)
    assert not is_ready(cluster.get(PODS, "web"))
    messages = [event["message"] for event in cluster.all(EVENTS) if event["reason"] == "Unhealthy"]
    assert messages and messages[0].startswith("Readiness probe failed: cat: can't open '/tmp/ready'")
    shell.run(cluster.world, "test", "web", "c", ["sh", "-c", "echo yes > /tmp/ready"])  # type: ignore[attr-defined]
    cluster.run(2)
    assert is_ready(cluster.get(PODS, "web"))


def test_netexec_answers_itself(cluster: Cluster) -> None:
    cluster.create(pod("fine", readinessProbe={"httpGet": {"port": 8080, "path": "/hostname"}, "periodSeconds": 1}))
    sick = {"httpGet": {"port": 8080, "path": "/redirect?code=500"}, "periodSeconds": 1}
    cluster.create(pod("sick", readinessProbe=sick))
    cluster.run(3)
    assert is_ready(cluster.get(PODS, "fine"))
    messages = [event["message"] for event in cluster.all(EVENTS) if event["reason"] == "Unhealthy"]
    assert messages == ["Readiness probe failed: HTTP probe failed with statuscode: 500"]
    assert not is_ready(cluster.get(PODS, "sick"))
