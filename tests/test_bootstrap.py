"""`./lab` as a black box: a small course of its own, set up for real, with uv and with pip."""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.small_course import PACKAGES, lines_of_lock, make_course

COURSE = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("bootstrap", COURSE / "tools" / "bootstrap.py")
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="lab.cmd is untested")


@pytest.fixture
def course(tmp_path) -> Path:
    """A small course with a space in its path."""
    return make_course(tmp_path / "a course")


@pytest.fixture(params=["uv", "pip"])
def installer(request, tmp_path, monkeypatch) -> str:
    """Which installer `lab` finds."""
    if request.param == "uv" and shutil.which("uv") is None:
        pytest.skip("no uv on this machine")
    if request.param == "pip":
        only_python = tmp_path / "bin"
        only_python.mkdir()
        (only_python / "python3").symlink_to(Path(sys.executable).resolve())
        monkeypatch.setenv("PATH", f"{only_python}:/usr/bin:/bin")
        if shutil.which("uv"):
            pytest.skip("uv is among the system's own programs")
    return request.param


def lab(course: Path, *words: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [course / "lab", *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_sets_up_once_and_then_only_runs(course, installer):
    first = lab(course, "start", "--port", "1")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("ran start --port 1")
    assert str(course / ".venv") in first.stdout
    assert "Setting up Service Lab" in first.stderr
    second = lab(course, "fail")
    assert (second.returncode, second.stderr) == (7, "")


def test_runs_from_elsewhere_and_through_a_link(course, tmp_path):
    link = tmp_path / "lab-link"
    link.symlink_to(course / "lab")
    done = subprocess.run([link], cwd="/", capture_output=True, text=True, timeout=200, check=False)
    assert done.stdout.startswith("ran"), done.stderr
    assert str(course / ".venv") in done.stdout


def test_a_changed_lock_is_followed(course, installer):
    def has_zstandard() -> bool:
        asked = [course / ".venv/bin/python", "-c", "import zstandard"]
        return subprocess.run(asked, stderr=subprocess.DEVNULL, check=False).returncode == 0

    lock = course / "requirements.lock"
    lock.write_text(lines_of_lock((*PACKAGES, "zstandard")))
    lab(course)
    assert has_zstandard()
    lock.write_text(lines_of_lock())
    assert "Setting up" in lab(course).stderr
    assert not has_zstandard(), "what is no longer in the lock must go"


def test_a_moved_course_is_set_up_again(course, tmp_path):
    lab(course)
    moved = course.rename(tmp_path / "elsewhere")
    done = lab(moved)
    assert "Setting up" in done.stderr
    assert str(moved / ".venv") in done.stdout


def test_two_first_starts_at_once_set_up_once(course):
    both = [
        subprocess.Popen([course / "lab"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Setting up Service Lab" in err for _, err in said) == 1
    assert all(out.startswith("ran") for out, _ in said)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_set_up_is_done_again(course, how):
    unfinished = course / ".venv" / bootstrap.UNFINISHED
    for _ in range(5):  # on a busy machine a small set-up may end before it is interrupted
        process = subprocess.Popen([course / "lab"], stderr=subprocess.PIPE, text=True, start_new_session=True)
        deadline = time.monotonic() + 60
        while not unfinished.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        _, said = process.communicate(timeout=60)
        if process.returncode != 0:
            break
        shutil.rmtree(course / ".venv")
    assert process.returncode != 0
    assert unfinished.exists()
    if how is signal.SIGINT:
        assert "interrupted" in said
        assert "Traceback" not in said
    again = lab(course)
    assert again.returncode == 0, again.stderr
    assert not unfinished.exists()


def test_another_folder_named_like_the_environment_is_left_alone(course):
    mine = course / ".venv" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    done = lab(course)
    assert done.returncode == 1
    assert "Move it away" in done.stderr
    assert mine.read_text() == "mine"


def test_a_wrong_hash_is_refused(course, installer, tmp_path):
    lock = course / "requirements.lock"
    lock.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", lock.read_text()))
    done = lab(course, UV_CACHE_DIR=str(tmp_path / "cache"), PIP_NO_CACHE_DIR="1")
    assert done.returncode == 1
    assert "its hash differs" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_network_is_told(course, installer, tmp_path):
    nowhere = "http://127.0.0.1:9/simple"
    done = lab(
        course,
        UV_INDEX_URL=nowhere,
        UV_DEFAULT_INDEX=nowhere,
        UV_CACHE_DIR=str(tmp_path / "cache"),
        UV_HTTP_RETRIES="0",
        PIP_INDEX_URL=nowhere,
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="0",
    )
    assert done.returncode == 1
    assert "could not be downloaded" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_python_is_told(course, tmp_path):
    tools = tmp_path / "tools only"
    tools.mkdir()
    for tool in ("cat", "cmp", "readlink", "uname"):
        (tools / tool).symlink_to(shutil.which(tool))
    done = lab(course, PATH=str(tools))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "sudo apt install python3" in done.stderr


def without_write_access() -> list[str]:
    """What makes even root keep to the permissions of files."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere here")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


def test_a_read_only_install_keeps_its_environment_in_lab_home(course, tmp_path):
    home = tmp_path / "my home"
    variables = {**os.environ, "LAB_HOME": str(home)}
    prefix = without_write_access()
    for folder in (course / "servicelab", course):
        folder.chmod(0o555)
    try:
        for said in ("Setting up", ""):
            done = subprocess.run(
                [*prefix, course / "lab"], env=variables, capture_output=True, text=True, timeout=200, check=False
            )
            assert done.returncode == 0, done.stderr
            assert str(home / "venv") in done.stdout
            assert said in done.stderr if said else done.stderr == ""
    finally:
        for folder in (course, course / "servicelab"):
            folder.chmod(0o755)
    assert not (course / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("error: failed to write: No space left on device (os error 28)", "The disk is full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "The disk is full"),
        ("[Errno 122] Disk quota exceeded: 'x'", "The disk is full"),
        ("[Errno 13] Permission denied: '/srv/course/.venv'", "Set LAB_HOME"),
        ("something else\nentirely", "The installer's last words:\n  something else\n  entirely"),
    ],
)
def test_an_installers_words_are_explained(said, told):
    assert told in bootstrap.explain(said, Path("/srv/course/.venv"))


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> Path:
    """A bundle that holds the small course's packages for this Python, and nothing else."""
    from servicelab.cluster.bundle_parts import Order
    from servicelab.cluster.bundle_wheels import collect
    from servicelab.cluster.home import Home
    from servicelab.cluster.progress import Silent

    folder = tmp_path_factory.mktemp("bundle with wheels")
    small = make_course(tmp_path_factory.mktemp("small") / "course")
    order = Order(folder, Home(folder / "home"), Silent(), None, small, sys.executable)
    (folder / "bundle.json").write_text(json.dumps({"format": 1} | collect(order, {})))
    return folder


@pytest.fixture
def bundle(wheels, tmp_path) -> Path:
    """A copy of it that a test may damage."""
    return shutil.copytree(wheels, tmp_path / "the bundle")


NOWHERE = "http://127.0.0.1:9"
OFFLINE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE),
    **dict.fromkeys(("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"), f"{NOWHERE}/simple"),
    **{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1", "UV_HTTP_RETRIES": "0"},
}


@pytest.mark.parametrize(
    ("words", "variable", "named"),
    [
        ("start --bundle /b", None, "/b"),
        ("start --bundle=/b --port 1", None, "/b"),
        ("start --bundle /b", "/other", "/b"),
        ("start", "/other", "/other"),
        ("start --bundle", None, None),
        ("start", None, None),
    ],
)
def test_which_bundle_is_named(monkeypatch, words, variable, named):
    monkeypatch.delenv("LAB_BUNDLE", raising=False)
    if variable:
        monkeypatch.setenv("LAB_BUNDLE", variable)
    assert bootstrap.named_bundle(words.split()) == (Path(named) if named else None)


def test_a_bundle_needs_no_network(course, installer, bundle, tmp_path):
    done = lab(course, "start", "--bundle", str(bundle), **OFFLINE, UV_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ran start")


def test_a_damaged_wheel_is_refused_by_name(course, bundle):
    wheel = next((bundle / "wheels").glob("pluggy*"))
    wheel.write_bytes(wheel.read_bytes()[:-1])
    done = lab(course, "start", "--bundle", str(bundle))
    assert done.returncode == 1
    assert f"{wheel} is damaged" in done.stderr
    wheel.unlink()
    assert f"lacks the file {wheel}" in lab(course, "start", "--bundle", str(bundle)).stderr


def test_a_bundle_of_another_course_is_refused_by_name(course, bundle):
    (course / "requirements.lock").write_text(lines_of_lock((*PACKAGES, "zstandard")))
    done = lab(course, "start", "--bundle", str(bundle))
    assert done.returncode == 1
    assert f"{bundle / 'bundle.json'} is of another version of this course" in done.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"for": ["Python 3.10, Linux riscv64"]}, "are for Python 3.10, Linux riscv64; this is Python 3."),
        ({"files": {"../../etc/passwd": "0"}}, "lacks the file"),
        ({"lock": None}, "another version"),
        ({"files": None}, "is damaged"),
    ],
)
def test_a_bundle_that_does_not_fit(course, bundle, change, told):
    facts = json.loads((bundle / "bundle.json").read_text())
    facts["wheels"] |= change
    (bundle / "bundle.json").write_text(json.dumps(facts))
    done = lab(course, "start", "--bundle", str(bundle))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert told in done.stderr


def test_a_wheel_that_the_bundle_never_had(course, bundle):
    facts = json.loads((bundle / "bundle.json").read_text())
    gone = next(name for name in facts["wheels"]["files"] if name.startswith("pluggy"))
    del facts["wheels"]["files"][gone]
    (bundle / "wheels" / gone).unlink()
    (bundle / "bundle.json").write_text(json.dumps(facts))
    done = lab(course, "start", "--bundle", str(bundle))
    assert done.returncode == 1
    assert "lacks a package that fits this machine" in done.stderr


def test_no_bundle_and_an_unfinished_one(course, bundle):
    assert "There is no bundle in" in lab(course, "start", "--bundle", str(bundle / "elsewhere")).stderr
    (bundle / "bundle.json").rename(bundle / "unfinished.json")
    assert "never finished" in lab(course, "start", "--bundle", str(bundle)).stderr


def test_a_bundle_without_packages_is_no_source_of_them(bundle):
    (bundle / "bundle.json").write_text('{"format": 1}')
    assert bootstrap.wheels_of(bundle) is None
