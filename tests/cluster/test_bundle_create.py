"""Making bundles: from another one, from Docker; interrupted, damaged, renewed."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import zstandard

from servicelab.cluster import bundle as bundles
from servicelab.cluster import bundle_create, bundle_parts, bundle_wheels, images
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import digest_of
from servicelab.cluster.bundle_create import create, verify
from servicelab.cluster.bundle_parts import Order
from servicelab.cluster.home import Home
from servicelab.cluster.progress import Silent
from tests.support.small_course import lines_of_lock, make_course

NODE = "kindest/node:v1.36.3"
METALLB = "containers:\n      - image: quay.io/metallb/controller:v0.16.2\n"
FILES = {"bin/kind": b"kind", "bin/kubectl": b"kubectl", "m.yaml": METALLB.encode(), "images.tar.zst": b"packed"}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plays Docker with a shell script")


class Told(Silent):
    """What was told."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def source(tmp_path, home):
    """A small bundle as the workshop's is: without packages."""
    folder = tmp_path / "source"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    digests = {name: digest_of(folder / name) for name in FILES}
    facts = {
        "format": 1,
        "architecture": "amd64",
        "kubernetes": "v1.36.3",
        "kind": "v0.33.0",
        "node_image": NODE,
        "images": {"archive": "images.tar.zst", "sha256": digests["images.tar.zst"], "tags": [NODE, images.WORKLOAD]},
        "binaries": {name: {"path": f"bin/{name}", "sha256": digests[f"bin/{name}"]} for name in ("kind", "kubectl")},
        "metallb": {"version": "v0.16.2", "manifest": "m.yaml", "sha256": digests["m.yaml"]},
    }
    (folder / "bundle.json").write_text(json.dumps(facts))
    return bundles.open_bundle(home, folder)


@pytest.fixture
def downloads(monkeypatch):
    """Every download of packages, played: one wheel, named after the lock."""
    made = []

    def collect(order, facts):
        digest = digest_of(order.course / "requirements.lock")
        wheel = order.directory / "wheels" / f"{digest[:8]}.whl"
        wheel.parent.mkdir(exist_ok=True)
        wheel.write_bytes(digest.encode())
        made.append(wheel.name)
        files = {wheel.name: digest_of(wheel)}
        fits = [bundle_wheels.target_of(order)]
        return {"wheels": {"lock": digest, "for": fits, "directory": "wheels", "files": files}}

    parts = [
        part if part.name != "wheels" else bundle_create.Part("wheels", part.text, part.is_current, collect)
        for part in bundle_create.PARTS
    ]
    monkeypatch.setattr(bundle_create, "PARTS", tuple(parts))
    return made


@pytest.fixture
def order(tmp_path, home, source, downloads):
    return Order(tmp_path / "bundle", home, Told(), source, make_course(tmp_path / "course"), sys.executable)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bundle_from_another_one(order, home):
    create(order)
    made = bundles.open_bundle(home, order.directory)
    verify(made, Silent())
    assert made.node_image == NODE
    assert made.image_archive().read_bytes() == b"packed"
    assert made.metallb_manifest().read_bytes() == METALLB.encode()
    assert contents(order.directory).keys() == {
        "bundle.json", "bin/kind", "bin/kubectl", "images.tar.zst", "manifests/metallb-native.yaml",
        *(f"wheels/{name}" for name in made.facts["wheels"]["files"]),
    }  # fmt: skip


def test_everybody_may_read_it_and_run_its_programs(order):
    create(order)
    assert (order.directory / "bundle.json").stat().st_mode & 0o044 == 0o044
    assert (order.directory / "bin" / "kind").stat().st_mode & 0o111 == 0o111


def test_a_second_time_nothing_is_made(order, downloads):
    create(order)
    before = contents(order.directory)
    create(order)
    assert contents(order.directory) == before
    assert order.reporter.lines == [f"Already there: {part.name}" for part in bundle_create.PARTS]
    assert len(downloads) == 1


def test_what_was_interrupted_is_refused_and_then_finished(order, home, monkeypatch, downloads):
    *ready, last = bundle_create.PARTS

    def interrupt(order, facts):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(
            bundle_create, "PARTS", (*ready, bundle_create.Part(last.name, last.text, last.is_current, interrupt))
        )
        with pytest.raises(KeyboardInterrupt):
            create(order)
    with pytest.raises(MachineError, match="never finished") as refused:
        bundles.open_bundle(home, order.directory)
    assert f"lab bundle create {order.directory}" in refused.value.fix
    create(order)
    assert order.reporter.lines == [f"Already there: {part.name}" for part in ready]
    assert len(downloads) == 1
    verify(bundles.open_bundle(home, order.directory), Silent())


