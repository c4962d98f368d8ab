"""Notebook cell, `lab check`, `nbgrader validate`, `nbgrader autograde`, `lab grade`: the same score by each."""

import pytest

from servicelab.cluster.home import Home
from servicelab.course import load_course, read_notebook
from tests.classroom.doors import Doors

COURSE = load_course()
SOLUTION = read_notebook(COURSE.root / "solutions" / "clusterip" / "clusterip.ipynb").manifests["web.yaml"]
PARTLY = SOLUTION.replace("targetPort: 8080", "targetPort: 8081")
pytestmark = pytest.mark.timeout(900)  # kernels and real Pods for three students, on a machine with other work
STUDENTS = {"ada": (SOLUTION, 10.0), "bob": (None, 0.0), "eve": (PARTLY, 3.0)}


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
    for student, (manifest, _) in STUDENTS.items():
        made.submit(student, manifest)
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
    assert doors.by_notebook_cell(notebook(doors, student)) == STUDENTS[student][1]


@pytest.mark.parametrize("student", STUDENTS)
def test_lab_check(doors, student):
    assert doors.by_lab_check(notebook(doors, student)) == STUDENTS[student][1]


@pytest.mark.parametrize("student", ["ada", "bob"])
def test_nbgrader_validate(doors, student):
    assert doors.by_validate(notebook(doors, student)) == (STUDENTS[student][1] == 10)


def test_nbgrader_autograde_and_feedback(doors):
    doors.forget()
    assert doors.by_autograde() == {student: score for student, (_, score) in STUDENTS.items()}
    printed = doors.run("nbgrader", "generate_feedback", "clusterip")
    page = (doors.root / "feedback" / "eve" / "clusterip" / "clusterip.html").read_text()
    assert "sends requests to port 8081" in page, printed


def test_lab_grade(doors):
    doors.forget()
    assert doors.by_lab_grade() == {student: score for student, (_, score) in STUDENTS.items()}
    page = (doors.root / "feedback" / "eve" / "clusterip" / "clusterip.html").read_text()
    assert "sends requests to port 8081" in page
