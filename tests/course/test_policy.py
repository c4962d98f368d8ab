"""What help a class allows."""

from dataclasses import replace

import pytest

from servicelab.cluster.base import NotSupported
from servicelab.cluster.home import Home
from servicelab.course import Owner, Submission, judging_cluster, load_course, read_notebook, run
from servicelab.course.help import Help
from servicelab.course.policy import Policy

COURSE = load_course()


def help_under(tmp_path, **policy):
    course = replace(COURSE, policy=Policy(**policy))
    return Help(course, course.exercise("clusterip"), Owner("ada"), Home(tmp_path))


def test_all_is_open_unless_told(tmp_path):
    helper = help_under(tmp_path)
    assert "Hint 1 of 3" in helper.hint() and "Hint 2 of 3" in helper.hint()
    assert helper.solution()
    assert COURSE.policy.doctor_level(3) == 3


def test_questions_only(tmp_path):
    helper = help_under(tmp_path, hints="questions")
    assert "Hint 1 of 3" in helper.hint() and "Hint 1 of 3" in helper.hint()
    with pytest.raises(NotSupported, match="Solutions are not shown"):
        helper.solution()


def test_none(tmp_path):
    with pytest.raises(NotSupported, match="Hints are off"):
        help_under(tmp_path, hints="none").hint()


def test_no_doctor():
    with pytest.raises(NotSupported, match="doctor is off"):
        Policy(doctor=False).doctor_level(1)


@pytest.mark.parametrize("doctor", [True, False])
def test_failed_checks_name_the_doctor_only_where_it_answers(doctor):
    course = replace(COURSE, policy=Policy(doctor=doctor))
    solution = read_notebook(COURSE.root / "solutions/clusterip/clusterip.ipynb").manifests["web.yaml"]
    wrong = Submission({"web.yaml": solution.replace("app: web", "app: wbe")})
    shown = []
    with judging_cluster(kind="embedded", seed=1) as cluster:
        result = run("clusterip", wrong, cluster, course=course, progress=shown.append)
    assert ("lab doctor" in repr(result)) == ("lab doctor" in repr(shown)) == doctor
    assert {check.id for check in shown} == {check.id for check in result.checks}


@pytest.mark.parametrize("hints", ["questions", "none"])
def test_where_hints_are_not_all_open_the_doctor_asks_questions_only(hints):
    assert Policy(hints=hints).doctor_level(3) == 1


def test_another_word_is_refused():
    with pytest.raises(ValueError):
        Policy(hints="some")
