"""The parts of a bundle that a kind cluster is made of: programs, MetalLB's manifest, images."""

import hashlib
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicelab.cluster import commands, docker, images, kind_program, kubectl, metallb
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle, digest_of, machine_architecture
from servicelab.cluster.home import Home, whole
from servicelab.cluster.progress import Reporter

Facts = dict[str, Any]
ARCHIVE = "images.tar.zst"
WINDOW_LOG = 27
"""How far back, as a power of two, zstd finds what it has seen; unpacking takes as much memory, so not more."""
LEVEL = 6
"""Made 277 MB of 1.1 GB."""
QUICK = 20.0
NAMES = Path("/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db")
"""Where a node image's containerd keeps the names of the images that the node image brings."""


@dataclass(frozen=True)
class Order:
    """What a bundle is to be made of."""

    directory: Path
    home: Home
    reporter: Reporter
    source: Bundle | None
    """Another bundle, whose images, programs and manifest are taken; without it they are this machine's, or fetched."""
    course: Path
    """A clone of the course, with requirements.lock."""
    python: str
    """The program whose packages are collected."""


def has_programs(order: Order, part: Any) -> bool:
    """Whether kind and kubectl are there, and the source's if there is one."""
    if order.source is None:
        return set(part) >= {"kind", "kubectl"}
    theirs = order.source.facts["binaries"]
    return {name: part[name]["sha256"] for name in part} == {name: theirs[name]["sha256"] for name in theirs}


def programs(order: Order, facts: Facts) -> Facts:
    """kind and kubectl."""
    source = order.source
    if source is not None:
        found = {
            name: source.verified(entry["path"], entry["sha256"]) for name, entry in source.facts["binaries"].items()
        }
        told = {"kind": source.facts["kind"], "architecture": source.architecture}
        system = source.facts.get("system", "linux")
    else:
        client = kubectl.find(order.home)
        kind = shutil.which(str(kind_program.find(None)))
        assert kind is not None
        found = {"kind": Path(kind), "kubectl": client.path if client else kubectl.download(order.home)}
        version = re.search(r"v\d+\.\d+\.\d+\S*", commands.run([kind, "version"], timeout=QUICK).stdout)
        told = {"kind": version[0] if version else "unknown", "architecture": machine_architecture()}
        system = platform.system().lower()
    binaries = {}
    for name, path in found.items():
        copy = _copied(path, order.directory / "bin" / name)
        copy.chmod(0o755)
        binaries[name] = {"path": f"bin/{name}", "sha256": digest_of(copy)}
    return told | {"system": system, "binaries": binaries}


def has_metallb(order: Order, part: Any) -> bool:
    """Whether the manifest is there, and the source's if there is one."""
    wanted = order.source.facts["metallb"]["sha256"] if order.source else metallb.pinned()["sha256"]
    return bool(part["sha256"] == wanted)


def metallb_manifest(order: Order, facts: Facts) -> Facts:
    """MetalLB's manifest: the source's, or the pinned release's."""
    text = metallb.manifest(order.home, order.source)
    name = "manifests/metallb-native.yaml"
    with whole(order.directory / name) as unfinished:
        unfinished.write_bytes(text)
    version = order.source.facts["metallb"]["version"] if order.source else metallb.pinned()["version"]
    return {"metallb": {"version": version, "manifest": name, "sha256": hashlib.sha256(text).hexdigest()}}


def has_images(order: Order, part: Any) -> bool:
    """Whether the archive is the source's, or holds the images that a cluster would be made of here."""
    if order.source is not None:
        return bool(part["sha256"] == order.source.facts["images"]["sha256"])
    found = images.find_node_image(None)
    return found is not None and {_tag(found.reference), images.WORKLOAD} <= set(part["tags"])


def pack_images(order: Order, facts: Facts) -> Facts:
    """The node image, the exercises' image, and MetalLB's unless the node image brings them."""
    source = order.source
    if source is not None:
        _copied(source.image_archive(), order.directory / ARCHIVE)
        copied = dict(source.facts["images"]) | {"archive": ARCHIVE}
        return {"images": copied, "node_image": source.node_image, "kubernetes": source.kubernetes}
    node = images.prepare_node_image(None, order.reporter).reference
    if "@" in node:  # saved by its digest alone it would have no name
        docker.docker("tag", node, _tag(node)).or_raise(f"the image {node} could not be named")
    images.prepare_workload_image(None, order.reporter)
    tags = [_tag(node), images.WORKLOAD]
    manifest = (order.directory / facts["metallb"]["manifest"]).read_text()
    for reference in sorted(set(re.findall(r"^[\s-]+image: (\S+)$", manifest, re.MULTILINE))):
        if docker.image_id(reference) is None and holds(_tag(node), reference):
            continue
        if docker.image_id(reference) is None:
            docker.pull(reference)
        tags.append(reference)
    digest = _save(tags, order.directory / ARCHIVE)
    packed = {"archive": ARCHIVE, "window_log": WINDOW_LOG, "sha256": digest, "tags": tags}
    return {"images": packed, "node_image": tags[0], "kubernetes": tags[0].rpartition(":")[2]}


def holds(node_image: str, reference: str) -> bool:
    """Whether a node image brings another image inside, for its containerd."""
    ask = ("run", "--rm", "--network=none", "--entrypoint=grep", node_image, "--quiet", "--fixed-strings", reference)
    return docker.docker(*ask, str(NAMES), timeout=docker.PATIENT).succeeded


def _tag(reference: str) -> str:
    return reference.split("@")[0]


def _save(tags: list[str], archive: Path) -> str:
    """Write the images as one archive; its sha256."""
    import zstandard

    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, window_log=WINDOW_LOG, enable_ldm=True, threads=-1
    )
    saving = subprocess.Popen(
        ["docker", "save", *tags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert saving.stdout is not None and saving.stderr is not None
    try:
        with whole(archive) as unfinished:
            with unfinished.open("wb") as file:
                zstandard.ZstdCompressor(compression_params=parameters).copy_stream(saving.stdout, file)
            said = saving.stderr.read().decode(errors="replace").strip()
            if saving.wait() != 0:
                raise MachineError(f"Docker could not save the images: {said}", "Is there room on the disk?")
    except OSError as problem:
        raise MachineError(f"the images could not be written to {archive}: {problem.strerror}", "Make room.") from None
    finally:
        saving.kill()
        saving.wait()
    return digest_of(archive)


def _copied(source: Path, place: Path) -> Path:
    """A copy that is whole or not there."""
    try:
        with whole(place) as unfinished:
            shutil.copyfile(source, unfinished)
    except OSError as problem:
        raise MachineError(f"{source} could not be copied to {place}: {problem.strerror}", "Make room.") from None
    return place
