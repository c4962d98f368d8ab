"""A class of sixty from its roster to its marks, in each platform's form, and with both kinds of gradebook."""

import shutil
import uuid

import pytest

from servicelab.classroom.roster import Roster
from tests.classroom import rosters
from tests.classroom.classes import SLUG, SOLUTION, WRONG
from tests.classroom.doors import Doors
from tests.classroom.rosters import Layout
from tests.support.command import run_here

PEOPLE = rosters.students()
SCORES = {"right": 10.0, "wrong": 2.0, "untouched": 0.0}
TERMS = """
[late]
percent_per_day = 10
[[assignment]]
exercise = "clusterip"
due = {due}
"""


def sort_of(number):
    """What a student hands in: two thirds are right, the last two nothing."""
    if number >= len(PEOPLE) - 2:
        return None
    return ["right", "right", "wrong"][number % 3] if number else "untouched"


EXPECTED = {person["id"]: SCORES.get(sort_of(number)) for number, person in enumerate(PEOPLE)}


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """The bytes that are handed in."""
    doors = Doors.make(tmp_path_factory.mktemp("made") / "course")
    manifests = {"right": SOLUTION, "wrong": WRONG, "untouched": None}
    return {sort: doors.submit(sort, manifest).read_bytes() for sort, manifest in manifests.items()}


def download(path, layout, notebooks):
    kept = [(person, sort_of(number)) for number, person in enumerate(PEOPLE) if sort_of(number)]
    files = {rosters.file_name(layout, person, f"{SLUG}.ipynb"): notebooks[sort] for person, sort in kept}
    return rosters.download(path, files)


class Class:
    """A course directory in which commands are typed."""

    def __init__(self, root, capsys):
        self.root = root
        self._capsys = capsys

    def lab(self, *words, code=0):
        done = run_here(self._capsys, *map(str, words))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def marks(self, *words, code=0):
        """What `lab class export` writes: rows by column name."""
        self.lab("class", "export", self.root / "marks.csv", *words, code=code)
        table = Roster.read(self.root / "marks.csv").table
        return [dict(zip(table.header, row, strict=True)) for row in table.rows]


@pytest.fixture(scope="module")
def graded(tmp_path_factory, notebooks):
    """A class whose submissions came from a folder download, graded."""
    root = Doors.make(tmp_path_factory.mktemp("class") / "course").root
    (root / "roster.csv").write_bytes(rosters.plain(PEOPLE))
    source = download(root / "download.zip", Layout.FOLDER, notebooks)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("LAB_CLUSTER", "embedded")
        course = Class(root, None)
        course.lab("collect", SLUG, source)
        course.lab("grade", SLUG, "--jobs", "2")
    return root


@pytest.fixture
def course(graded, tmp_path, monkeypatch, capsys):
    """A copy of it."""
    root = shutil.copytree(graded, tmp_path / "course")
    monkeypatch.chdir(root)
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    return Class(root, capsys)


def terms(course, due="2026-01-01T00:00:00Z", more=""):
    (course.root / "class.toml").write_text(TERMS.format(due=due) + more)


FORMS = {
    "canvas": (Layout.CANVAS, rosters.canvas, "SIS Login ID", f"{rosters.TITLE} (222)"),
    "moodle": (Layout.MOODLE, rosters.moodle_participants, "ID number", rosters.TITLE),
    "blackboard": (Layout.BLACKBOARD, rosters.blackboard, "Username", f"{rosters.TITLE} [Total Pts: 10 Score]"),
    "csv": (Layout.FOLDER, rosters.plain, "id", SLUG),
}


@pytest.mark.parametrize("form", FORMS)
def test_roster_in_submissions_in_marks_out(course, tmp_path, notebooks, form):
    """And what went out, taken in again as the platform's table, changes nothing."""
    layout, roster, identity, column = FORMS[form]
    terms(course)
    (tmp_path / "roster.csv").write_bytes(roster(PEOPLE))
    assert f"60 students; the table is of the form {form}" in course.lab("class", "roster", tmp_path / "roster.csv")
    source = download(tmp_path / "submissions.zip", layout, notebooks)
    assert "58 as before" in course.lab("collect", SLUG, source)
    rows = course.marks()
    marks = {row[identity].lower(): row[column] for row in rows if row[identity].lower() in EXPECTED}
    assert marks == {student: f"{score or 0.0:.2f}" for student, score in EXPECTED.items()}
    first = (course.root / "marks.csv").read_bytes()
    said = course.lab("class", "export", tmp_path / "again.csv", "--roster", course.root / "marks.csv")
    assert "published before" not in said
    assert (tmp_path / "again.csv").read_bytes() == first
    if form == "canvas":
        assert rows[0][column] == "10" and "Homework (111)" not in rows[0]


