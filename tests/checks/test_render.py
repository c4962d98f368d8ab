"""What results look like: words for people, safe HTML, and a number nbgrader cannot misread."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.checks.render import html, score, terminal, to_json

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
        self.open, self.tags, self.text = [], set(), ""

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attributes)
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
