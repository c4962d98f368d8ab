"""Submissions from folders and downloads: whose they are, which counts, and nothing outside of submitted/."""

from datetime import UTC, datetime, timedelta

import pytest

from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.collect import collect, submitted_at
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.handing_in import archive, receipt
from servicelab.classroom.layout import Layout
from servicelab.classroom.roster import Roster
from servicelab.cluster.base import MachineError
from servicelab.course import load_course
from tests.classroom import rosters

COURSE = load_course()
SLUG = "clusterip"
PEOPLE = rosters.students()
MADE = {
    Layout.CANVAS: rosters.canvas,
    Layout.MOODLE: rosters.moodle_worksheet,
    Layout.BLACKBOARD: rosters.blackboard,
    Layout.FOLDER: rosters.plain,
}


class Class:
    """A course directory, and what is collected into it."""

    def __init__(self, root):
        self.root = root
        root.mkdir()
        self.directory = CourseDirectory.find(root)

    def roster(self, data):
        (self.root / "roster.csv").write_bytes(data)

    def terms(self, text):
        (self.root / "class.toml").write_text(text)

    def take(self, source, **options):
        terms = ClassFile.find(self.root, COURSE)
        return collect(self.directory, terms, SLUG, source, Roster.of(self.root), **options)

    def place(self, student):
        return self.directory.submitted / student / SLUG

    def notebook(self, student):
        return (self.place(student) / f"{SLUG}.ipynb").read_bytes()

    def files(self):
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def course(tmp_path):
    return Class(tmp_path / "course")


def download(tmp_path, files):
    return rosters.download(tmp_path / "download.zip", files)


@pytest.mark.parametrize("layout", MADE)
def test_a_class_of_sixty_in_each_layout(course, tmp_path, layout):
    """All but the last have handed in; the layout is found out."""
    course.roster(MADE[layout](PEOPLE))
    handed_in = PEOPLE[:-1]
    files = {rosters.file_name(layout, one, "clusterip.ipynb"): one["id"].encode() for one in handed_in}
    done = course.take(download(tmp_path, files))
    identity = "email" if layout is Layout.MOODLE else "id"
    assert done.new == sorted(one[identity] for one in handed_in)
    assert done.missing == [PEOPLE[-1][identity]]
    assert done.refused == []
    for one in handed_in:
        assert course.notebook(one[identity]) == one["id"].encode()
    again = course.take(download(tmp_path, files))
    assert (again.new, len(again.same)) == ([], len(handed_in))


def test_blackboards_names_say_when(course, tmp_path):
    course.roster(rosters.blackboard(PEOPLE))
    course.take(download(tmp_path, {rosters.file_name(Layout.BLACKBOARD, PEOPLE[0], "clusterip.ipynb"): b"{}"}))
    assert submitted_at(course.place("u1000")).astimezone() == datetime(2026, 11, 20, 10, 30).astimezone()


def test_who_it_is_says_no_notebook(course, tmp_path):
    """A receipt, a file's name or a path inside that names another changes nothing but the notes."""
    course.roster(rosters.canvas(PEOPLE))
    told = receipt(SLUG, "u1001", b"{}", "0.1")
    name = rosters.file_name(Layout.CANVAS, PEOPLE[0], "clusterip-u1001.zip")
    done = course.take(download(tmp_path, {name: archive(b"{}", told)}))
    assert done.new == ["u1000"]
    assert "the receipt names u1001" in [note for _, note in done.notes]


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        (Layout.FOLDER, "u1000/u1001/clusterip/clusterip.ipynb"),
        (Layout.FOLDER, "submitted/u1000/submitted/u1001/clusterip.ipynb"),
        (Layout.FOLDER, "download/u1000/clusterip/u1001.ipynb"),
        (
            Layout.BLACKBOARD,
            "Week 1_u1000_attempt_2026-11-20-10-30-00_x_u1001_attempt_2026-11-20-10-30-00_clusterip.ipynb",
        ),
        (Layout.BLACKBOARD, "Week 1_u1000_attempt_2026-99-20-10-30-00_clusterip.ipynb"),
        (Layout.CANVAS, "x_70000_1_y_70001_2_clusterip.ipynb"),
        (Layout.MOODLE, "Ada Lovelace_70000_assignsubmission_file_/Bo Lovelace_70001_assignsubmission_file_/x.ipynb"),
        (Layout.MOODLE, "Ada Lovelace_70000_assignsubmission_file_Bo Lovelace_70001_assignsubmission_file_x.ipynb"),
    ],
)
def test_nobody_hands_in_for_another(course, tmp_path, layout, name):
    """What a student can choose, names below their folder and the end of a file's name, does not say who it is."""
    course.roster(MADE[layout](PEOPLE))
    done = course.take(download(tmp_path, {name: b"{}"}))
    assert done.new == ["u1000@example.org" if layout is Layout.MOODLE else "u1000"]


