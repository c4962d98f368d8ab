"""A submission that fits another's variant throughout is held with the evidence; it is never silently 0."""

import json
import re
import stat

import pytest

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.grade import Grading
from servicelab.classroom.ledger import NAME, Ledger
from servicelab.classroom.resemblance import resemblance, values_written
from servicelab.classroom.submissions import find_folders
from servicelab.cluster.home import Home
from servicelab.course import load_course, owner, read_notebook
from servicelab.course.variant import secret_of, variant
from tests.classroom.classes import SLUG, SOLUTION, WRONG
from tests.classroom.doors import Doors
from tests.support.command import run_here

COURSE = load_course()
EXERCISE = COURSE.exercise(SLUG)
ADA, BOB, EVE = (variant(EXERCISE, secret_of(b"a key", name)) for name in ("ada", "bob", "eve"))


def written(text):
    return values_written(EXERCISE, {"web.yaml": text})


def found(text, own=BOB, others=None):
    return resemblance(EXERCISE, written(text), own, others or {"ada": ADA, "eve": EVE})


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda one: one.slug)
def test_a_solution_has_only_values_of_its_own_variant(exercise):
    """The reference's values are nobody's, and a manifest's constants are none that a variant might have."""
    manifests = read_notebook(COURSE.root / "solutions" / exercise.slug / f"{exercise.slug}.ipynb").manifests
    assert not values_written(exercise, manifests)
    own = variant(exercise, secret_of(b"a key", "ada"))
    theirs = values_written(exercise, {name: own.rendered(text) for name, text in manifests.items()})
    assert len(theirs) >= 2 and theirs <= {str(value) for value in own.values.values()}


def test_anothers_solution_is_found_with_the_odds_of_chance():
    there = found(ADA.rendered(SOLUTION))
    assert there.student == "ada" and there.score is None
    assert there.values == ADA.values
    assert there.chance == pytest.approx(1 / (12 * 12 * 1000 * 1000))
    assert there.odds == "1 in 144,000,000"
    without = found(ADA.rendered(SOLUTION.replace("  namespace: shop\n", "")))
    assert without.values == {name: value for name, value in ADA.values.items() if name != "namespace"}
    assert without.odds == "1 in 12,000,000"


def test_what_is_ones_own_or_a_mixture_or_one_word_is_not_held():
    assert found(BOB.rendered(SOLUTION)) is None
    assert found(ADA.rendered(SOLUTION), others={"eve": EVE}) is None
    mixed = ADA.rendered(SOLUTION).replace(str(ADA.value("port")), str(BOB.value("port")))
    assert found(mixed) is None
    assert found(f"metadata: {{name: {ADA.value('service')}}}") is None
    assert found(SOLUTION) is None and found("") is None


