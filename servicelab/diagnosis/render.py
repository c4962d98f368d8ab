"""A diagnosis as text and as JSON, in three levels: a question, the command to look with, the evidence."""

from textwrap import fill
from typing import Any

from servicelab.diagnosis.catalogue import Stage
from servicelab.diagnosis.finding import Diagnosis, Finding

INDENT = 10
"""Columns of the labels."""
LOOK = "Look"
LEVELS = (1, 2, 3)
QUESTION, COMMAND, EVIDENCE = LEVELS
HEALTHY = "The request is answered: no hop is broken."
UNCLEAR = "The request is not known to be answered, and no object on its way is at fault."


def text(diagnosis: Diagnosis, level: int = EVIDENCE, width: int | None = None) -> str:
    """The diagnosis in sentences, in lines of so many columns; without a width whoever shows it wraps them.

    With level 1 nothing of the learner's objects is in it, with level 2 only the names that the command needs.
    """
    finding = diagnosis.finding
    if diagnosis.unclear:
        return _wrapped(diagnosis.unclear, width) if level >= EVIDENCE else UNCLEAR
    if finding is None:
        asked = f"{diagnosis.question.source} → {diagnosis.question.target}: "
        by = f" Answered by {' or '.join(diagnosis.answered_by)}." if diagnosis.answered_by else ""
        return f"{asked}{HEALTHY}{by}" if level >= EVIDENCE else HEALTHY
    return "\n".join([walked(finding), *(_line(label, said, width) for label, said in hints(finding, level))])


def _line(label: str, said: str, width: int | None) -> str:
    """A line with its label; commands are not wrapped, so that they can be copied."""
    return _wrapped(said, None if label == LOOK else width, f"{label:<{INDENT}}", " " * INDENT)


def _wrapped(said: str, width: int | None, first: str = "", later: str = "") -> str:
    if width is None:
        return first + said
    return fill(
        said, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, break_long_words=False
    )


def walked(finding: Finding) -> str:
    """How far the way is whole, in words and marks."""
    stages = list(Stage)
    broken = stages.index(finding.stage)
    marks = ["✓" if index < broken else "✗" if index == broken else "·" for index in range(len(stages))]
    # a mark and its word stay on one line
    return "  ".join(f"{mark}\N{NO-BREAK SPACE}{stage}" for mark, stage in zip(marks, stages, strict=True))


def hints(finding: Finding, level: int = EVIDENCE) -> list[tuple[str, str]]:
    """What a level tells, each line with its label."""
    words = finding.words
    evidence = (("Looked at", words.looked), ("Found", words.found), ("Expected", words.expected), ("Next", words.next))
    told = [
        (QUESTION, "Question", words.question),
        (COMMAND, LOOK, words.look),
        *((EVIDENCE, label, said) for label, said in evidence),
    ]
    return [(label, said) for least, label, said in told if least <= level]


def to_json(diagnosis: Diagnosis, level: int = EVIDENCE) -> dict[str, Any]:
    """A stable form for other programs; keys are only ever added. What a level does not tell is null."""
    finding, question = diagnosis.finding, diagnosis.question
    told = {label.lower().replace(" ", "_"): said for label, said in hints(finding, level)} if finding else {}
    return {
        "service": question.service,
        "source": str(question.source),
        "target": str(question.target) if question.target else None,
        "level": level,
        "healthy": diagnosis.is_healthy,
        "stage": str(finding.stage) if finding else None,
        "cause": finding.cause if finding and level >= COMMAND else None,
        **{key: told.get(key) for key in ("question", "look", "looked_at", "found", "expected", "next")},
        "answered_by": list(diagnosis.answered_by),
        "unclear": diagnosis.unclear or None,
    }
