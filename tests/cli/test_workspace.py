import pytest

from servicelab.cli.workspace import Fetched, Workspace
from servicelab.cluster.home import Home


@pytest.fixture
def course(tmp_path):
    for name, text in (("lessons/01.ipynb", "one"), ("exercises/web/web.ipynb", "starter")):
        path = tmp_path / "course" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path / "course"


@pytest.fixture
def mine(course, tmp_path):
    return Workspace(tmp_path / "mine", course)


def test_copies_lessons_and_exercises(mine):
    assert mine.fetch() == Fetched(added=["lessons/01.ipynb", "web/web.ipynb"])
    assert (mine.root / "web/web.ipynb").read_text() == "starter"
    assert mine.fetch() == Fetched()


def test_never_overwrites_what_the_learner_changed(mine, course):
    mine.fetch()
    (mine.root / "web/web.ipynb").write_text("my work")
    assert mine.fetch() == Fetched()
    (course / "exercises/web/web.ipynb").write_text("new starter")
    for _ in range(2):
        assert mine.fetch() == Fetched(outdated=["web/web.ipynb"])
        assert (mine.root / "web/web.ipynb").read_text() == "my work"


def test_never_overwrites_a_file_it_did_not_copy(mine):
    (mine.root / "lessons").mkdir(parents=True)
    (mine.root / "lessons/01.ipynb").write_text("mine from before")
    assert mine.fetch().outdated == ["lessons/01.ipynb"]
    assert (mine.root / "lessons/01.ipynb").read_text() == "mine from before"


def test_an_untouched_copy_follows_the_course(mine, course):
    mine.fetch()
    (course / "lessons/01.ipynb").write_text("one, better")
    assert mine.fetch() == Fetched(updated=["lessons/01.ipynb"])
    assert (mine.root / "lessons/01.ipynb").read_text() == "one, better"


def test_a_deleted_copy_comes_back_new(mine, course):
    mine.fetch()
    (mine.root / "web/web.ipynb").unlink()
    assert mine.fetch().added == ["web/web.ipynb"]


def test_copies_of_a_read_only_course_can_be_written(mine, course):
    (course / "lessons/01.ipynb").chmod(0o444)
    mine.fetch()
    assert (mine.root / "lessons/01.ipynb").stat().st_mode & 0o200


def test_hidden_files_stay_behind(mine, course):
    (course / "lessons/.ipynb_checkpoints").mkdir()
    (course / "lessons/.ipynb_checkpoints/01.ipynb").write_text("old")
    assert mine.fetch().added == ["lessons/01.ipynb", "web/web.ipynb"]


def test_stands_beside_the_course_unless_lab_home_is_set(course, tmp_path):
    home = Home(tmp_path / "home")
    assert Workspace.find(home, course, {}).root == course / "work"
    assert Workspace.find(home, course, {"LAB_HOME": str(home.root)}).root == home.root / "work"