def test_moodles_worksheet_has_its_own_maximum(course, tmp_path):
    worksheet = rosters.moodle_worksheet(PEOPLE).decode("utf-8-sig").replace(",Yes,", ",No,", 1)
    (tmp_path / "worksheet.csv").write_text(worksheet, "utf-8", newline="")
    rows = course.marks("--roster", tmp_path / "worksheet.csv", "--exercise", SLUG)
    by_name = {row["Full name"]: row["Grade"] for row in rows}
    names = [f"{person['first']} {person['last']}" for person in PEOPLE]
    assert by_name[names[0]] == ""  # it says that this grade cannot be changed
    assert [by_name[name] for name in names[1:4]] == ["100.00", "20.00", "100.00"]


def test_a_worksheet_is_for_one_exercise(course, tmp_path):
    terms(course, more='\n[[assignment]]\nexercise = "nodeport"\ndue = 2026-01-01T00:00:00Z\n')
    (tmp_path / "worksheet.csv").write_bytes(rosters.moodle_worksheet(PEOPLE))
    said = course.lab("class", "export", tmp_path / "x.csv", "--roster", tmp_path / "worksheet.csv", code=1)
    assert "is for one assignment" in said


def test_another_platforms_form_needs_its_table(course, tmp_path):
    assert "takes marks in a table of its own" in course.lab("class", "export", "x.csv", "--format", "canvas", code=1)
    (course.root / "roster.csv").write_bytes(rosters.canvas(PEOPLE))
    assert {"id", SLUG, "percent"} <= course.marks("--format", "csv")[0].keys()


def test_late_extended_and_not_handed_in(course):
    """One is a day and a bit late, one too, but with an extension; who hands in nothing gets 0 once it was due."""
    extension = '\n[[extension]]\nstudent = "U1004"\nuntil = 2026-01-05T00:00:00Z\n'
    terms(course, more=extension)
    for student in ("u1001", "u1004"):
        (course.root / "submitted" / student / SLUG / "timestamp.txt").write_text("2026-01-02 03:00:00 UTC")
    marks = {row["id"].lower(): row[SLUG] for row in course.marks("--exercise", SLUG)}
    assert (marks["u1001"], marks["u1004"], marks["u1058"]) == ("8.00", "10.00", "0.00")
    terms(course, due="2999-01-01T00:00:00Z")
    assert {row["id"].lower(): row[SLUG] for row in course.marks("--exercise", SLUG)}["u1058"] == ""


def test_formgrader_sees_the_same(course):
    """The penalty, the dates and the extension are nbgrader's own fields."""
    from nbgrader.api import Gradebook

    terms(course, more='\n[[extension]]\nstudent = "u1004"\nuntil = 2026-01-05T00:00:00Z\n')
    (course.root / "submitted" / "u1001" / SLUG / "timestamp.txt").write_text("2026-01-02 03:00:00 UTC")
    course.marks("--exercise", SLUG)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db", "servicelab") as book:
        late = book.find_submission(SLUG, "u1001")
        assert (late.score, late.late_submission_penalty, late.total_seconds_late) == (10, 2, 27 * 3600)
        assert book.find_submission(SLUG, "u1004").extension.days == 4


def test_a_group_has_one_submission_and_each_member_the_mark(course):
    groups = ["u1001" if number in (0, 1) else f"g{number}" for number in range(len(PEOPLE))]
    (course.root / "roster.csv").write_bytes(rosters.plain(PEOPLE, group=groups))
    (course.root / "class.toml").write_text("groups = true\n")
    marks = {row["id"].lower(): row[SLUG] for row in course.marks("--exercise", SLUG)}
    assert marks["u1000"] == marks["u1001"] == "10.00"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_overrides_published_marks_and_regrades(course, kind, request, monkeypatch):
    """The whole flow, in both kinds of gradebook."""
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        monkeypatch.setenv("LAB_GRADEBOOK", server.create(uuid.uuid4().hex))
        course.lab("grade", SLUG)
    reason = "the question was ambiguous"
    course.lab("class", "override", SLUG, "--student", "U1002", "--score", "7.5", "--reason", reason)
    one = ("--student", "u1001", "--student", "u1002", "--force", "--jobs", "1")
    course.lab("grade", SLUG, *one)

    def marks(*words, code=0):
        return {row["id"].lower(): row[SLUG] for row in course.marks("--exercise", SLUG, *words, code=code)}

    assert (marks()["u1002"], marks()["u1001"]) == ("7.50", "10.00")
    notebook = course.root / "submitted" / "u1001" / SLUG / f"{SLUG}.ipynb"
    right, wrong = notebook.read_bytes(), (notebook.parents[2] / "u1002" / SLUG / notebook.name).read_bytes()
    notebook.write_bytes(wrong)
    page = course.root / "feedback" / "u1001" / SLUG / f"{SLUG}.html"
    before = page.read_text()
    # shown, and nothing is written: neither gradebook nor page
    assert "u1001                10 → 2" in course.lab("grade", SLUG, *one[:2], "--apply", code=3)
    assert marks()["u1001"] == "10.00" and page.read_text() == before
    # lower when asked, in both places
    course.lab("grade", SLUG, *one[:2], "--apply", "--lower")
    assert page.read_text() != before
    said = course.lab("class", "export", "x.csv", "--exercise", SLUG, code=1)
    assert "published before: u1001, clusterip: 10.00 → 2.00" in said and "would become lower: u1001" in said
    assert marks("--lower")["u1001"] == "2.00"
    # higher when asked
    notebook.write_bytes(right)
    assert "u1001                2 → 10" in course.lab("grade", SLUG, *one[:2], code=3)
    course.lab("grade", SLUG, *one[:2], "--apply")
    assert marks()["u1001"] == "10.00"
    # an override is taken back
    course.lab("class", "override", SLUG, "--student", "u1002", "--remove")
    assert marks("--lower")["u1002"] == "2.00"


