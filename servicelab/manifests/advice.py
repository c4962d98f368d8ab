"""Plain words for what PyYAML says about broken YAML."""

ADVICE: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed here",
        "one `key: value` on a line",
        "A second colon stands on this line, or the line is indented deeper than the one it belongs beside.",
    ),
    ("cannot start any token", "a value", "{character} cannot start a value here; put the value in quotes."),
    (
        "could not find expected ':'",
        "`key: value`",
        "A colon is missing after a key near here.",
    ),
    (
        "expected <block end>",
        "lines of one block indented alike",
        "The indentation does not fit: lines of one block must start in the same column.",
    ),
    ("found undefined alias", "an anchor of that name earlier", "This alias (*name) has no anchor (&name) before it."),
    ("found unexpected end of stream", "a closing quote", "A quote is opened here and never closed."),
    ("found unexpected document separator", "a closing quote", "A quote is opened here and never closed."),
    ("expected ',' or ']'", "`,` or `]`", "A list in brackets is not closed, or a comma is missing."),
    ("expected ',' or '}'", "`,` or `}}`", "A map in braces is not closed, or a comma is missing."),
    ("sequence entries are not allowed here", "a list item on its own line", "A list item (-) cannot stand here."),
    ("special characters are not allowed", "printable characters", "There is a character here that YAML forbids."),
    ("more than", "a manifest of ordinary size", "This is too much for a manifest: {problem}."),
)

TAB = ("spaces", "A tab stands where indentation belongs; YAML is indented with spaces only.")


def advice(problem: str, character: str) -> tuple[str, str]:
    """What was expected, and one sentence, for PyYAML's `problem` at `character`."""
    if "'\\t'" in problem or (character == "\t" and "token" in problem):
        return TAB
    for words, expected, sentence in ADVICE:
        if words in problem:
            return expected.replace("}}", "}"), sentence.format(character=character or "This", problem=problem)
    return "valid YAML", f"This is not valid YAML: {problem}."
