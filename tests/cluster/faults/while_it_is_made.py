"""Faults while a kind cluster is made or removed. Each function does one, and says how it ended."""

import itertools
import shutil
import signal
import socket
import subprocess
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from servicelab.cluster import bundle as bundles
from servicelab.cluster import docker, images, kind, kind_config, kind_program
from servicelab.cluster.base import MachineError
from servicelab.cluster.progress import Silent
from servicelab.cluster.status import State
from tests.cluster.faults.scene import Scene, finding, is_ready, wait

MOST_NODE_PORT = 32767
LOOP_SIZE = 2 * 1024 * 1024


def docker_stops_meanwhile(scene: Scene) -> str:
    """The start ends with a finding; when Docker is back, nothing of the cluster is left that could not be removed."""
    proxy = scene.proxied()
    try:
        start = scene.begin("start")
        wait("a container of the cluster", lambda: scene.containers() or start.poll() is not None)
        proxy.cut()
        said, _ = start.communicate(timeout=600)
        assert start.returncode == 1, said
        assert "Traceback" not in said, said
        assert "daemon does not answer" in said, said
        assert "the next start or delete does it" in said, said
        proxy.mend()
        scene.works("delete")
        assert scene.containers() == []
    finally:
        scene.environment.clear()
        proxy.close()
    return "finding: " + " ".join(line for line in said.splitlines() if not line.startswith(("✓", "Nodes from")))


def a_port_is_taken(scene: Scene) -> str:
    """Between the look at the ports and kind's own: kind fails, other ports are chosen, the cluster comes up."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with mock.patch.object(kind_config, "render", _taking(port)):
            kind.start(scene.home, scene.name, Silent(), scene.bundle)
    assert port not in _record(scene)["ports"].values()
    scene.keep()
    said = is_ready(scene)
    scene.works("delete")
    return said


def _taking(port: int):
    """kind's configuration with a port that was free a moment ago."""
    ports = itertools.chain([port], iter(kind_config.free_port, None))
    return partial(kind_config.render, free=lambda wanted: wanted > MOST_NODE_PORT, other=lambda: next(ports))


def the_bundles_archive_is_truncated(scene: Scene) -> str:
    """Its digest is looked at before it is used."""
    assert scene.bundle is not None
    copy = scene.folder / "bundle"
    shutil.copytree(scene.bundle, copy, copy_function=lambda source, target: Path(target).symlink_to(source))
    archive = copy / "images.tar.zst"
    archive.unlink()
    with (scene.bundle / "images.tar.zst").open("rb") as whole:
        archive.write_bytes(whole.read(1024 * 1024))
    with pytest.raises(MachineError, match="is damaged") as found:
        bundles.open_bundle(scene.home, copy).load_images()
    assert str(archive) in found.value.what
    return f"finding: {found.value.what}"


def the_disk_is_full(scene: Scene) -> str:
    """The lab's own files are on a small device without room."""
    image, mount = scene.folder / "disk", scene.folder / "full"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(LOOP_SIZE)
    subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
    mounted = subprocess.run(["mount", "-o", "loop", image, mount], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine may not mount loop devices")
    try:
        with pytest.raises(OSError, match="No space left"), (mount / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"\0" * 4096)
        scene.environment["LAB_HOME"] = str(mount)
        return finding(scene.lab("start"), "disk is full")
    finally:
        scene.environment.clear()
        subprocess.run(["umount", mount], check=True)
        assert scene.containers() == []


def somebody_else_has_the_name(scene: Scene) -> str:
    """A cluster of that name that the lab did not make is left alone."""
    name = scene.node("control-plane")
    words = ["create", f"--name={name}", f"--label={docker.NODE_LABEL}={scene.name}", images.WORKLOAD, "pause"]
    docker.docker(*words).or_raise("no container")
    try:
        for verb in ("start", "stop", "delete", "status"):
            said = finding(scene.lab(verb), "was not made by this lab", "--name")
        assert scene.containers() == [name]
    finally:
        docker.remove(name)
    return said


def killed_at_each_step(scene: Scene) -> str:
    """kill -9 while kind makes nodes, when it is done, and when the image is in: each next start goes on from there."""
    _killed(scene, "nodes", lambda: len(scene.containers()) > 0)
    assert "interrupted" in scene.lab("status").stdout
    _killed(scene, "kind's end", lambda: _state(scene) == "made")
    made = scene.nodes_by_id()
    _killed(scene, "the image", lambda: "workload" in _record(scene))
    scene.works("start")
    assert scene.nodes_by_id() == made, "what kind had made was made again"
    scene.keep()
    return is_ready(scene)


def killed_while_it_is_deleted(scene: Scene) -> str:
    """The next delete removes the rest."""
    delete = scene.begin("delete")
    wait("the first container to go", lambda: len(scene.containers()) < 4 or delete.poll() is not None)
    delete.send_signal(signal.SIGKILL)
    delete.communicate()
    scene.works("delete")
    assert scene.containers() == []
    assert not scene.directory.exists()
    return "nothing left"


def two_creations_at_once(scene: Scene) -> str:
    """One makes the cluster, the other waits and finds it."""
    both = [scene.begin("start"), scene.begin("start")]
    told = [one.communicate(timeout=1800)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    assert sum("Creating a control plane" in said for said in told) == 1
    assert kind.status(scene.home, scene.name).state is State.RUNNING
    scene.keep()
    return is_ready(scene)


def a_loaded_image_is_truncated(scene: Scene) -> str:
    """kind's own word about an archive that is cut off ends as a finding."""
    archive = images.workload_archive(scene.home, images.prepare_workload_image(None, Silent()))
    short = scene.folder / "short.tar"
    with archive.open("rb") as whole:
        short.write_bytes(whole.read(archive.stat().st_size // 2))
    program = kind_program.find(bundles.find(scene.home, scene.bundle))
    with pytest.raises(MachineError, match="could not be loaded") as found:
        kind_program.load_archive(program, scene.name, short, [scene.node()])
    return f"finding: {found.value.what}"


def _killed(scene: Scene, when: str, is_time) -> None:
    start = scene.begin("start")
    wait(when, lambda: is_time() or start.poll() is not None)
    assert start.poll() is None, start.communicate()[0]
    start.send_signal(signal.SIGKILL)
    start.communicate()


def _record(scene: Scene) -> dict:
    return kind.Place(scene.home, scene.name).record()


def _state(scene: Scene) -> str:
    return _record(scene).get("state", "")


QUICK = [the_bundles_archive_is_truncated, the_disk_is_full, somebody_else_has_the_name]
"""These need no cluster and run always."""
CASES = [
    docker_stops_meanwhile,
    a_port_is_taken,
    killed_at_each_step,
    killed_while_it_is_deleted,
    two_creations_at_once,
]
"""The last leaves a cluster for the faults of one that runs."""
ON_IT = [a_loaded_image_is_truncated]
