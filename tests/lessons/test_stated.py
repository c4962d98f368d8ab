"""What a text states is found, and whether the cells show it."""

import nbformat.v4 as v4

from tests.lessons.stated import is_shown, not_shown, stated


def test_code_and_numbers_are_stated_and_not_links_or_the_lessons_time():
    text = "30 minutes. The range is 30000-32767, with `port: 80`: see [lesson 04](04.ipynb). A rule of 1 in 3."
    assert list(stated(text)) == ["30000-32767", "port: 80"]


def test_a_part_that_stands_for_something_need_not_be_shown():
    assert is_shown("KUBE-SVC-…", "-A KUBE-SVC-ABC")
    assert is_shown("node/NAME", "%probe node/lab-worker")
    assert is_shown("port: 80", "- port:\t80".replace("\t", " "))
    assert not is_shown("KUBE-EXT-…", "-A KUBE-SVC-ABC")
    assert not is_shown("30036", "30037")


def test_what_no_cell_shows_is_told():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("It answers at 8080, not at 8081."), v4.new_code_cell("")])
    assert not_shown(notebook, "answered by web at 8080") == {"8081"}