def test_nor_from_a_folder_that_is_nobodys(course, tmp_path):
    course.roster(rosters.plain(PEOPLE))
    files = {"mallory/u1001/clusterip.ipynb": b"forged", "u1000/clusterip.ipynb": b"{}"}
    done = course.take(download(tmp_path, files))
    assert (done.new, len(done.refused)) == (["u1000"], 1)


def test_a_changed_notebook_is_not_its_receipts(course, tmp_path):
    course.roster(rosters.plain(PEOPLE))
    told = receipt(SLUG, "u1000", b"{}", "0.1")
    done = course.take(download(tmp_path, {"u1000/x.zip": archive(b"[]", told)}))
    assert ("u1000", "the notebook is not the one of its receipt") in done.notes


def test_strangers_and_what_cannot_be_read_are_listed(course, tmp_path):
    course.roster(rosters.plain(PEOPLE))
    files = {"mallory/clusterip.ipynb": b"{}", "u1000/x.zip": b"no archive", "u1001/clusterip.ipynb": b"{}"}
    done = course.take(download(tmp_path, files))
    assert done.new == ["u1001"]
    assert dict(done.refused).keys() == {"mallory/clusterip.ipynb", "u1000"}


def test_paths_in_an_archive_lead_nowhere(course, tmp_path):
    names = ["../../escaped/clusterip.ipynb", "/tmp/absolute/clusterip.ipynb", "../clusterip.ipynb", "clusterip.ipynb"]
    before = set(tmp_path.rglob("*"))
    source = download(tmp_path, dict.fromkeys(names, b"{}"))
    done = course.take(source)
    assert {path.parts[0] for path in map(type(tmp_path), course.files())} <= {"submitted"}
    outside = {path for path in set(tmp_path.rglob("*")) - before if not path.is_relative_to(course.root)}
    assert outside == {source}
    assert all(student.isalnum() for student in done.new)


