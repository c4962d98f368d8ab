"""The wheel carries the course: an installed Service Lab grades without the repository beside it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from jupyterlab_server.config import get_federated_extensions

COURSE = Path(__file__).resolve().parents[2]
GRADE = """
from servicelab.cluster.embedded import open_throwaway
from servicelab.course import load_course, read_notebook, run
course = load_course()
assert "site" in str(course.root), course.root
for lesson in course.lessons:
    assert (course.root / lesson.notebook).is_file()
for exercise in course.exercises:
    assert (course.root / exercise.grader).is_file(), f"{exercise.grader} is missing in pyproject.toml's force-include"
    assert (course.root / exercise.words).is_file(), f"{exercise.words} is missing in pyproject.toml's force-include"
    assert (course.root / exercise.fixture).is_file()
assert (course.root / "labconfig" / "default_setting_overrides.json").is_file()
released = read_notebook(course.root / "exercises" / "clusterip" / "clusterip.ipynb")
print(run("clusterip", released, open_throwaway()).score)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's files, unpacked."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(command, cwd=COURSE, check=True, capture_output=True, timeout=120)
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    return place / "site"


def test_an_installed_course_grades(installed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", GRADE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "0.0", done.stderr


def test_jupyterlab_finds_the_extension_of_an_installed_course(installed):
    (shared,) = installed.glob("*.data/data/share/jupyter/labextensions")
    found = get_federated_extensions([str(shared)])["servicelab"]
    for folder in (shared, installed / "servicelab" / "labextension"):
        assert (folder / "servicelab" / found["jupyterlab"]["_build"]["load"]).is_file()


def test_solutions_are_not_in_the_wheel(installed):
    names = [path.relative_to(installed).as_posix() for path in installed.rglob("*")]
    assert not [name for name in names if "solutions" in name or "mistakes" in name or name.startswith("tests/")]
