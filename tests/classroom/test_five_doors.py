"""Notebook cell, `lab check`, `nbgrader validate`, `nbgrader autograde`, `lab grade`: the same score by each."""

from html import unescape

import pytest

from servicelab.checks import checks_of
from servicelab.cluster.embedded import open_throwaway
from servicelab.cluster.home import Home
from servicelab.course import load_course
from servicelab.course.engine import load_grader
from servicelab.course.solving import solved
from servicelab.course.variant import secret_of, variant
from tests.classroom.doors import Doors
from tests.graders.cases import mistakes
from tests.support.turns import on_both_clusters, some_of_today, todays

COURSE = load_course()
KEY = "an instructor's secret"
pytestmark = pytest.mark.timeout(900)  # kernels and real Pods for three students, on a machine with other work
STUDENTS = ("ada", "bob", "eve")
"""Everybody has a variant of their own: ada solves hers, bob leaves his untouched, eve makes a known mistake."""
SLUGS = [exercise.slug for exercise in COURSE.exercises]
TODAYS = todays(SLUGS, always="clusterip")
DOORS = ("notebook cell", "lab check", "nbgrader validate", "nbgrader autograde", "lab grade")
TODAYS_DOORS = some_of_today(DOORS, 2)
"""Those that are tried on kind in this run, where each takes minutes; after three days all were."""


def by(door):
    """Through one of the doors: each test gets a class for each exercise and cluster."""
    on_kind = ["clusterip"] if door in TODAYS_DOORS else []
    cases = on_both_clusters(SLUGS, on_embedded=TODAYS, on_kind=on_kind)
    params = [pytest.param(one.values, id=one.id, marks=one.marks) for one in cases]
    return pytest.mark.parametrize("doors", params, indirect=True, scope="module")


def eves_mistake(slug):
    """The first known one of a manifest."""
    return next(case for case in mistakes(slug) if not case.name.startswith("answers/"))


def submission(slug, student):
    """What a student writes: manifests and answers."""
    if student == "bob":
        return None, None
    exercise = COURSE.exercise(slug)
    own = variant(exercise, secret_of(KEY.encode(), student))
    cluster = open_throwaway(seed=1)
    found = solved(COURSE, exercise, own, cluster)
    cluster.close()
    if student == "eve":
        found = eves_mistake(slug).on(found, own.rendered)
    return found.manifests, found.answers


@pytest.fixture(scope="module")
def doors(request, tmp_path_factory):
    slug, kind = request.param
    place = tmp_path_factory.mktemp("class") / "course"
    if kind == "embedded":
        home = tmp_path_factory.mktemp("home")
        made = Doors.make(place, slug, LAB_HOME=str(home), LAB_CLUSTER="embedded")
    else:
        cluster = request.getfixturevalue("kind_cluster")
        home = home_of(cluster)
        made = Doors.make(place, slug, LAB_HOME=str(home.root), LAB_CLUSTER="kind", LAB_CLUSTER_NAME=cluster.name)
    made.environment.pop("LAB_VARIANT", None)
    made.environment["LAB_VARIANT_KEY"] = KEY
    for student in STUDENTS:
        made.submit(student, *submission(slug, student))
    return made


@pytest.fixture
def scores(doors):
    """What each student's submission is worth."""
    return {"ada": doors.points, "bob": 0.0, "eve": eves_mistake(doors.slug).expected["score"]}


def home_of(cluster):
    """The LAB_HOME a cluster's kubeconfig is in."""
    for folder in cluster.kubeconfig.parents:
        if Home(folder).cluster(cluster.kind, cluster.name) / "kubeconfig" == cluster.kubeconfig:
            return Home(folder)
    raise AssertionError(f"{cluster.kubeconfig} is in no LAB_HOME")


def notebook(doors, student):
    return doors.root / "submitted" / student / doors.slug / f"{doors.slug}.ipynb"


def assert_feedback(doors, printed=""):
    """eve reads which check failed."""
    page = (doors.root / "feedback" / "eve" / doors.slug / f"{doors.slug}.html").read_text()
    failed = eves_mistake(doors.slug).fails[0]
    (check,) = [one for one in checks_of(load_grader(COURSE.root / doors.exercise.grader)) if one.id == failed]
    own = variant(doors.exercise, secret_of(KEY.encode(), "eve"))
    assert own.rendered(check.title) in unescape(page), printed


@by("notebook cell")
@pytest.mark.parametrize("student", ["ada", "bob"])
def test_the_notebook_cell(doors, scores, student):
    assert doors.by_notebook_cell(notebook(doors, student), student) == scores[student]


@by("lab check")
@pytest.mark.parametrize("student", STUDENTS)
def test_lab_check(doors, scores, student):
    assert doors.by_lab_check(notebook(doors, student)) == scores[student]


@by("nbgrader validate")
@pytest.mark.parametrize("student", ["ada", "bob"])
def test_nbgrader_validate(doors, student):
    assert doors.by_validate(notebook(doors, student)) == (student == "ada")


@by("nbgrader autograde")
def test_nbgrader_autograde_and_feedback(doors, scores):
    doors.forget()
    assert doors.by_autograde() == scores
    assert_feedback(doors, doors.run("nbgrader", "generate_feedback", doors.slug))


@by("lab grade")
def test_lab_grade(doors, scores):
    doors.forget()
    assert doors.by_lab_grade() == scores
    assert_feedback(doors)