def test_links_are_not_followed(course, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(b"secret")
    source = tmp_path / "handed-in"
    (source / "eve").mkdir(parents=True)
    (source / "eve" / "clusterip.ipynb").symlink_to(secret)
    (source / "mal").symlink_to(tmp_path)
    with pytest.raises(MachineError, match="holds no notebook"):
        course.take(source)


def test_ids_are_normalised(course, tmp_path):
    done = course.take(download(tmp_path, {" ADA /clusterip/clusterip.ipynb": b"{}"}))
    assert done.new == ["ada"]


@pytest.mark.parametrize("attempts", ["last", "first"])
def test_a_second_attempt(course, tmp_path, attempts):
    course.terms(f'attempts = "{attempts}"')
    for content in (b"one", b"two", b"two"):
        done = course.take(download(tmp_path, {"ada/clusterip.ipynb": content}))
    assert course.notebook("ada") == (b"two" if attempts == "last" else b"one")
    (kept,) = [name for name in course.files() if name.startswith("attempts/ada/clusterip/")]
    assert (course.root / kept).read_bytes() == (b"one" if attempts == "last" else b"two")
    assert (done.same if attempts == "last" else done.beside) == ["ada"]


def test_an_older_one_does_not_take_the_place_of_a_newer(course, tmp_path):
    now = datetime(2026, 12, 1, tzinfo=UTC)
    for content, when in ((b"new", now), (b"old", now - timedelta(days=1))):
        done = course.take(
            download(tmp_path, {"ada/x.zip": archive(content, receipt(SLUG, "ada", content, "0.1", when))})
        )
    assert course.notebook("ada") == b"new" and done.beside == ["ada"]
    assert submitted_at(course.place("ada")) == now


def test_canvas_has_the_last_upload_among_several(course, tmp_path):
    course.roster(rosters.canvas(PEOPLE))
    number = PEOPLE[0]["number"]
    files = {f"x_{number}_1_clusterip.ipynb": b"one", f"x_{number}_20_clusterip-1.ipynb": b"two"}
    course.take(download(tmp_path, files))
    assert course.notebook("u1000") == b"two"


def test_numbers_need_a_roster(course, tmp_path):
    source = download(tmp_path, {rosters.file_name(Layout.CANVAS, PEOPLE[0], "clusterip.ipynb"): b"{}"})
    with pytest.raises(MachineError, match="no roster that tells whose they are"):
        course.take(source)


def test_a_damaged_download_loses_only_what_is_damaged(course, tmp_path):
    course.roster(rosters.plain(PEOPLE))
    source = download(tmp_path, {"u1000/clusterip.ipynb": b"first " * 50, "u1001/clusterip.ipynb": b"second"})
    source.write_bytes(source.read_bytes().replace(b"first first", b"fxrst first", 1))
    done = course.take(source)
    assert done.new == ["u1001"]
    assert "cannot be read" in dict(done.refused)["u1000"]


def test_two_that_could_be_it(course, tmp_path):
    done = course.take(download(tmp_path, {"ada/a/clusterip.ipynb": b"1", "ada/b/clusterip.ipynb": b"2"}))
    assert "2 files that could be clusterip" in done.refused[0][1]


def test_a_table_names_the_files(course, tmp_path):
    source = download(tmp_path, {"0001.ipynb": b"ada's", "0002.ipynb": b"nobody's"})
    naming = tmp_path / "files.csv"
    naming.write_text("file,id,submitted\n0001.ipynb,Ada,2026-12-01T10:00Z\n0003.ipynb,eve,\n")
    assert course.take(source, naming=naming).new == ["ada"]
    assert submitted_at(course.place("ada")) == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_a_group_hands_in_once(course, tmp_path):
    course.terms("groups = true")
    course.roster(rosters.plain(PEOPLE[:4], group=["red", "red", "blue", ""]))
    files = {"u1001/clusterip.ipynb": b"red's", "blue/clusterip.ipynb": b"blue's"}
    done = course.take(download(tmp_path, files))
    assert done.new == ["blue", "red"]
    assert done.missing == ["u1003"]


def test_what_nobody_can_know_is_said(course, tmp_path):
    course.roster(rosters.canvas(PEOPLE))
    due = "2026-12-01T00:00:00Z"
    course.terms(f'[[assignment]]\nexercise = "clusterip"\ndue = {due}\n')
    early = receipt(SLUG, "u1001", b"{}", "0.1", datetime(2026, 11, 1, tzinfo=UTC))
    late = f"x_LATE_{PEOPLE[1]['number']}_1_x.zip"
    plain = rosters.file_name(Layout.CANVAS, PEOPLE[0], "clusterip.ipynb")
    notes = " ".join(
        note for _, note in course.take(download(tmp_path, {plain: b"{}", late: archive(b"{}", early)})).notes
    )
    assert "nothing says when it was handed in" in notes
    assert "the platform says it was late" in notes
    assert "by the clock of the student's own machine" in notes
