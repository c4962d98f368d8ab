"""A moment as HTML and as text: both name what happened, the addresses and the lines; what was asked for is escaped."""

from html.parser import HTMLParser

import pytest

from servicelab.picture.excerpts import Excerpt
from servicelab.picture.stepping import heading, step_html, step_text
from tests.network.objects import shop
from tests.picture.clusters import ask, three_routes

LINES = Excerpt("Your web.yaml", ("ports:", "  - port: 80", "    name: <b>"), 7, (8,))


class Words(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.text, self.tags, self.marked = "", [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data
        if self.tags and self.tags[-1] == "mark":
            self.marked += data


@pytest.mark.parametrize("number", range(3))
def test_every_step_says_the_same_in_both(number):
    path = three_routes()[0][number]
    for after in range(len(path.hops) + 1):
        page, text = Words(step_html(path, after, [LINES])), step_text(path, after, [LINES])
        assert heading(path, after) in page.text and heading(path, after) in text
        if after:
            for words in (path.hops[after - 1].said, path.hops[after - 1].because):
                assert words in page.text and words in text
        assert ("End: " in page.text) == ("End: " in text) == (after == len(path.hops))
        assert "8   - port: 80" in page.marked
        assert "ports:" not in page.marked
        assert ">   8   - port: 80" in text


def test_the_rewritten_address_is_said_to_be():
    path = three_routes()[0][0]
    assert "10.96.1.1:80" in step_text(path, 1, [])
    assert ":8080 (rewritten)" in step_text(path, 1, [])
    assert "(rewritten)" not in step_text(path, 2, [])


def test_what_was_asked_for_cannot_break_the_page():
    path = ask(shop(), ("pod/client", "http://web/<script>x</script>"))[0][0]
    page = Words(step_html(path, 0, []))
    assert "script" not in page.tags
    assert "<script>" in page.text
