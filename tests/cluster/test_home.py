"""LAB_HOME: private, atomic, and safe from names that are paths."""

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.cluster import settings
from servicelab.cluster.home import Home, is_valid_name, make_private, read_json, write_private


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_lab_home_moves_everything(tmp_path):
    assert Home.find({"LAB_HOME": str(tmp_path / "mine")}).root == tmp_path / "mine"
    assert Home.find({}).root.name == "servicelab"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_directories_and_secrets_are_private(tmp_path):
    write_private(tmp_path / "a" / "b" / "secret", "word")
    assert [mode(place) for place in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]
    assert mode(tmp_path / "a" / "b" / "secret") == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "settings.json"
    write_private(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(target, "\udc80")
    assert target.read_text() == "old"
    assert [place.name for place in tmp_path.iterdir()] == ["settings.json"]


def test_a_damaged_json_file_counts_as_none(tmp_path):
    (tmp_path / "x.json").write_text('{"half": ')
    assert read_json(tmp_path / "x.json") == {}
    assert read_json(tmp_path / "none.json") == {}


@pytest.mark.parametrize("name", ["../x", "", "-a", "a-", "A", "a/b", "a" * 31, "a.b", "."])
def test_names_that_cannot_be_clusters(tmp_path, name):
    with pytest.raises(ValueError, match="cannot name a cluster"):
        Home(tmp_path).cluster("kind", name)


@given(st.text(max_size=40))
def test_a_valid_name_stays_one_directory_below_clusters(name):
    if is_valid_name(name):
        home = Home(Path("/somewhere"))
        assert home.cluster("kind", name).parent.parent == home.clusters


def test_two_kinds_of_one_name_do_not_share_files(tmp_path):
    home = Home(tmp_path)
    assert home.cluster("kind", "lab") != home.cluster("embedded", "lab")
    assert home.lock_file("kind", "lab") != home.lock_file("embedded", "lab")


def test_remembering_one_thing_keeps_the_others(tmp_path):
    home = Home(make_private(tmp_path / "home"))
    home.settings_file.write_text('{"later": 1}')
    settings.remember(home, cluster="kind")
    settings.remember(home, student="ada")
    assert settings.load(home) == settings.Settings("kind", "ada")
    assert read_json(home.settings_file)["later"] == 1
