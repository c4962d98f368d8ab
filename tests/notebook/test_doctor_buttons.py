"""The buttons of failed checks: one for each command, level by level, as far as the class allows."""

from contextlib import nullcontext

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.course.policy import Policy
from servicelab.notebook import doctor_buttons, lively
from servicelab.notebook.doctor_buttons import offer
from tests.tracing.shop import SPACE, shop_on

LOOK = f"lab doctor nobody -n {SPACE}"
LINES = (2, 3, 7, 7)
"""What each press shows: the way and what is said of it, in lines that the browser wraps."""


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, as in a notebook."""
    widgets = []
    monkeypatch.setattr(lively, "in_notebook", lambda: True)
    monkeypatch.setattr(doctor_buttons.lively, "show", lambda widget, *_: widgets.append(widget))
    return widgets


def result(*checks):
    return ExerciseResult("clusterip", checks, "embedded", "0.1")


def failed(look, outcome=CheckOutcome.FAILED):
    return CheckResult("x", "It answers", 1.0, outcome, look=look)


def offered(shown, cluster, *checks, policy=None):
    offer(result(*checks), policy or Policy(), lambda: nullcontext(cluster), SPACE)
    return [one.children for one in shown[0].children] if shown else []


def test_there_is_one_for_each_command_of_a_failed_check(shown):
    rows = offered(shown, None, failed(LOOK), failed(LOOK), failed(""), failed(LOOK, CheckOutcome.PASSED))
    assert [button.description for _, button, _ in rows] == ["Ask the doctor: nobody"]


def test_there_is_none_without_a_question_or_without_a_doctor(shown):
    assert offered(shown, None, failed("")) == []
    assert offered(shown, None, failed(LOOK), policy=Policy(doctor=False)) == []


def test_each_press_tells_more(shown, embedded_cluster):
    shop_on(embedded_cluster, SPACE)
    ((_, button, said),) = offered(shown, embedded_cluster, failed(LOOK))
    texts = []
    for _ in range(4):
        button.click()
        texts.append(said.value)
    assert ["Question" in text for text in texts] == [True] * 4
    assert ["Look " in text for text in texts] == [False, True, True, True]
    assert ["Found" in text for text in texts] == [False, False, True, True]
    assert "More:" not in "".join(texts)
    assert all(one.count("<span") == one.count("</span>") == level for one, level in zip(texts, LINES, strict=True))
    assert button.description == "Ask again"


def test_where_only_questions_are_allowed_it_asks_them_again(shown, embedded_cluster):
    shop_on(embedded_cluster, SPACE)
    ((_, button, said),) = offered(shown, embedded_cluster, failed(LOOK), policy=Policy(hints="questions"))
    for _ in range(3):
        button.click()
        assert "Question" in said.value
        assert "Look " not in said.value


def test_a_cluster_that_does_not_run_is_said(shown, tmp_path, monkeypatch):
    from servicelab.notebook.session import own_cluster

    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    offer(result(failed(LOOK)), Policy(), own_cluster, SPACE)
    _, button, said = shown[0].children[0].children
    button.click()
    assert "lab cluster start" in said.value
