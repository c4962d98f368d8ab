"""Which kubectl a learner gets."""

import hashlib
import sys

import httpx2
import pytest

from servicelab.cluster import kubectl
from servicelab.cluster.home import Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plays kubectl with shell scripts")


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def path_with(tmp_path, monkeypatch):
    """A PATH with one directory for each version given, each with a kubectl of that version."""

    def make(*versions):
        places = []
        for number, version in enumerate(versions):
            place = tmp_path / f"path{number}"
            place.mkdir(exist_ok=True)
            program = place / "kubectl"
            program.write_text(f'#!/bin/sh\necho \'{{"clientVersion": {{"gitVersion": "{version}"}}}}\'\n')
            program.chmod(0o755)
            places.append(place)
        monkeypatch.setenv("PATH", ":".join(map(str, places)) or "/nowhere")
        return places

    return make


def never(question):
    raise AssertionError("asked, although nothing is to be downloaded")


def test_one_on_the_path_is_used(home, path_with):
    (place,) = path_with("v1.36.3")
    found = kubectl.provide(home, ask=never)
    assert (found.version, found.path) == ("v1.36.3", home.bin / "kubectl")
    assert found.path.resolve() == (place / "kubectl").resolve()
    assert found.is_real


def test_an_old_one_is_noticed_and_not_preferred(home, path_with):
    old, new = path_with("v1.28.4", "v1.31.0")
    found = kubectl.provide(home, ask=never)
    assert found.path.resolve() == (new / "kubectl").resolve()
    assert f"Older than 1.31 and not used: {old / 'kubectl'} (v1.28.4)" in found.note


def test_without_one_the_stand_in_is_given_and_said(home, path_with):
    path_with()
    found = kubectl.provide(home)
    assert (found.version, found.is_real) == ("stand-in", False)
    assert "https://kubernetes.io/docs/tasks/tools/" in found.note
    assert "servicelab.cluster.standin" in found.path.read_text()


def test_an_old_one_alone_gives_the_stand_in(home, path_with):
    path_with("v1.30.9")
    found = kubectl.provide(home)
    assert not found.is_real
    assert "(v1.30.9)" in found.note


def test_a_real_one_replaces_the_stand_in_later(home, path_with):
    path_with()
    kubectl.provide(home)
    path_with("v1.36.3")
    assert kubectl.provide(home).is_real


def test_the_labs_own_directory_on_the_path_is_not_a_kubectl(home, path_with, monkeypatch):
    path_with()
    kubectl.provide(home)
    monkeypatch.setenv("PATH", str(home.bin))
    assert not kubectl.provide(home).is_real
    elsewhere = Home(home.root.parent / "other")
    assert not kubectl.provide(elsewhere).is_real, "another lab's stand-in is no kubectl"


def test_a_broken_program_is_passed_over(home, path_with):
    broken, _ = path_with("v1.36.3", "v1.35.0")
    (broken / "kubectl").write_text("#!/bin/sh\nexit 1\n")
    assert kubectl.provide(home).version == "v1.35.0"


@pytest.fixture
def download_gives(monkeypatch):
    """The download site, answering with these bytes (None: it cannot be reached)."""

    def make(content, digest=None):
        def answer(request):
            if content is None:
                raise httpx2.ConnectError("no such host")
            return httpx2.Response(200, content=content)

        real = httpx2.Client
        monkeypatch.setattr(httpx2, "Client", lambda **options: real(transport=httpx2.MockTransport(answer)))
        monkeypatch.setattr(kubectl.platform, "system", lambda: "Linux")
        monkeypatch.setattr(kubectl, "machine_architecture", lambda: "amd64")
        if digest:
            monkeypatch.setitem(kubectl.DIGESTS, ("linux", "amd64"), digest)

    return make


def test_a_download_is_asked_for_and_verified(home, path_with, download_gives):
    path_with()
    program = b'#!/bin/sh\necho \'{"clientVersion": {"gitVersion": "v1.36.3"}}\'\n'
    download_gives(program, hashlib.sha256(program).hexdigest())
    asked = []
    found = kubectl.provide(home, ask=lambda question: asked.append(question) or True)
    assert len(asked) == 1
    assert "dl.k8s.io" in asked[0]
    assert (found.version, found.is_real) == ("v1.36.3", True)
    assert kubectl.provide(home, ask=never).note.startswith("kubectl v1.36.3 downloaded before")


def test_a_no_is_respected(home, path_with, download_gives):
    path_with()
    download_gives(None)
    assert not kubectl.provide(home, ask=lambda question: False).is_real


def test_other_bytes_than_expected_are_thrown_away(home, path_with, download_gives):
    path_with()
    download_gives(b"something else")
    found = kubectl.provide(home, ask=lambda question: True)
    assert not found.is_real
    assert "sha256 differs" in found.note
    assert not (home.root / "downloads").exists()


def test_a_system_without_a_known_digest_is_refused_plainly(home, path_with, monkeypatch):
    path_with()
    monkeypatch.setattr(kubectl.platform, "system", lambda: "Windows")
    found = kubectl.provide(home, ask=never)
    assert "no verified download for Windows" in found.note


def test_the_digests_are_digests():
    assert all(len(bytes.fromhex(digest)) == 32 for digest in kubectl.DIGESTS.values())
    assert len(set(kubectl.DIGESTS.values())) == len(kubectl.DIGESTS)