def test_words_count_whole_and_outside_comments():
    name, port = ADA.value("service"), ADA.value("port")
    assert written(f"a: {name}-1\nb: my{name}\nc: {port}0 # {name} {port}\n#{name}") == set()
    assert written(f"a: {name}.{ADA.value('namespace')}:{port}") == {name, ADA.value("namespace"), str(port)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """bob and eve hand in ada's; zoe is on the roster only, and yan has hers. walter's own is wrong."""
    doors = Doors.make(tmp_path_factory.mktemp("resembling") / "course")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LAB_VARIANT")
        patch.setenv("LAB_CLUSTER", "embedded")
        patch.setenv("LAB_HOME", str(doors.root / "home"))
        patch.chdir(doors.root)
        (doors.root / "class.toml").write_text('variant_key = "a key"\n')
        (doors.root / "roster.csv").write_text("id,name\nada,Ada\nbob,Bob\neve,Eve\nwalter,W\nyan,Yan\nzoe,Zoe\n")
        home = Home.find()
        whose = {"ada": "ada", "bob": "ada", "yan": "zoe", "walter": "walter"}
        for student, other in whose.items():
            own = owner(home, student=other, folder=doors.root).variant(EXERCISE, home)
            doors.submit(student, own.rendered(WRONG if student == "walter" else SOLUTION))
        yield doors


def grade(doors, **settings):
    directory = CourseDirectory.find(doors.root)
    with Grading(directory, SLUG, find_folders(directory.submitted, SLUG).students, **settings) as grading:
        return {one.student: one for one in grading.results(2, 60)}


def test_it_is_held_with_both_scores(graded):
    done = grade(graded)
    assert {student for student, one in done.items() if one.held} == {"bob", "yan"}
    bob = done["bob"]
    assert bob.held.resembles.student == "ada" and done["yan"].held.resembles.student == "zoe"
    assert bob.result.score < bob.held.resembles.score
    assert "ada's values throughout (service " in bob.held.why and "1 in 144,000,000" in bob.held.why
    assert not grade(graded), "nothing changed"
    with Ledger(graded.root / NAME, SLUG) as ledger:
        assert ledger.held() == {student: done[student].held for student in ("bob", "yan")}


def test_a_held_score_goes_out_only_once_a_person_decided(graded, capsys):
    from nbgrader.api import Gradebook

    grade(graded)
    done = run_here(capsys, "class", "export", "marks.csv")
    assert "2 submissions have no final score: bob (clusterip), yan (clusterip)" in done.stderr
    with Gradebook(f"sqlite:///{graded.root}/gradebook.db", "servicelab") as book:
        waiting = [one.student.id for one in book.assignment_submissions(SLUG) if one.needs_manual_grade]
        assert waiting == ["bob", "yan"]
    for student, points in {"bob": "0", "yan": "10"}.items():
        words = ("--student", student, "--score", points, "--reason", "we spoke about it")
        assert run_here(capsys, "class", "override", SLUG, *words).returncode == 0
    assert run_here(capsys, "class", "export", "marks.csv", "--draft").returncode == 0
    assert not any(one.held for one in grade(graded, force=True).values()), "they are decided"
    assert run_here(capsys, "class", "export", "marks.csv", "--draft").returncode == 0
    done = run_here(capsys, "class", "override", SLUG, "--student", "bob", "--remove")
    assert "bob, clusterip: needs a person" in done.stdout
    assert "1 submissions" in run_here(capsys, "class", "export", "marks.csv").stderr
    assert run_here(capsys, "class", "override", SLUG, "--student", "yan", "--remove").returncode == 0


def test_lab_grade_says_what_is_held_and_ends_with_3(graded, capsys):
    done = run_here(capsys, "grade", SLUG, "--force", "--jobs", "2")
    assert done.returncode == 3
    assert "held: Its manifests have ada's values throughout" in done.stdout
    assert "Held: 2. Their scores are provisional until you decide: lab class override clusterip" in done.stdout


def test_the_report_puts_the_evidence_side_by_side(graded, capsys):
    grade(graded)
    done = run_here(capsys, "report", SLUG)
    assert "Fit another student's values throughout: 2." in done.stdout
    folder = graded.root / "report"
    evidence = folder / f"{SLUG}-side-by-side.html"
    assert stat.S_IMODE(evidence.stat().st_mode) == 0o600
    page = evidence.read_text()
    assert "bob, with the values of ada" in page and "is 1 in 144,000,000; of" in page
    assert "0.000000035 are expected" in page, "five others"
    assert page.count(str(ADA.value("port"))) >= 4, "in the table twice, and in both manifests"
    assert "yan, with the values of zoe" in page and "Nothing that can be read was handed in." in page
    report = (folder / f"{SLUG}.html").read_text()
    assert "2 submissions fit another student's values throughout" in report
    assert not [name for name in ("bob", "yan", "walter") if name in report]
    assert not {str(value) for value in ADA.values.values()} & set(re.findall(r"[\w-]+", report)), "whose they have"
    assert json.loads((folder / f"{SLUG}.json").read_text())["resembling"] == 2
