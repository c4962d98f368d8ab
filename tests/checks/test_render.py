"""What results look like: words for people, safe HTML, and a number nbgrader cannot misread."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from servicelab.checks import Check, CheckOutcome, CheckResult, ExerciseResult
from servicelab.checks.render import html, html_so_far, score, terminal, to_json
from servicelab.checks.render.words import attempts

HOSTILE = "<script>alert('x')</script> & \"quotes\" [bold]"


def check(outcome=CheckOutcome.PASSED, points=2.0, **words):
    return CheckResult("a-check", "A title", points, outcome, **words)


def result(*checks):
    return ExerciseResult("clusterip", checks, "a cluster", "0.1")


ALL = result(
    check(),
    check(CheckOutcome.FAILED, expected="This.", actual=HOSTILE, help="Look.", cause="wrong-port"),
    check(CheckOutcome.SKIPPED, actual="Needs the other."),
    check(CheckOutcome.ERROR, actual="Docker is down."),
)


class Seen(HTMLParser):
    """Tags that are opened and closed, and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text, self.details = [], set(), "", []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attributes)
        if tag == "details":
            self.details.append(dict(attributes))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_html_is_well_formed_safe_and_needs_no_colour():
    seen = Seen()
    seen.feed(html(ALL))
    assert seen.open == []
    assert "script" not in seen.tags
    assert HOSTILE in seen.text
    for words in ("passed", "failed", "not tried", "not judged", "2 of 8 points", "could not be judged"):
        assert words in seen.text


def test_html_opens_what_failed_and_what_has_nothing_to_say_has_nothing_to_open():
    seen = Seen()
    seen.feed(html(ALL))
    assert [("open" in one) for one in seen.details] == [True, False, False]


def test_while_checks_run_nothing_can_be_opened_and_the_rest_is_waited_for():
    checks = [Check(one, f"Title {one}", 2.0, print) for one in ("first", "second")]
    failed = CheckResult("first", "Title first", 2.0, CheckOutcome.FAILED, actual=HOSTILE)
    seen = Seen()
    seen.feed(html_so_far("clusterip", checks, [failed]))
    assert "details" not in seen.tags
    for words in ("1 of 2 checks done", "failed · Title first", "waiting · Title second"):
        assert words in seen.text
    assert seen.text.count("waiting") == 1


def test_earlier_attempts_are_told_everywhere_but_not_at_the_first():
    again = replace(result(check(CheckOutcome.FAILED, before="This passed 2 minutes ago.")), earlier=(5.0, 7.5))
    seen = Seen()
    seen.feed(html(again))
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(terminal(again))
    for text in (seen.text, capture.get()):
        assert "Attempt 3; points before: 5, 7.5." in text
        assert "This passed 2 minutes ago." in text
    assert to_json(again)["earlier"] == [5.0, 7.5]
    assert to_json(again)["checks"][0]["before"] == "This passed 2 minutes ago."
    assert "Attempt" not in html(ALL)


def test_of_many_attempts_the_last_are_listed():
    assert (
        attempts(replace(ALL, earlier=tuple(range(20))))
        == "Attempt 21; points before: … 12, 13, 14, 15, 16, 17, 18, 19."
    )


def test_terminal_says_the_same_without_colour():
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(terminal(ALL))
    text = capture.get()
    for words in ("✓ passed", "✗ failed", "– not tried", "! not judged", "[bold]", "2 of 8 points"):
        assert words in text


def test_json_is_plain_and_whole():
    told = json.loads(json.dumps(to_json(ALL)))
    assert told["score"] == 2
    assert told["unscored"] is True
    assert [one["outcome"] for one in told["checks"]] == ["passed", "failed", "skipped", "error"]
    assert told["checks"][1]["cause"] == "wrong-port"


@given(st.lists(st.tuples(st.sampled_from(CheckOutcome), st.sampled_from([0.1, 0.2, 0.5, 1, 2, 3])), max_size=12))
def test_the_score_is_a_float_within_its_bounds(checks):
    found = result(*(check(outcome, points) for outcome, points in checks))
    points = score(found)
    assert type(points) is float
    assert 0 <= points <= found.maximum
    assert len(repr(points)) < 10


@pytest.mark.parametrize("points", [float("nan"), float("inf"), -1.0])
def test_what_nbgrader_would_misread_is_refused(points):
    with pytest.raises(ValueError, match="no score"):
        score(result(check(points=points)))
