"""The book builds without a warning, has a page for every lesson, and loads nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from servicelab.course import load_course

COURSE = Path(__file__).resolve().parent.parent
FROM_ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]+\"")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The site of the lessons as they are written: their runs are made by their own tests, which CI builds from."""
    site = tmp_path_factory.mktemp("book") / "site"
    words = [COURSE / "tools" / "build_book.py", "--runs", COURSE / "lessons", "--output", site]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return site


def test_every_lesson_has_a_page_in_its_unit(book):
    index = (book / "index.html").read_text("utf-8")
    for lesson in load_course(COURSE).lessons:
        page = Path(lesson.notebook).with_suffix(".html")
        assert (book / page).is_file()
        assert f'href="{page}"' in index
    assert all(unit.title in index for unit in load_course(COURSE).units)


def test_nothing_is_loaded_from_elsewhere(book):
    for page in book.rglob("*.html"):
        assert FROM_ELSEWHERE.findall(page.read_text("utf-8")) == [], page.name
