"""Lines of magics: words by name, mistakes as sentences that say what to write."""

import pytest

from servicelab.notebook.line import LineParser

USAGE = "%fetch [--often] WHAT, for example: %fetch water"


@pytest.fixture
def parser():
    made = LineParser(USAGE)
    made.add_argument("--often", action="store_true")
    made.add_argument("what", metavar="WHAT")
    return made


def test_words_are_read_as_in_a_shell(parser):
    read = parser.read("--often 'cold water'")
    assert (read.what, read.often) == ("cold water", True)


@pytest.mark.parametrize(("line", "words"), [("", "required: WHAT"), ("a b", "arguments: b"), ("'a", "quotation")])
def test_a_mistake_is_a_sentence(parser, line, words):
    with pytest.raises(ValueError, match=words) as raised:
        parser.read(line)
    assert words == "quotation" or str(raised.value).endswith(f"; write {USAGE}")
