"""Which images a kind cluster is made of, and how they get into Docker."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.docker import docker, image_id, image_tags, pull
from servicelab.cluster.home import Home, make_private, whole
from servicelab.cluster.progress import Reporter

WORKLOAD = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
"""The one image of all exercises, and of the client outside the cluster."""
METALLB = "quay.io/metallb/*"
"""The images of MetalLB, as a pattern for Docker."""
NODE_REPOSITORY = "kindest/node"
PINNED_NODE = f"{NODE_REPOSITORY}:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
"""kind 0.33.0's own default, for those who have the internet."""
OLDEST_TESTED = (1, 36)
"""A node image found in Docker is used without asking the internet from this Kubernetes version on."""


@dataclass(frozen=True)
class NodeImage:
    """The image nodes are made of, and why that one, as a sentence for the learner."""

    reference: str
    because: str


def find_node_image(bundle: Bundle | None) -> NodeImage | None:
    """The node image that needs no internet: the bundle's, else one that is here; None when there is none."""
    if bundle is not None:
        return NodeImage(bundle.node_image, f"Nodes from the bundle's image {bundle.node_image}.")
    if image_id(PINNED_NODE) is not None:
        return NodeImage(PINNED_NODE, f"Nodes from the pinned image {PINNED_NODE.split('@')[0]}.")
    newest = newest_tag(image_tags(NODE_REPOSITORY))
    return _local(newest) if newest is not None and version_of(newest) >= OLDEST_TESTED else None


def prepare_node_image(bundle: Bundle | None, reporter: Reporter) -> NodeImage:
    """The node image, in Docker: the bundle's, else one that is here, else the pinned one from the internet."""
    found = find_node_image(bundle)
    if found is not None:
        if bundle is not None:
            _load_bundle(bundle, bundle.node_image, reporter)
        return found
    try:
        with reporter.step(f"Fetching the node image {PINNED_NODE.split('@')[0]} (about 400 MB)"):
            pull(PINNED_NODE)
    except MachineError:
        newest = newest_tag(image_tags(NODE_REPOSITORY))
        if newest is None:
            raise
        return _local(newest)
    return NodeImage(PINNED_NODE, f"Nodes from the pinned image {PINNED_NODE.split('@')[0]}.")


def _local(tag: str) -> NodeImage:
    reference = f"{NODE_REPOSITORY}:{tag}"
    return NodeImage(
        reference, f"Nodes from {reference}, found in Docker; nothing was fetched and its digest is not the pinned one."
    )


def prepare_workload_image(bundle: Bundle | None, reporter: Reporter) -> str:
    """The workload image, in Docker; returns its id."""
    found = image_id(WORKLOAD)
    if found is None and bundle is not None and WORKLOAD in bundle.image_tags:
        _load_bundle(bundle, WORKLOAD, reporter)
        found = image_id(WORKLOAD)
    if found is None:
        with reporter.step(f"Fetching the image {WORKLOAD} (about 130 MB)"):
            pull(WORKLOAD)
        found = image_id(WORKLOAD)
    if found is None:
        raise MachineError(f"the image {WORKLOAD} is not in Docker", "Name a bundle with `--bundle DIR`.")
    return found


def _load_bundle(bundle: Bundle, reference: str, reporter: Reporter) -> None:
    """Load the bundle's images unless all of them are here."""
    if all(image_id(tag) is not None for tag in (reference, *bundle.image_tags)):
        return
    with reporter.step(f"Loading the images of the bundle {bundle.directory}"):
        bundle.load_images()
    if image_id(reference) is None:
        raise MachineError(
            f"the bundle {bundle.directory} does not hold the image {reference}", "Get the bundle again."
        )


def workload_archive(home: Home, identifier: str) -> Path:
    """The workload image as a file for `kind load image-archive`, kept for the next cluster; with MetalLB's images
    where a bundle brought them into Docker, for a node image that lacks them."""
    told = docker("image", "ls", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}", METALLB)
    beside = sorted(told.or_raise("Docker could not list its images").stdout.splitlines())
    mark = hashlib.sha256("\n".join([identifier, *beside]).encode()).hexdigest()
    archive = home.cache / f"workload-{mark[:16]}.tar"
    if not archive.exists():
        make_private(home.cache)
        references = [WORKLOAD, *(line.split()[1] for line in beside)]
        with whole(archive) as unfinished:
            docker("save", "--output", str(unfinished), *references, timeout=300).or_raise(
                f"the image {WORKLOAD} could not be saved", "Is there room on the disk?"
            )
        for older in home.cache.glob("workload-*.tar"):
            if older != archive:
                older.unlink(missing_ok=True)
    return archive


def version_of(tag: str) -> tuple[int, int]:
    """(1, 36) of `v1.36.3`; (0, 0) of what is no version."""
    match = re.fullmatch(r"v(\d+)\.(\d+)\.\d+.*", tag)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def newest_tag(tags: list[str]) -> str | None:
    """The tag with the highest Kubernetes version; None when none is a version."""
    versions = [tag for tag in tags if version_of(tag) > (0, 0)]
    return max(versions, key=lambda tag: [int(number) for number in re.findall(r"\d+", tag)], default=None)


def registry_of(reference: str) -> str:
    """The host that an image is fetched from: the first part of its name if that is one, else Docker Hub's."""
    first, slash, _ = reference.partition("/")
    return first if slash and ("." in first or ":" in first) else "registry-1.docker.io"
