"""A node that is stopped and started: what a learner sees is what was recorded on kind, scene by scene."""

import json
from functools import cache

import pytest

from servicelab.embedded.api.messages import Request
from servicelab.embedded.controllers.node_power import stopped_nodes
from servicelab.embedded.core import fresh_core
from servicelab.embedded.resources import LEASES, NODES
from servicelab.embedded.server import open_core
from tests.conformance.life.record import differences
from tests.embedded.controllers.node_life.keeping import kept
from tests.embedded.controllers.node_life.play import Stage
from tests.embedded.controllers.node_life.transcript import NAMESPACE, NODE, account

SCENES = ("a node is lost for seven minutes", "a node is lost for a minute", "a node is off for a moment")


@cache
def played():
    stage = Stage()
    return stage, stage.all_scenes()


def test_every_scene_is_recorded():
    assert tuple(kept()) == SCENES


@pytest.mark.parametrize("name", SCENES)
def test_a_lost_node_looks_as_on_a_real_cluster(name):
    before, told = kept()[name]
    expected = account(before, [one for _, one in told])
    found = played()[1][name]
    assert found == expected, differences(expected, found)


def when(moments, holds):
    return next(moment for moment, one in moments if holds(one))


def is_lost(one):
    return (
        one.kind == "Node"
        and one.object["metadata"]["name"] == NODE
        and any(
            entry["type"] == "Ready" and entry["status"] == "Unknown" for entry in one.object["status"]["conditions"]
        )
    )


def is_evicted(one):
    return (
        one.kind == "Pod" and one.object["metadata"]["name"] == "bare" and "deletionTimestamp" in one.object["metadata"]
    )


@pytest.mark.parametrize("holds", [is_lost, is_evicted], ids=["lost", "evicted"])
def test_it_takes_as_long_as_on_a_real_cluster(holds):
    """A node is lost 50 s after its last Lease, of 10 s, and the controller looks every 5 s."""
    stage, _ = played()
    recorded = when(kept()[SCENES[0]][1], holds)
    assert abs(when(stage.seen, holds) - stage.stopped_at - recorded) <= 10.0


def core_with_stopped_node():
    core = fresh_core(seed=1)
    turn(core, "lab-worker", "stop")
    return core


def turn(core, name, way):
    answer = core.handle(Request.of("POST", f"/lab/v1/nodes/{name}/{way}", b""))
    return answer.status, json.loads(answer.body)


def lease(core, name):
    return core.store.get(LEASES, "kube-node-lease", name)["spec"]["renewTime"]


def test_only_running_nodes_renew_their_leases():
    core = core_with_stopped_node()
    before = {name: lease(core, name) for name in ("lab-worker", "lab-worker2")}
    core.pass_time(10)
    assert lease(core, "lab-worker") == before["lab-worker"]
    assert lease(core, "lab-worker2") > before["lab-worker2"]


def test_the_control_plane_is_not_stopped():
    core = fresh_core(seed=1)
    code, said = turn(core, "lab-control-plane", "stop")
    assert (code, "no API server" in said["message"]) == (400, True)
    assert turn(core, "nowhere", "stop")[0] == 404


def test_a_node_that_is_started_before_it_was_missed_stays_ready():
    core = core_with_stopped_node()
    core.pass_time(20)
    turn(core, "lab-worker", "start")
    core.pass_time(60)
    conditions = core.store.get(NODES, "", "lab-worker")["status"]["conditions"]
    assert [entry["status"] for entry in conditions if entry["type"] == "Ready"] == ["True"]


def test_a_stop_takes_back_a_start_that_is_under_way():
    core = core_with_stopped_node()
    turn(core, "lab-worker", "start")
    turn(core, "lab-worker", "stop")
    core.pass_time(120)
    conditions = core.store.get(NODES, "", "lab-worker")["status"]["conditions"]
    assert [entry["status"] for entry in conditions if entry["type"] == "Ready"] == ["Unknown"]


def test_nothing_reaches_a_pod_of_a_stopped_node():
    """In the words that kubectl printed on kind while the node was stopped."""
    stage = Stage()
    pod = f"/api/v1/namespaces/{NAMESPACE}/pods/bare"
    stage.turn("stop")
    answer = stage.core.handle(Request.of("GET", f"{pod}/log", b""))
    message = 'Get "https://172.18.0.3:10250/containerLogs/nodes/bare/main": dial tcp 172.18.0.3:10250: '
    assert (answer.status, answer.json()["message"]) == (500, f"{message}connect: no route to host")
    answer = stage.core.handle(Request.of("POST", f"{pod}/exec?command=true&stdout=true", b""))
    message = "error dialing backend: dial tcp 172.18.0.3:10250: "
    assert (answer.status, answer.json()["message"]) == (500, f"{message}connect: no route to host")


def test_a_stopped_node_is_stopped_also_after_the_server_began_anew(tmp_path):
    core, journal = open_core(tmp_path, "lab", "127.0.0.1:1")
    turn(core, "lab-worker", "stop")
    journal.close()
    core, journal = open_core(tmp_path, "lab", "127.0.0.1:1")
    assert stopped_nodes(core.store) == {"lab-worker"}
    turn(core, "lab-worker", "start")
    assert core.next_due() is not None
    journal.close()
