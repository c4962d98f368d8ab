"""The shell's grammar: whatever the text, a tree or a plain problem."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded.programs.parser import parse
from servicelab.embedded.programs.script import For, Literal, Missing, Redirected, Simple, Substitution, SyntaxProblem

WORDS = (
    "echo a 'b c' \"$x \" $( ) ` | || && ; for in do done if then fi while { } ( 2> > &1 x=1 ${y:-z} $((1+2)) # \\ $"
)
PIECES = st.sampled_from([*WORDS.split(" "), "\n"])


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_any_text_is_a_script_or_a_problem(text):
    try:
        parse(text)
    except SyntaxProblem as problem:
        assert str(problem)


def test_a_tree():
    script = parse('x=1 curl -s "$url" >/dev/null 2>&1 && for i in $(seq 3); do echo $i; done')
    first, second = (pipeline.commands[0] for _, pipeline in script.steps)
    assert isinstance(first, Simple)
    assert first.assignments[0][0] == "x"
    assert first.words[0] == (Literal("curl", False),)
    assert [(one.descriptor, one.operator) for one in first.redirections] == [(1, ">"), (2, ">")]
    assert isinstance(second, Redirected)
    assert isinstance(second.command, For)
    assert isinstance(second.command.words[0][0], Substitution)


@pytest.mark.parametrize("text", ["case a in a) echo;; esac", "f() { echo; }", "cat <<E\nx\nE", "sleep 1 & echo"])
def test_proper_shell_that_is_not_emulated_is_said_to_be_so(text):
    with pytest.raises(Missing, match="not emulated"):
        parse(text)