@pytest.mark.parametrize("name", ["bin/kind", "images.tar.zst", "manifests/metallb-native.yaml"])
def test_a_damaged_file_is_named_and_made_again(order, home, name):
    create(order)
    whole = contents(order.directory)
    (order.directory / name).write_bytes(b"damaged")
    with pytest.raises(MachineError, match=f"{name} is damaged"):
        verify(bundles.open_bundle(home, order.directory), Silent())
    create(order)
    assert contents(order.directory) == whole


def test_a_missing_file_is_named(order, home):
    create(order)
    (order.directory / "bin" / "kubectl").unlink()
    with pytest.raises(MachineError, match=r"lacks the file .*bin/kubectl"):
        verify(bundles.open_bundle(home, order.directory), Silent())


def test_a_damaged_source_is_refused_before_anything_is_taken(order, source):
    (source.directory / "images.tar.zst").write_bytes(b"damaged")
    with pytest.raises(MachineError, match=r"source/images.tar.zst is damaged"):
        create(order)
    assert not (order.directory / "bundle.json").exists()


def test_another_lock_renews_the_packages_only(order, downloads):
    create(order)
    (order.course / "requirements.lock").write_text(lines_of_lock(("packaging",)))
    facts = create(order)
    assert len(downloads) == 2
    assert list(facts["wheels"]["files"]) == downloads[1:]
    assert order.reporter.lines == [f"Already there: {name}" for name in ("binaries", "metallb", "images")]


def test_a_folder_with_other_things_is_left_alone(order):
    order.directory.mkdir()
    (order.directory / "thesis.tex").touch()
    with pytest.raises(MachineError, match="not empty"):
        create(order)
    assert list(contents(order.directory)) == ["thesis.tex"]


def test_a_bundle_of_another_format_is_left_alone(order):
    order.directory.mkdir()
    (order.directory / "bundle.json").write_text('{"format": 2}')
    with pytest.raises(MachineError, match="not a bundle's"):
        create(order)
    assert contents(order.directory) == {"bundle.json": b'{"format": 2}'}


def test_an_installed_course_has_no_lock(order):
    (order.course / "requirements.lock").unlink()
    with pytest.raises(MachineError, match="clone"):
        bundle_wheels.lock_of(order.course)


@pytest.fixture
def docker_that(tmp_path, monkeypatch):
    """A Docker with the images of a cluster; `holds` says whether the node image brings MetalLB's."""

    def make(*, holds: bool, saves: str = "printf layers"):
        program = tmp_path / "programs"
        program.mkdir(exist_ok=True)
        (program / "docker").write_text(f"""#!/bin/sh
echo "$*" >> {tmp_path}/asked
case "$*" in
"image ls"*) echo v1.36.3 ;;
"image inspect"*@sha256*|"image inspect"*metallb*) exit 1 ;;
"image inspect"*) echo sha256:1 ;;
"run "*grep*) {"true" if holds else "exit 1"} ;;
"pull "*) ;;
"save "*) {saves} ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac""")
        (program / "kind").write_text("#!/bin/sh\necho 'kind v0.33.0 go1.26 linux/amd64'\n")
        (program / "kubectl").write_text('#!/bin/sh\necho \'{"clientVersion": {"gitVersion": "v1.36.3"}}\'\n')
        for name in ("docker", "kind", "kubectl"):
            (program / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{program}:/usr/bin:/bin")
        return lambda: (tmp_path / "asked").read_text()

    return make


@pytest.fixture
def own(tmp_path, home, downloads, monkeypatch):
    """An order for a bundle of this machine's own images and programs."""
    monkeypatch.setattr(bundle_parts.metallb, "manifest", lambda *_: METALLB.encode())
    return Order(tmp_path / "bundle", home, Told(), None, make_course(tmp_path / "course"), sys.executable)


@pytest.mark.parametrize("holds", [True, False])
def test_a_bundle_of_dockers_own_images(own, home, docker_that, holds):
    asked = docker_that(holds=holds)
    create(own)
    made = bundles.open_bundle(home, own.directory)
    verify(made, Silent())
    more = () if holds else ("quay.io/metallb/controller:v0.16.2",)
    assert made.image_tags == (NODE, images.WORKLOAD, *more)
    assert f"save {' '.join(made.image_tags)}" in asked()
    assert ("pull" in asked()) is not holds
    assert (made.kubernetes, made.facts["kind"]) == ("v1.36.3", "v0.33.0")
    with made.image_archive().open("rb") as packed:
        assert zstandard.ZstdDecompressor().stream_reader(packed).read() == b"layers"


def test_images_that_docker_cannot_save(own, docker_that):
    docker_that(holds=True, saves="printf half; echo 'no space left on device' >&2; exit 1")
    with pytest.raises(MachineError, match="no space left"):
        create(own)
    assert not (own.directory / "images.tar.zst").exists()


def test_a_full_disk_is_told(order, monkeypatch):
    def copyfile(source, place):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", copyfile)
    with pytest.raises(MachineError, match="No space left"):
        create(order)
