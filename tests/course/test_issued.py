"""Values that an instructor issued: the same at home as in the class, for this student alone."""

import json

import pytest

from servicelab.cluster import settings
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.course import issued, load_course, owner

CLUSTERIP, NODEPORT = (load_course().exercise(slug) for slug in ("clusterip", "nodeport"))
KEY = {"LAB_VARIANT_KEY": "secret"}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def file(home, tmp_path):
    """Ada's values for one exercise."""
    given = owner(home, KEY, student="Ada").variant(CLUSTERIP, home)
    path = tmp_path / "ada.json"
    path.write_text(issued.written("Ada", [(CLUSTERIP, given)]))
    return path


def test_home_and_class_agree_by_the_values_alone(home, file):
    settings.remember(home, student=issued.keep(home, file))
    ada = owner(home, {})
    assert ada.variant(CLUSTERIP, home) == owner(home, KEY, student="ada").variant(CLUSTERIP, home)
    assert ada.secret == b""


def test_what_was_not_issued_follows_from_the_id(home, file):
    settings.remember(home, student=issued.keep(home, file))
    assert owner(home, {}).variant(NODEPORT, home) != owner(home, KEY, student="ada").variant(NODEPORT, home)


def test_anothers_values_do_not_count(home, file):
    issued.keep(home, file)
    settings.remember(home, student="bob")
    assert owner(home, {}).issued == {}


def test_values_of_another_shape_do_not_count(home, file):
    told = json.loads(file.read_text())
    del told["values"]["clusterip"]["port"]
    assert issued.variant_of(told["values"], CLUSTERIP) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"student": 1, "values": {}}'])
def test_another_file_is_refused(home, tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(MachineError, match="holds no student's values"):
        issued.keep(home, tmp_path / "x.json")
