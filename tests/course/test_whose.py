"""Whose variant it is: a folder's, a student's, the learner's own; and that the key stays with the instructor."""

import pytest

from servicelab.cluster import settings
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.course import Progress, load_course, owner
from servicelab.course.variant import code_of, reference, secret_of
from servicelab.course.whose import class_key, student_of

CLUSTERIP = load_course().exercise("clusterip")
KEY = {"LAB_VARIANT_KEY": "secret"}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def test_without_a_class_one_keeps_what_chance_gave(home, tmp_path):
    first = owner(home, {}).variant(CLUSTERIP, home)
    assert owner(home, {}).variant(CLUSTERIP, home) == first != reference(CLUSTERIP)
    elsewhere = Home(tmp_path / "elsewhere")
    assert owner(elsewhere, {}).variant(CLUSTERIP, elsewhere).seed != first.seed


def test_a_solution_that_was_shown_brings_fresh_values(home):
    first = owner(home, {}).variant(CLUSTERIP, home)
    Progress(home).record_solution_shown("clusterip")
    assert owner(home, {}).variant(CLUSTERIP, home) != first


def test_a_students_folder_says_whose_it_is(home, tmp_path):
    for step in ("submitted", "autograded"):
        folder = tmp_path / "course" / step / "Ada" / "clusterip"
        assert student_of(folder) == "Ada"
        assert owner(home, KEY, folder=folder).secret == secret_of(b"secret", "ada")
    assert student_of(tmp_path / "work" / "clusterip") is None


def test_home_and_instructor_agree_by_the_code_alone(home):
    """The student has no key, only what the instructor handed out; a fresh variant does not come in between."""
    code = code_of(secret_of(b"secret", "ada"))
    settings.remember(home, student="ada", code=code)
    Progress(home).record_solution_shown("clusterip")
    at_home = owner(home, {})
    assert at_home.variant(CLUSTERIP, home) == owner(home, KEY, student="Ada").variant(CLUSTERIP, home)
    assert code not in repr(at_home)


def test_without_a_key_the_id_alone_decides(home, tmp_path):
    settings.remember(home, student="ada")
    assert owner(home, {}).secret == owner(home, {}, student="ADA").secret


def test_a_damaged_code_is_the_machines_fault(home):
    settings.remember(home, student="ada", code="ABC")
    with pytest.raises(MachineError, match="lab whoami --set"):
        owner(home, {})


def test_the_key_is_in_the_environment_or_in_class_toml(tmp_path):
    folder = tmp_path / "submitted" / "ada"
    folder.mkdir(parents=True)
    assert class_key({}, folder) is None
    (tmp_path / "class.toml").write_text('variant_key = "from the file"\n')
    assert class_key({}, folder) == b"from the file"
    assert class_key(KEY, folder) == b"secret"
    (tmp_path / "class.toml").write_text("variant_key")
    with pytest.raises(MachineError, match=r"class\.toml cannot be read"):
        class_key({}, folder)


def test_authors_see_the_reference(home, tmp_path):
    author = owner(home, {"LAB_VARIANT": "reference"}, folder=tmp_path / "submitted" / "ada" / "clusterip")
    assert author.variant(CLUSTERIP, home) == reference(CLUSTERIP)
