"""What was made for another version of the course is graded with that one, or held and never quietly with this one."""

import json
import shutil

import pytest

from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.grade import Grading
from servicelab.classroom.submissions import find_folders
from servicelab.classroom.versions import courses, made_for
from servicelab.cluster.base import MachineError
from servicelab.course import load_course
from servicelab.course.variant import secret_of, variant
from tests.classroom.classes import COURSE, SLUG, SOLUTION
from tests.classroom.doors import Doors
from tests.support.command import run_here

POINTS = COURSE.exercise(SLUG).points
KEY = "a key"
OLD = "0.0"


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """The course as it was before: ports came from another range then."""
    folder = tmp_path_factory.mktemp("old") / "course"
    for name in ("graders", "cluster-config", "exercises"):
        shutil.copytree(COURSE.root / name, folder / name)
    text = (COURSE.root / "course.toml").read_text()
    text = text.replace(f'version = "{COURSE.version}"', f'version = "{OLD}"', 1)
    (folder / "course.toml").write_text(text.replace("numbers = [6000, 6999]", "numbers = [4000, 4999]"))
    return folder


@pytest.fixture(scope="module")
def doors(tmp_path_factory, old):
    """ada's is made for this version, bob's for the old one, and eve's for one that nobody has."""
    made = Doors.make(tmp_path_factory.mktemp("versions") / "course")
    (made.root / "class.toml").write_text(f'variant_key = "{KEY}"\n')
    for student, version in {"ada": COURSE.version, "bob": OLD, "eve": "9.9"}.items():
        course = load_course(old) if version == OLD else COURSE
        own = variant(course.exercise(SLUG), secret_of(KEY.encode(), student))
        path = made.submit(student, own.rendered(SOLUTION))
        notebook = json.loads(path.read_text())
        notebook["metadata"]["servicelab"]["course_version"] = version
        path.write_text(json.dumps(notebook))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LAB_VARIANT")
        patch.setenv("LAB_CLUSTER", "embedded")
        patch.setenv("LAB_HOME", str(made.root / "home"))
        patch.chdir(made.root)
        yield made


def grade(doors, **settings):
    directory = CourseDirectory.find(doors.root)
    with Grading(directory, SLUG, find_folders(directory.submitted, SLUG).students, **settings) as grading:
        return {one.student: one for one in grading.results(1, 60)}


def test_another_version_is_held_until_its_course_is_named(doors, old):
    first = grade(doors)
    assert not first["ada"].held and not first["ada"].flags
    for student, version in {"bob": OLD, "eve": "9.9"}.items():
        assert "--course-version VERSION=DIR" in first[student].held.why
        assert f"made for course version {version}; it is graded with {COURSE.version}" in first[student].flags[0]
    again = grade(doors, versions={OLD: old})
    assert again.keys() == {"bob"}, "nothing else changed"
    assert again["bob"].result.score > first["bob"].result.score
    assert again["bob"].result.score == first["ada"].result.score
    assert again["bob"].result.course_version == OLD and not again["bob"].held
    assert again["bob"].flags == (f"It was judged by version {OLD} of the course, for which it was made.",)
    assert not grade(doors, versions={OLD: old})


def test_class_toml_and_the_command_line_name_it(doors, old, capsys):
    path = doors.root / "class.toml"
    before = path.read_text()
    path.write_text(f'{before}[versions]\n"{OLD}" = "{old}"\n')
    assert ClassFile.find(doors.root, COURSE).versions == {OLD: old}
    assert grade(doors, force=True)["bob"].result.course_version == OLD
    path.write_text(before)
    words = ("grade", SLUG, "--jobs", "1", "--course-version")
    done = run_here(capsys, *words, f"{OLD}={old}")
    assert "0 submissions graded; 3 did not change" in done.stdout
    assert "write VERSION=DIR" in run_here(capsys, *words, "0.0").stderr


def test_a_wrong_folder_says_so(tmp_path, old):
    with pytest.raises(MachineError, match=r"holds version 0\.0, not 0\.5"):
        courses({"0.5": old}, SLUG, POINTS)
    with pytest.raises(MachineError, match="holds no course"):
        courses({OLD: tmp_path}, SLUG, POINTS)
    with pytest.raises(MachineError, match=r"10 points in version 0\.0, and 3 here"):
        courses({OLD: old}, SLUG, 3)
    assert courses({OLD: old}, "not-yet-there", 3) == {}


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('{"cells": [], "metadata": {"servicelab": {"course_version": "0.3"}}}', "0.3"),
        (
            '{"cells": [{"metadata": {"course_version":"1"}}], "metadata": {"servicelab": {"course_version" : "2"}}}',
            "2",
        ),
        (json.dumps({"cells": [{"source": '"course_version": "7"'}]}), None),
        ("{", None),
    ],
)
def test_the_version_is_looked_for_where_metadata_stands(text, version):
    assert made_for(text.encode()) == version
