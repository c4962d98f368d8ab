"""What `%%manifest` and `%%answer` lines say. Magics and reader of submissions share this, so both see the same."""

import re
import shlex
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}\.ya?ml")
ANSWER_NAME = re.compile(r"[a-z][a-z0-9-]{0,60}")
MAGIC = re.compile(r"%%(manifest|answer)(?=\s|$)(.*)")
EMPTY_LINES = re.compile(r"(?:[^\S\n]*\n)*")
USAGE = "write %%manifest NAME.yaml, or %%manifest --no-apply NAME.yaml"


@dataclass(frozen=True)
class AnswerCell:
    """A cell that a learner's work is read from: which magic it begins with, the words after it, the text below."""

    magic: str
    line: str
    text: str


@dataclass(frozen=True)
class ManifestLine:
    """`apply` says whether the learner's running cluster should get it at once; grading does not ask."""

    name: str
    apply: bool = True


def parse_manifest_line(line: str) -> ManifestLine:
    """Read what follows `%%manifest`. ValueError with a sentence for the learner."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise ValueError(f"A quote is not closed; {USAGE}.") from None
    options = [word for word in words if word.startswith("--")]
    names = [word for word in words if not word.startswith("--")]
    if unknown := [option for option in options if option != "--no-apply"]:
        raise ValueError(f"%%manifest has no option {unknown[0]}; {USAGE}.")
    if len(names) != 1:
        raise ValueError(f"%%manifest wants one name; {USAGE}.")
    if not NAME.fullmatch(names[0]):
        raise ValueError(f"“{names[0]}” cannot name a manifest; {USAGE}.")
    return ManifestLine(names[0], "--no-apply" not in options)


def parse_answer_line(line: str) -> str:
    """Read what follows `%%answer`: the name of the group of answers. ValueError with a sentence for the learner."""
    name = line.strip()
    if not ANSWER_NAME.fullmatch(name):
        raise ValueError(f"“{name}” cannot name answers; write %%answer NAME, as the exercise does.")
    return name


def split_cell(source: str) -> AnswerCell | None:
    """A `%%manifest` or `%%answer` cell as IPython would hand it over; None for another cell.

    IPython leaves out empty lines at the top of a cell, and so does this.
    """
    first, _, rest = source[EMPTY_LINES.match(source).end() :].lstrip("\n\r").partition("\n")  # type: ignore[union-attr]
    found = MAGIC.fullmatch(first.rstrip("\r"))
    return AnswerCell(found[1], found[2].strip(), rest) if found else None
