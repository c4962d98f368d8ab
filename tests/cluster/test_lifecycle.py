"""Which kind of cluster a learner gets, and why."""

import pytest

from servicelab.cluster import lifecycle
from servicelab.cluster.home import Home


def test_embedded_when_nothing_was_said(tmp_path):
    assert lifecycle.choose(Home(tmp_path)).kind == "embedded"


def test_the_remembered_one_unless_asked_otherwise(tmp_path):
    home = Home(tmp_path)
    lifecycle.remember(home, "kind")
    assert lifecycle.choose(home) == lifecycle.Choice("kind", "you chose it before")
    assert lifecycle.choose(home, "embedded") == lifecycle.Choice("embedded", "you asked for it")


def test_an_unknown_kind(tmp_path):
    with pytest.raises(ValueError, match="choose embedded or kind"):
        lifecycle.choose(Home(tmp_path), "k3s")


def test_what_was_remembered_and_is_no_kind_is_ignored(tmp_path):
    home = Home(tmp_path)
    lifecycle.remember(home, "k3s")
    assert lifecycle.choose(home).kind == "embedded"
