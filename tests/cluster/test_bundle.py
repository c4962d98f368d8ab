"""Bundles: verified before use, once, and a damaged file is named."""

import hashlib
import json

import pytest

from servicelab.cluster import bundle as bundles
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def directory(tmp_path, monkeypatch):
    monkeypatch.delenv("LAB_BUNDLE", raising=False)
    monkeypatch.setattr(
        bundles, "fits_this_system", lambda architecture, system: (architecture, system) == ("amd64", "linux")
    )
    place = tmp_path / "bundle"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "kubectl").write_bytes(b"program")
    write(place)
    return place


def write(place, **changes):
    facts = {
        "format": 1,
        "architecture": "amd64",
        "kubernetes": "v1.36.3",
        "node_image": "kindest/node:v1.36.3",
        "images": {"archive": "images.tar.zst", "sha256": "0" * 64, "tags": ["kindest/node:v1.36.3"]},
        "binaries": {"kubectl": {"path": "bin/kubectl", "sha256": hashlib.sha256(b"program").hexdigest()}},
    }
    (place / "bundle.json").write_text(json.dumps(facts | changes))


def test_a_program_is_verified_and_used(home, directory):
    assert bundles.find(home, directory).program("kubectl") == directory / "bin" / "kubectl"
    assert bundles.find(home, directory).program("helm") is None


def test_lab_bundle_names_one_too(home, directory, monkeypatch):
    assert bundles.find(home) is None
    monkeypatch.setenv("LAB_BUNDLE", str(directory))
    assert bundles.find(home).node_image == "kindest/node:v1.36.3"


def test_a_damaged_file_is_refused_by_name(home, directory):
    (directory / "bin" / "kubectl").write_bytes(b"damaged")
    with pytest.raises(MachineError, match=r"bin/kubectl is damaged"):
        bundles.find(home, directory).program("kubectl")


def test_a_file_damaged_after_it_was_verified_is_noticed(home, directory):
    bundles.find(home, directory).program("kubectl")
    (directory / "bin" / "kubectl").write_bytes(b"changed")
    with pytest.raises(MachineError, match="damaged"):
        bundles.find(home, directory).program("kubectl")


def test_what_was_verified_is_not_read_again(home, directory, monkeypatch):
    bundles.find(home, directory).program("kubectl")
    monkeypatch.setattr(bundles, "digest_of", lambda path: pytest.fail("read again"))
    assert bundles.find(home, directory).program("kubectl")


def test_a_missing_file_is_named(home, directory):
    with pytest.raises(MachineError, match=r"lacks the file .*images.tar.zst"):
        bundles.find(home, directory).load_images()


def test_programs_for_another_system_are_left_alone(home, directory):
    write(directory, architecture="riscv64")
    assert bundles.find(home, directory).program("kubectl") is None


def test_a_file_outside_the_bundle_is_refused(home, directory):
    write(directory, binaries={"kubectl": {"path": "../../etc/passwd", "sha256": "0" * 64}})
    with pytest.raises(MachineError, match="outside itself"):
        bundles.find(home, directory).program("kubectl")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 1}'])
def test_a_bundle_json_that_cannot_be_understood(home, directory, text):
    (directory / "bundle.json").write_text(text)
    with pytest.raises(MachineError, match=r"bundle.json is damaged"):
        bundles.find(home, directory)


def test_another_format_is_said(home, directory):
    write(directory, format=2)
    with pytest.raises(MachineError, match="format is 2"):
        bundles.find(home, directory)


def test_no_bundle_there(home, tmp_path):
    with pytest.raises(MachineError, match="there is no bundle in"):
        bundles.find(home, tmp_path / "nowhere")
