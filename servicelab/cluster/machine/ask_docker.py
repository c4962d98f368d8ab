"""What Docker tells: of itself, of the clusters that are here, of images, and of the machine that it runs on."""

import json
import re
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, ip_network

from servicelab.cluster import docker, images, outside
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.docker import NODE_LABEL
from servicelab.cluster.home import Home, read_json, write_private
from servicelab.cluster.machine.facts import Answer, Disk, Facts, WantedImage

PATIENCE = docker.PATIENT
"""Seconds that a question to Docker may take; it answers in a tenth of one unless the machine is very busy."""
INSIDE = """
cat /proc/sys/fs/inotify/max_user_instances
df -Pk / | tail -1
grep -rsliE 'failCgroupV1"?: *false|fail-cgroupv1=false' /etc /kind /usr/lib/systemd /var/lib/kubelet
"""
"""Asked in a container of the node image, where Docker's machine and the image's own configuration can be seen."""


def ask() -> Answer:
    """How Docker answers."""
    if shutil.which("docker") is None:
        return Answer(installed=False)
    started = time.time()
    try:
        told = docker.docker("info", "--format", "{{json .}}", timeout=PATIENCE)
        ended = time.time()
        endpoint = docker.docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}", timeout=PATIENCE)
    except MachineError:
        return Answer(seconds=PATIENCE)
    info = json.loads(told.stdout) if told.succeeded else {}
    if not info or info.get("ServerErrors"):
        return Answer(said=told.stderr.strip() or " ".join(info.get("ServerErrors", ())) or "no answer")
    ahead = None
    if "SystemTime" in info:
        ahead = datetime.fromisoformat(info["SystemTime"]).timestamp() - (started + ended) / 2
    return Answer(info=info, endpoint=endpoint.stdout.strip(), clock_ahead=ahead)


@dataclass(frozen=True)
class Node:
    """A kind node's container: its name and cluster, whether it runs, and the ports of this machine that lead to it."""

    name: str
    cluster: str
    runs: bool
    ports: frozenset[int]


def list_nodes() -> list[Node]:
    """The nodes of all kind clusters here, whoever made them."""
    form = f'{{{{.Names}}}}\t{{{{.Label "{NODE_LABEL}"}}}}\t{{{{.State}}}}\t{{{{.Ports}}}}'
    told = docker.docker("ps", "--all", "--filter", f"label={NODE_LABEL}", "--format", form, timeout=PATIENCE)
    lines = [line.split("\t") for line in told.or_raise("Docker could not list its containers").stdout.splitlines()]
    return [Node(name, cluster, state == "running", published(ports)) for name, cluster, state, ports in lines]


def published(ports: str) -> frozenset[int]:
    """The host ports in what `docker ps` shows, as in `127.0.0.1:30000-30009->30000-30009/tcp`."""
    ranges = re.findall(r":(\d+)(?:-(\d+))?->", ports)
    return frozenset(port for first, last in ranges for port in range(int(first), int(last or first) + 1))


@dataclass(frozen=True)
class Network:
    """Docker's network for kind; `bridge` is its interface on the machine that Docker runs on."""

    subnet: IPv4Network
    bridge: str


def network_of_kind() -> Network | None:
    """Docker's network for kind; None while there is none."""
    told = docker.docker("network", "inspect", outside.NETWORK, timeout=PATIENCE)
    if not told.succeeded:
        return None
    network = json.loads(told.stdout)[0]
    named = network.get("Options", {}).get("com.docker.network.bridge.name")
    for entry in network["IPAM"]["Config"]:
        subnet = ip_network(entry["Subnet"])
        if isinstance(subnet, IPv4Network):
            return Network(subnet, named or f"br-{network['Id'][:12]}")
    return None


def wanted_image(bundle: Bundle | None) -> WantedImage:
    """The node image that a new cluster would get."""
    found = images.find_node_image(bundle)
    reference = found.reference if found else images.PINNED_NODE
    tag = bundle.kubernetes if bundle else reference.split("@")[0].rpartition(":")[2]
    return WantedImage(reference, images.version_of(tag), is_here=found is not None)


def images_to_fetch(bundle: Bundle | None) -> list[str]:
    """The images that neither Docker nor the bundle has."""
    missing = [] if images.find_node_image(bundle) else [images.PINNED_NODE]
    if not (bundle and images.WORKLOAD in bundle.image_tags) and docker.image_id(images.WORKLOAD) is None:
        missing.append(images.WORKLOAD)
    return missing


@dataclass(frozen=True)
class Inside:
    """What a container of the node image sees."""

    takes_cgroup_v1: bool | None = None
    disk: Disk | None = None
    inotify_limit: int | None = None


def look_inside(home: Home, facts: Facts) -> Inside:
    """Ask in a container of the node image, if it is in Docker; only for what cannot be seen from here. What an image
    says of cgroup v1 never changes and is remembered."""
    assert facts.image is not None
    identifier = docker.image_id(facts.image.reference)
    if identifier is None:
        return Inside()
    memory_file = home.cache / "node-images.json"
    known = read_json(memory_file).get(identifier)
    if facts.is_native and (known is not None or facts.info.get("CgroupVersion") != "1"):
        return Inside(takes_cgroup_v1=known)
    run = ("run", "--rm", "--network=none", "--entrypoint=sh", facts.image.reference, "-c", INSIDE)
    limit, room, *configured = docker.docker(*run, timeout=PATIENCE).stdout.splitlines()
    takes = bool(configured)
    write_private(memory_file, json.dumps(read_json(memory_file) | {identifier: takes}))
    return Inside(takes, Disk("in its virtual machine", int(room.split()[3]) * 1024), int(limit))
