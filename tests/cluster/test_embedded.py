"""The embedded cluster's life: a process of its own that keeps what it acknowledged."""

import signal
import subprocess
import sys
import threading

import psutil
import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap

from servicelab.cluster import embedded
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home, read_json, write_private
from servicelab.cluster.progress import Silent
from servicelab.cluster.status import State
from servicelab.embedded.controllers import node_power
from servicelab.network.places import NodePlace, parse_target


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    yield made
    embedded.delete(made, "test", Silent())


class Told(Silent):
    """Remembers what was said."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)


def process_of(home):
    return read_json(home.cluster("embedded", "test") / "process.json").get("pid")


def keep_something(home):
    cluster = embedded.open_running(home, "test")
    cluster.api.create(ConfigMap(metadata=ObjectMeta(name="kept", namespace="default"), data={"a": "b"}))
    cluster.close()


def names_kept(home):
    cluster = embedded.open_running(home, "test")
    try:
        return [one.metadata.name for one in cluster.api.list(ConfigMap, namespace="default")]
    finally:
        cluster.close()


def test_its_life(home):
    assert embedded.status(home, "test").state is State.ABSENT
    started = embedded.start(home, "test", Silent())
    assert (started.state, started.kubernetes) == (State.RUNNING, "v1.36.3")
    assert started.nodes == ("test-control-plane", "test-worker", "test-worker2")
    first = process_of(home)
    embedded.start(home, "test", Silent())
    assert process_of(home) == first, "a second start finds it running"

    keep_something(home)
    assert embedded.stop(home, "test", Silent()).state is State.STOPPED
    assert not psutil.pid_exists(first)
    embedded.start(home, "test", Silent())
    assert "kept" in names_kept(home)

    before = started.kubeconfig.read_text()
    assert embedded.reset(home, "test", Silent()).state is State.RUNNING
    assert "kept" not in names_kept(home)
    assert started.kubeconfig.read_text() == before, "the kubeconfig stays valid"

    running = process_of(home)
    assert embedded.delete(home, "test", Silent()).state is State.ABSENT
    assert not psutil.pid_exists(running)
    assert not home.cluster("embedded", "test").parent.exists()


def test_a_killed_process_loses_nothing(home):
    embedded.start(home, "test", Silent())
    keep_something(home)
    psutil.Process(process_of(home)).kill()
    embedded.start(home, "test", Silent())
    assert "kept" in names_kept(home)


def test_a_reused_process_number_is_not_taken_for_the_server(home):
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        place = home.cluster("embedded", "test") / "process.json"
        write_private(place, f'{{"pid": {other.pid}, "started": 1.0}}')
        assert embedded.status(home, "test").state is State.STOPPED
        embedded.stop(home, "test", Silent())
        assert other.poll() is None, "somebody else's process was ended"
    finally:
        other.kill()
        other.wait()


def test_two_starts_at_once_make_one_server(home):
    states = []
    threads = [
        threading.Thread(target=lambda: states.append(embedded.start(home, "test", Silent()).state)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert states == [State.RUNNING] * 3
    servers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(home.root) in " ".join(process.info["cmdline"] or ())
    ]
    assert len(servers) == 1


def test_a_server_that_hangs_is_broken_and_start_replaces_it(home):
    embedded.start(home, "test", Silent())
    first = psutil.Process(process_of(home))
    first.send_signal(signal.SIGSTOP)
    try:
        found = embedded.status(home, "test")
        assert found.state is State.BROKEN
        assert "does not answer" in found.detail
    finally:
        first.send_signal(signal.SIGCONT)
    assert embedded.start(home, "test", Silent()).state is State.RUNNING


def test_a_server_that_cannot_start_says_why(home):
    place = home.cluster("embedded", "test")
    write_private(place / "journal.sqlite", b"this is no database" * 100)
    with pytest.raises(MachineError, match="ended at once") as caught:
        embedded.start(home, "test", Silent())
    assert str(place / "server.log") in caught.value.fix


def test_what_needs_a_running_cluster_says_so(home):
    with pytest.raises(MachineError, match="is absent"):
        embedded.open_running(home, "test")
    with pytest.raises(MachineError, match="is absent"):
        embedded.reset(home, "test", Silent())


def test_a_throwaway_needs_no_file_and_no_time(tmp_path):
    cluster = embedded.open_throwaway(seed=7)
    before = cluster.core.clock.now()
    ticks = iter(range(1000))
    assert cluster.wait_until("a while", lambda: next(ticks) >= 100, timeout=3600) is True
    assert cluster.core.clock.now() > before
    cluster.close()


def test_a_throwaway_runs_nothing_on_a_stopped_node():
    cluster = embedded.open_throwaway(seed=1)
    node_power.stop(cluster.core.store, "lab-worker")
    for attempt in (
        lambda: cluster.execute_on_node("lab-worker", ["hostname"]),
        lambda: cluster.probe(NodePlace("lab-worker"), parse_target("tcp://10.96.0.1:443")),
    ):
        with pytest.raises(MachineError, match="node lab-worker is stopped"):
            attempt()
    assert cluster.execute_on_node("lab-worker2", ["hostname"]).exit_code == 0
    cluster.close()
