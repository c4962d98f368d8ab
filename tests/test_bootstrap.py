"""`./lab` as a black box: a small course of its own, set up for real, with uv and with pip."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parent.parent
PACKAGES = ("editables", "hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers")
"""The least that can install the project itself; their lines are taken from the real lock."""
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "servicelab"
version = "0"
[tool.hatch.build.targets.wheel]
packages = ["servicelab"]
"""
MAIN = "import sys, hatchling\nprint('ran', *sys.argv[1:], sys.executable)\nsys.exit(7 if 'fail' in sys.argv else 0)\n"

spec = importlib.util.spec_from_file_location("bootstrap", COURSE / "tools" / "bootstrap.py")
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="lab.cmd is untested")


def lines_of_lock(names=PACKAGES) -> str:
    entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", (COURSE / "requirements.lock").read_text(), re.M | re.S)
    return "".join(entry for entry in entries if entry.split("==")[0] in names)


@pytest.fixture
def course(tmp_path) -> Path:
    """A course with a space in its path, whose `lab` prints `ran`."""
    course = tmp_path / "a course"
    (course / "tools").mkdir(parents=True)
    shutil.copy(COURSE / "lab", course)
    shutil.copy(COURSE / "tools" / "bootstrap.py", course / "tools")
    (course / "requirements.lock").write_text(lines_of_lock())
    (course / "pyproject.toml").write_text(PYPROJECT)
    package = course / "servicelab" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(MAIN)
    return course


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
    process = subprocess.Popen([course / "lab"], stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not unfinished.exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    os.killpg(process.pid, how)
    _, said = process.communicate(timeout=60)
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