def test_an_override_survives_the_loss_of_the_gradebook(course):
    course.lab("class", "override", SLUG, "--student", "u1002", "--score", "9", "--reason", "as agreed")
    (course.root / "gradebook.db").unlink()
    course.lab("grade", SLUG)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.root}/gradebook.db", "servicelab") as book:
        (notebook,) = book.find_submission(SLUG, "u1002").notebooks
        assert notebook.score == 9 and not notebook.needs_manual_grade
        assert [comment.manual_comment for comment in notebook.comments if comment.manual_comment] == [
            "A person gave this score: as agreed"
        ]


def test_what_has_no_score_does_not_go_out_unasked(course, tmp_path):
    """A submission that was not graded, and one that waits for a person."""
    from nbgrader.api import Gradebook

    (course.root / "submitted" / "u1058" / SLUG).mkdir(parents=True)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db", "servicelab") as book:
        grade = book.find_grade(f"{SLUG}-checks", SLUG, SLUG, "u1003")
        grade.auto_score, grade.needs_manual_grade = None, True
        book.db.commit()
    said = course.lab("class", "export", tmp_path / "x.csv", "--exercise", SLUG, code=1)
    assert "2 submissions have no final score: u1003 (clusterip), u1058 (clusterip)" in said
    assert not (tmp_path / "x.csv").exists()
    marks = {row["id"].lower(): row[SLUG] for row in course.marks("--exercise", SLUG, "--allow-incomplete")}
    assert marks["u1003"] == marks["u1058"] == ""


def test_a_draft_is_not_published(course):
    course.marks("--exercise", SLUG, "--draft")
    notebook = course.root / "submitted" / "u1001" / SLUG / f"{SLUG}.ipynb"
    notebook.write_bytes((course.root / "submitted" / "u1002" / SLUG / notebook.name).read_bytes())
    course.lab("grade", SLUG, "--student", "u1001")


def test_the_total_is_weighted(course):
    (course.root / "class.toml").write_text(
        '[[assignment]]\nexercise = "clusterip"\nweight = 3\n'
        '[[assignment]]\nexercise = "nodeport"\nweight = 1\ndue = 2026-01-01T00:00:00Z\n'
    )
    totals = {row["id"].lower(): row["percent"] for row in course.marks()}
    assert (totals["u1001"], totals["u1002"], totals["u1000"]) == ("75.00", "15.00", "0.00")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("override", SLUG, "--student", "u1001", "--score", "11", "--reason", "x"), "has 10 points"),
        (("override", SLUG, "--student", "u1001", "--score", "1"), "--reason"),
        (("override", SLUG, "--student", "nobody", "--score", "1", "--reason", "x"), "no graded submission"),
        (("export", "x.csv", "--format", "other"), "choose canvas"),
    ],
)
def test_mistakes_say_what_to_do(course, words, said):
    done = run_here(course._capsys, "class", *words)
    assert done.returncode in (1, 2)
    assert said in " ".join((done.stdout + done.stderr).replace("│", "").split())


def test_decisions_that_cannot_be_read_are_not_made_anew(course):
    (course.root / "decisions.sqlite").write_text("this is no database, and long enough to be seen" * 50)
    assert "Restore it" in course.lab("class", "export", "x.csv", code=1)


def test_without_a_class_file_what_nobody_has_is_left_out(course):
    assert set(course.marks("--draft")[0]) == {"id", "name", "email", SLUG, "percent"}


def test_a_class_file_that_is_wrong_is_told_before_anything_is_graded(course):
    (course.root / "class.toml").write_text("nmae = 1")
    assert "there is no setting “nmae”" in course.lab("grade", SLUG, "--force", code=1)
