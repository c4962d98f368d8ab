"""What is collected: from this machine where that can be met, else from programs that answer as recorded."""

import ctypes
import json
import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from servicelab.cluster import kind_config
from servicelab.cluster.home import Home
from servicelab.cluster.machine import ask_docker, ask_host
from servicelab.cluster.machine.collect import collect
from servicelab.cluster.machine.facts import Disk, Inotify
from servicelab.cluster.machine.preflight import examine
from servicelab.cluster.machine.report import judge
from tests.cluster.machine.machines import DESKTOP_ON_MAC, PODMAN, RECORDED_HERE, mac, machine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plays Docker with a shell script")


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def docker_that(tmp_path, monkeypatch):
    """A `docker` on PATH that runs these lines, and nothing else on it but the system's own programs."""

    def make(lines):
        program = tmp_path / "bin" / "docker"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return make


def told(info: dict) -> str:
    """A docker whose `info` is this, and that has the workshop's images but no containers and no networks."""
    return f"""case "$1 $2" in
"info --format") cat <<'END'
{json.dumps(info)}
END
;;
"context inspect") echo unix:///var/run/docker.sock ;;
"image ls") echo v1.36.3 ;;
"image inspect") case "$*" in *@sha256*) exit 1 ;; *) echo sha256:77f240079935 ;; esac ;;
"run --rm") printf '1024\\noverlay 264212084 53823088 41678176 57%% /\\n' ;;
"network inspect") echo '[]'; echo 'Error: No such network: kind' >&2; exit 1 ;;
"ps --all") ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac"""


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs the program docker, not its daemon")
def test_a_daemon_that_is_not_there(home, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nowhere.sock")
    assert [one.name for one in examine(home).faults if one.name != "kind-missing"] == ["docker-down"]


def test_no_docker_at_all(home, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [one.name for one in examine(home).faults] == ["docker-missing", "kind-missing"]


def test_a_socket_that_may_not_be_used(home, docker_that):
    docker_that("echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1")
    assert examine(home).faults[0].name == "docker-forbidden"


def test_a_docker_that_hangs_costs_no_more_than_the_limit(home, docker_that, monkeypatch):
    docker_that("exec sleep 30")
    monkeypatch.setattr(ask_docker, "PATIENCE", 0.3)
    assert examine(home).faults[0].name == "docker-silent"


def test_an_old_docker_tells_of_its_daemon_in_its_answer(home, docker_that):
    docker_that("""echo '{"ServerErrors": ["Cannot connect to the Docker daemon"]}'""")
    assert examine(home).faults[0].name == "docker-down"


def test_podman_that_plays_docker(home, docker_that):
    docker_that(told(PODMAN))
    assert examine(home).faults[0].name == "docker-is-podman"


def test_docker_desktop_is_asked_in_a_container(home, docker_that):
    docker_that(told(DESKTOP_ON_MAC))
    facts = collect(home)
    assert not facts.is_native
    assert facts.memory == DESKTOP_ON_MAC["MemTotal"]
    assert facts.disk == Disk("in its virtual machine", 41678176 * 1024)
    assert facts.inotify == Inotify(1024, 0, counted=False)
    assert facts.swallowed is None
    assert facts.image is not None and facts.image.kubernetes == (1, 36)
    assert {one.name for one in judge(facts).faults} <= {"kind-missing"}


def test_what_an_image_says_of_cgroup_v1_is_asked_once(home, docker_that):
    kernel = os.uname().release
    docker_that(told(RECORDED_HERE | {"KernelVersion": kernel}))
    facts = machine(RECORDED_HERE, kernel=RECORDED_HERE["KernelVersion"])
    assert ask_docker.look_inside(home, facts).takes_cgroup_v1 is False
    docker_that(told(RECORDED_HERE).replace("run --rm", "never asked"))
    assert ask_docker.look_inside(home, facts).takes_cgroup_v1 is False


def test_published_ports():
    shown = "127.0.0.1:30000-30002->30000-30002/tcp, 127.0.0.1:45303->6443/tcp, [::1]:8080->80/tcp, 9000/tcp"
    assert ask_docker.published(shown) == {30000, 30001, 30002, 45303, 8080}


def test_a_taken_port_and_who_has_it(monkeypatch, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port, free = taken.getsockname()[1], kind_config.free_port()
        config = tmp_path / "kind.yaml"
        config.write_text(
            f"nodes: [{{extraPortMappings: [{{containerPort: 30000, hostPort: {port}}},"
            f" {{containerPort: 30001, hostPort: {free}}}]}}]"
        )
        monkeypatch.setattr(kind_config, "find_file", lambda: config)
        assert ask_host.taken_ports([]).keys() == {port}
        assert "python" in ask_host.taken_ports([])[port].lower()
        node = ask_docker.Node("class-worker", "class", runs=True, ports=frozenset({port}))
        assert ask_host.taken_ports([node]) == {port: "the kind cluster class"}


def test_registries_are_asked_only_for_what_has_to_be_fetched(monkeypatch):
    monkeypatch.setattr(ask_host.images, "registry_of", lambda reference: reference)
    native = RECORDED_HERE | {"RegistryConfig": {"Mirrors": []}}
    assert ask_host.lost_registries(machine(native, to_fetch=("localhost", "no..such..host"))) == ("no..such..host",)
    assert ask_host.lost_registries(machine(native)) == ()
    assert ask_host.lost_registries(machine(native | {"HttpsProxy": "http://p"}, to_fetch=("no..such..host",))) == ()
    assert ask_host.lost_registries(mac(to_fetch=("no..such..host",))) == ()


def test_the_variables_about_proxies_in_either_spelling():
    found = ask_host.proxies({"https_proxy": "http://p", "NO_PROXY": "x", "HTTP_PROXY": "", "PATH": "/bin"})
    assert found == {"HTTPS_PROXY": "http://p", "NO_PROXY": "x"}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="inotify is Linux's")
def test_an_inotify_instance_is_known_by_its_handle():
    handle = ctypes.CDLL(None).inotify_init()
    try:
        assert ask_host._is_inotify(Path(f"/proc/self/fd/{handle}"))
        assert not ask_host._is_inotify(Path("/proc/self/fd/0"))
        if os.geteuid() == 0:
            counted = ask_host.count_inotify()
            assert counted is not None and counted >= 1
    finally:
        os.close(handle)


@pytest.mark.skipif(not ask_host.INOTIFY_LIMIT.exists(), reason="inotify is Linux's")
def test_inotify_is_estimated_where_it_cannot_be_counted(monkeypatch):
    monkeypatch.setattr(ask_host, "count_inotify", lambda: None)
    found = ask_host.inotify_here(running_nodes=6)
    assert found is not None and (found.used, found.counted) == (120, False)


def test_the_disk_with_dockers_files_is_this_machines(tmp_path):
    here = RECORDED_HERE | {"DockerRootDir": str(tmp_path)}
    found = ask_host.disk(machine(here))
    assert found is not None and 0 < found.free <= shutil.disk_usage(tmp_path).total
    assert ask_host.disk(mac()) is None


@pytest.mark.kind
def test_kind_can_come_up_on_this_machine(home, bundle, kind_cluster):
    """A machine that has just made one, looked at with nothing played."""
    from servicelab.cluster.bundle import open_bundle

    facts = collect(home, kind_cluster.name, open_bundle(home, bundle) if bundle else None)
    report = judge(facts)
    assert report.error() is None, report.to_json()
    assert facts.has_cluster
    assert "unknown" not in {one.state for one in report.looked}
    if facts.info["CgroupVersion"] == "1":
        assert facts.image is not None and facts.image.takes_cgroup_v1
