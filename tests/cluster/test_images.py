"""Which node image is used, and why."""

from dataclasses import replace
from pathlib import Path

import pytest

from servicelab.cluster import images
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.commands import Finished
from servicelab.cluster.home import Home
from servicelab.cluster.progress import Silent


@pytest.fixture
def docker_with(monkeypatch):
    """A Docker that has these images, and perhaps the internet."""

    def make(*references, internet=False):
        here = set(references)

        def pull(reference):
            if not internet:
                raise MachineError("no internet")
            here.add(reference)

        monkeypatch.setattr(images, "image_id", lambda reference: f"id of {reference}" if reference in here else None)
        monkeypatch.setattr(
            images,
            "image_tags",
            lambda repository: [
                one.rpartition(":")[2] for one in here if one.startswith(f"{repository}:") and "@" not in one
            ],
        )
        monkeypatch.setattr(images, "pull", pull)
        return here

    return make


def bundle_of(tmp_path, here):
    class Loading(Bundle):
        def load_images(self):
            here.update(self.image_tags)

    return Loading(
        tmp_path, "kindest/node:v1.36.3", ("kindest/node:v1.36.3", images.WORKLOAD), "v1.36.3", "amd64", {}, None
    )


def test_the_bundles_image_is_loaded_once(docker_with, tmp_path):
    here = docker_with("kindest/node:v1.30.0")
    bundle = bundle_of(tmp_path, here)
    assert images.prepare_node_image(bundle, Silent()).reference == "kindest/node:v1.36.3"
    assert images.prepare_workload_image(bundle, Silent()) == f"id of {images.WORKLOAD}"


def test_what_a_bundle_brings_beside_is_loaded_too(docker_with, tmp_path):
    here = docker_with("kindest/node:v1.36.3", images.WORKLOAD)
    bundle = replace(bundle_of(tmp_path, here), image_tags=("kindest/node:v1.36.3", "quay.io/metallb/speaker:v0.16.2"))
    images.prepare_node_image(bundle, Silent())
    assert "quay.io/metallb/speaker:v0.16.2" in here


def test_metallbs_images_go_into_the_nodes_with_the_workloads(tmp_path, monkeypatch):
    here, saved = [], []

    def docker(*words, timeout=60.0):
        if words[0] == "save":
            Path(words[2]).touch()
            saved.append(words[3:])
        return Finished(words, "\n".join(here), "", 0)

    monkeypatch.setattr(images, "docker", docker)
    alone = images.workload_archive(Home(tmp_path), "sha256:1")
    assert images.workload_archive(Home(tmp_path), "sha256:1") == alone
    here.append("sha256:2 quay.io/metallb/speaker:v0.16.2")
    assert images.workload_archive(Home(tmp_path), "sha256:1") != alone
    assert saved == [(images.WORKLOAD,), (images.WORKLOAD, "quay.io/metallb/speaker:v0.16.2")]


def test_the_pinned_image_is_preferred_when_it_is_here(docker_with):
    docker_with(images.PINNED_NODE, "kindest/node:v1.36.3")
    assert images.prepare_node_image(None, Silent()).reference == images.PINNED_NODE


def test_a_tested_image_found_in_docker_is_used_and_said_not_to_be_pinned(docker_with):
    docker_with("kindest/node:v1.36.3", "kindest/node:v1.36.10", internet=True)
    found = images.prepare_node_image(None, Silent())
    assert found.reference == "kindest/node:v1.36.10"
    assert "not the pinned one" in found.because


def test_an_old_image_is_used_only_without_the_internet(docker_with):
    docker_with("kindest/node:v1.30.0", internet=True)
    assert images.prepare_node_image(None, Silent()).reference == images.PINNED_NODE
    docker_with("kindest/node:v1.30.0")
    assert images.prepare_node_image(None, Silent()).reference == "kindest/node:v1.30.0"


def test_nothing_at_all_is_the_machines_fault(docker_with):
    docker_with()
    with pytest.raises(MachineError, match="no internet"):
        images.prepare_node_image(None, Silent())


def test_the_pinned_image_is_pinned_by_digest():
    assert "@sha256:" in images.PINNED_NODE


@pytest.mark.parametrize(
    ("tags", "newest"),
    [(["v1.9.0", "v1.10.0"], "v1.10.0"), (["latest"], None), ([], None), (["x", "v1.2.3"], "v1.2.3")],
)
def test_the_newest_tag_is_by_number(tags, newest):
    assert images.newest_tag(tags) == newest
