"""`lab report`: a page that stands alone, can be read without pictures, and names nobody."""

import json
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.grade import Grading
from servicelab.classroom.submissions import find_folders
from servicelab.cluster.home import Home
from servicelab.course import load_course, owner
from tests.classroom.classes import SLUG, SOLUTION, WRONG
from tests.classroom.doors import Doors
from tests.support.command import run_here

COURSE = load_course()
EXERCISE = COURSE.exercise(SLUG)
STUDENTS = {"adalovelace": SOLUTION, "grace": SOLUTION, "mallory": WRONG, "trudy": WRONG, "walter": None}
VOID_ELEMENTS = {"meta", "br", "link", "img"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.headings = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID_ELEMENTS and tag != "rect":
            self.open.append(tag)
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def count(self, tag):
        return self.tags.count(tag)


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """A class with variants, one of whom writes another's name into the manifest; the page and the data."""
    doors = Doors.make(tmp_path_factory.mktemp("report") / "course")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LAB_VARIANT")
        patch.setenv("LAB_VARIANT_KEY", "a key")
        patch.setenv("LAB_HOME", str(doors.root / "home"))
        patch.chdir(doors.root)
        home = Home.find()
        for student, manifest in STUDENTS.items():
            variant = owner(home, student=student).variant(EXERCISE, home)
            written = variant.rendered(manifest) if manifest else None
            doors.submit(student, written and written.replace("wbe", "grace") if student == "trudy" else written)
        directory = CourseDirectory.find(doors.root)
        with Grading(directory, SLUG, find_folders(directory.submitted, SLUG).students) as grading:
            list(grading.results(2, 60))

        assert run_here(None, "report", SLUG).returncode == 0
    folder = doors.root / "report"
    return (folder / f"{SLUG}.html").read_text(), json.loads((folder / f"{SLUG}.json").read_text())


def test_pictures_first_and_a_table_for_each(reported):
    page = Page(reported[0])
    assert page.count("svg") == page.count("table") == page.count("caption") == 3
    assert page.tags.index("svg") < page.tags.index("table")
    pictures = [attributes for tag, attributes in page.attributes if tag == "svg"]
    assert all(one["role"] == "img" and len(one["aria-label"]) > 40 for one in pictures)
    assert all(attributes.get("scope") for tag, attributes in page.attributes if tag == "th")


def test_headings_are_in_order(reported):
    headings = Page(reported[0]).headings
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_nothing_is_loaded_from_elsewhere(reported):
    page = Page(reported[0])
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not [attributes for _, attributes in page.attributes if {"src", "href"} & attributes.keys()]
    assert "@import" not in reported[0] and "url(" not in reported[0]


def test_page_and_data_say_the_same(reported):
    page, data = reported
    assert data["students"] == 5
    causes = {cause["id"]: cause["students"] for cause in data["causes"]}
    assert causes["selector-matches-nothing"] == 2
    for cause in data["causes"]:
        assert cause["name"] in page
    assert data["checks"][0]["outcomes"].keys() == {"passed", "failed", "skipped", "void", "error"}


def test_nobody_is_named(reported):
    """Neither by an id, nor by the values that are a student's own."""
    for text in (reported[0], json.dumps(reported[1])):
        assert not [student for student in STUDENTS if student in text.casefold()]
    examples = [one["words"] for cause in reported[1]["causes"] for one in cause["examples"]]
    selects = [words for words in examples if "selects" in words]
    assert sorted(selects) == [
        "The Service web selects app=wbe. No Pod in the namespace shop has that.",
        "The Service web selects app=…. No Pod in the namespace shop has that.",
    ]


def test_what_a_student_wrote_is_no_html(tmp_path):
    from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
    from servicelab.classroom.report import page
    from servicelab.classroom.statistics import of_class

    evil = "<script>alert(1)</script>"
    check = CheckResult("c", evil, 1, CheckOutcome.FAILED, actual=evil, cause="wrong-port")
    told = of_class({"x": ExerciseResult(SLUG, (check,), "embedded", "0.1")}, {}, lambda _, text: text)
    assert "<script" not in page(told, COURSE, EXERCISE)


def test_nothing_graded_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    done = run_here(capsys, "report", SLUG)
    assert done.returncode == 1 and "Grade first: lab grade clusterip" in done.stderr
