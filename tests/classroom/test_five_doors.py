"""Notebook cell, `lab check`, `nbgrader validate`, `nbgrader autograde`, `lab grade`: the same score by each."""

import pytest

from servicelab.cluster.embedded import open_throwaway
from servicelab.cluster.home import Home
from servicelab.course import load_course
from servicelab.course.solving import solved
from servicelab.course.variant import secret_of, variant
from tests.classroom.doors import Doors

COURSE = load_course()
KEY = "an instructor's secret"
pytestmark = pytest.mark.timeout(900)  # kernels and real Pods for three students, on a machine with other work
SCORES = {"ada": 10.0, "bob": 0.0, "eve": 3.0}


def submission(student):
    """Everybody has a variant of their own: ada solves hers, bob leaves his untouched, eve's target port is wrong."""
    exercise = COURSE.exercise("clusterip")
    own = variant(exercise, secret_of(KEY.encode(), student))
    cluster = open_throwaway(seed=1)
    found = solved(COURSE, exercise, own, cluster)
    cluster.close()
    manifest = found.manifests["web.yaml"]
    if student == "eve":
        manifest = manifest.replace(f"targetPort: {own.value('targetPort')}", "targetPort: 8081")
    return (None, None) if student == "bob" else (manifest, found.answers)


@pytest.fixture(scope="module", params=["embedded", pytest.param("kind", marks=pytest.mark.kind)])
def doors(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("class") / "course"
    if request.param == "embedded":
        home = tmp_path_factory.mktemp("home")
        made = Doors.make(place, LAB_HOME=str(home), LAB_CLUSTER="embedded")
    else:
        cluster = request.getfixturevalue("kind_cluster")
        home = home_of(cluster)
        made = Doors.make(place, LAB_HOME=str(home.root), LAB_CLUSTER="kind", LAB_CLUSTER_NAME=cluster.name)
    made.environment.pop("LAB_VARIANT", None)
    made.environment["LAB_VARIANT_KEY"] = KEY
    for student in SCORES:
        made.submit(student, *submission(student))
    return made


def home_of(cluster):
    """The LAB_HOME a cluster's kubeconfig is in."""
    for folder in cluster.kubeconfig.parents:
        if Home(folder).cluster(cluster.kind, cluster.name) / "kubeconfig" == cluster.kubeconfig:
            return Home(folder)
    raise AssertionError(f"{cluster.kubeconfig} is in no LAB_HOME")


def notebook(doors, student):
    return doors.root / "submitted" / student / "clusterip" / "clusterip.ipynb"


@pytest.mark.parametrize("student", ["ada", "bob"])
def test_the_notebook_cell(doors, student):
    assert doors.by_notebook_cell(notebook(doors, student), student) == SCORES[student]


@pytest.mark.parametrize("student", SCORES)
def test_lab_check(doors, student):
    assert doors.by_lab_check(notebook(doors, student)) == SCORES[student]


@pytest.mark.parametrize("student", ["ada", "bob"])
def test_nbgrader_validate(doors, student):
    assert doors.by_validate(notebook(doors, student)) == (SCORES[student] == 10)


def test_nbgrader_autograde_and_feedback(doors):
    doors.forget()
    assert doors.by_autograde() == SCORES
    printed = doors.run("nbgrader", "generate_feedback", "clusterip")
    page = (doors.root / "feedback" / "eve" / "clusterip" / "clusterip.html").read_text()
    assert "sends requests to port 8081" in page, printed


def test_lab_grade(doors):
    doors.forget()
    assert doors.by_lab_grade() == SCORES
    page = (doors.root / "feedback" / "eve" / "clusterip" / "clusterip.html").read_text()
    assert "sends requests to port 8081" in page
