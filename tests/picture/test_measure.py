"""Lines fit, and nothing gets lost when a text is broken into them."""

from hypothesis import given
from hypothesis import strategies as some

from servicelab.picture.measure import ELLIPSIS, width, wrap

SIZE = 11.0
WORDS = some.text("abcdefgijklmw0123456789/-.:@ ", max_size=200)
ROOMS = some.floats(40, 300)


@given(WORDS, ROOMS, some.booleans())
def test_no_line_is_wider_than_the_room_and_nothing_is_lost(text, room, bold):
    lines = wrap(text, room, SIZE, bold)
    assert max(width(line, SIZE, bold) for line in lines) <= room + 0.001
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(some.text("abcdefgijklmw /-.", min_size=100, max_size=200), some.floats(40, 60), some.integers(1, 4))
def test_what_does_not_fit_is_cut_and_said_to_be(text, room, most):
    lines = wrap(text, room, SIZE, most=most)
    if len(wrap(text, room, SIZE)) <= most:
        assert ELLIPSIS not in lines[-1]
        return
    assert len(lines) == most
    assert lines[-1].endswith(ELLIPSIS)
    assert width(lines[-1], SIZE) <= room + 0.001


def test_a_long_word_is_broken_after_a_mark():
    assert wrap("flow-policy-default-deny/web", 90, SIZE) == ["flow-policy-", "default-deny/", "web"]


def test_no_line_begins_with_the_dot_between_two_things():
    lines = wrap("node port 30036 · load balancer 172.18.255.200", 100, SIZE)
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines] == [
        "node port",
        "30036 · load",
        "balancer",
        "172.18.255.200",
    ]


def test_bold_and_unknown_characters_are_taken_to_be_wide():
    assert width("Pod", SIZE) < width("Pod", SIZE, bold=True)
    assert width("\N{SNOWMAN}", SIZE) > width("W", SIZE)
