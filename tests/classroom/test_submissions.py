"""Submissions are data: what lies in a student's folder is taken in without following links, and odd things say so."""

import json
import os

import nbformat
import pytest

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.submissions import find_folders, printable, read_submitted, take_in
from tests.classroom.classes import COURSE, RELEASE, SLUG, SOLUTION
from tests.classroom.doors import Doors


@pytest.fixture
def doors(tmp_path):
    return Doors.make(tmp_path / "course")


@pytest.fixture
def submitted(doors):
    return CourseDirectory.find(doors.root).submitted


def read(submitted, student):
    return read_submitted(take_in(submitted, student, SLUG), SLUG, RELEASE.read_bytes(), COURSE.version)


def test_an_honest_submission_has_no_flags(doors, submitted):
    doors.submit("ada", SOLUTION)
    found = read(submitted, "ada")
    assert found.flags == ()
    assert found.submission.manifests == {"web.yaml": SOLUTION}


def test_a_notebook_of_another_course_version_is_flagged(doors, submitted):
    path = doors.submit("ada", SOLUTION)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["servicelab"]["course_version"] = "0.0"
    nbformat.write(notebook, path)
    assert "course version 0.0" in read(submitted, "ada").flags[0]


def test_a_notebook_by_another_name_is_read_and_flagged(doors, submitted):
    path = doors.submit("ada", SOLUTION)
    path.rename(path.with_name("my-homework.ipynb"))
    found = read(submitted, "ada")
    assert found.submission.manifests == {"web.yaml": SOLUTION}
    assert "my-homework.ipynb" in found.flags[0]


@pytest.mark.parametrize("which", ["notebook", "exercise", "student"])
def test_a_link_to_anothers_work_is_not_followed(doors, submitted, which):
    ada = doors.submit("ada", SOLUTION)
    place = submitted / "eve" / SLUG / f"{SLUG}.ipynb"
    link, target = {
        "notebook": (place, ada),
        "exercise": (place.parent, ada.parent),
        "student": (place.parent.parent, ada.parent.parent),
    }[which]
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    assert find_folders(submitted, SLUG).students == ("ada", "eve")
    found = read(submitted, "eve")
    assert not found.submission.notebook_ok
    assert found.flags


@pytest.mark.parametrize("cells", [[None], [{"cell_type": "code", "source": [1, None]}], [{"cell_type": "code"}]])
def test_odd_notebooks_are_read(doors, submitted, cells):
    doors.submit("eve", None).write_text(json.dumps({"cells": cells}))
    assert read(submitted, "eve").flags


def test_what_is_no_file_is_not_waited_for(doors, submitted):
    path = doors.submit("eve", None)
    path.unlink()
    os.mkfifo(path)
    assert "no notebook clusterip.ipynb" in take_in(submitted, "eve", SLUG).problem


def test_a_notebook_that_may_not_be_read_says_so(doors, submitted, monkeypatch):
    doors.submit("eve", None)
    monkeypatch.setattr(os, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert take_in(submitted, "eve", SLUG).problem == "The notebook cannot be opened: Permission denied."


def test_folders_that_cannot_be_a_student_are_refused(submitted):
    names = ["ada", "x" * 129, "line\nbreak", "red\x1b[31m", "half\udcff", ".hidden"]
    for name in names:
        (submitted / name / SLUG).mkdir(parents=True)
    found = find_folders(submitted, SLUG)
    assert found.students == ("ada",)
    assert len(found.refused) == 4
    assert all(name.isprintable() for name, _ in found.refused)


def test_what_a_terminal_would_obey_is_not_shown():
    assert printable("a\x1b[2Jb\nc\u202ed") == "a�[2Jb�c�d"
    assert len(printable("a" * 1000)) == 201
