"""The output of a run: its beginning, some looks at it on the way, its end."""

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.notebook import check_view
from servicelab.notebook.check_view import CheckView

RESULTS = [CheckResult(str(number), "It answers", 1.0, CheckOutcome.PASSED) for number in range(5)]


@pytest.fixture
def shown(monkeypatch):
    """The texts that were displayed, in a notebook."""
    texts = []

    class Handle:
        def update(self, data, raw):
            texts.append(data["text/plain"])

    def display(data, raw, display_id=None):
        texts.append(data["text/plain"])
        return Handle()

    monkeypatch.setattr(check_view, "in_notebook", lambda: True)
    monkeypatch.setattr(check_view, "display", display)
    return texts


def follow():
    view = CheckView("clusterip", [])
    with view.following():
        for result in RESULTS:
            view.add(result)
        view.finish(ExerciseResult("clusterip", tuple(RESULTS), "embedded", "0.1"))


def test_what_takes_long_is_seen_check_by_check(shown, monkeypatch):
    monkeypatch.setattr(check_view, "LEAST_PAUSE", 0.0)
    follow()
    assert [text.split(" ")[0] for text in shown[:6]] == ["0", "1", "2", "3", "4", "5"]
    assert "5 of 5 points" in shown[-1]


def test_what_is_over_at_once_is_drawn_once(shown, monkeypatch):
    monkeypatch.setattr(check_view, "LEAST_PAUSE", 60.0)
    follow()
    begun, announced, found = shown
    assert begun.startswith("0 of 0 checks done")
    assert announced.startswith("5 of 0 checks done")
    assert "5 of 5 points" in found


def test_a_run_that_breaks_off_says_so(shown):
    with pytest.raises(KeyboardInterrupt), CheckView("clusterip", []).following():
        raise KeyboardInterrupt
    assert shown[-1] == "The checks did not end."
