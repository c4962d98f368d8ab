"""A result for a terminal."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from servicelab.checks.render.words import MARKS, OUTCOME_WORDS, attempts, details, number, summary
from servicelab.checks.result import CheckOutcome, CheckResult, ExerciseResult

STYLES = {
    CheckOutcome.PASSED: "green",
    CheckOutcome.FAILED: "red",
    CheckOutcome.SKIPPED: "dim",
    CheckOutcome.VOID: "dim",
    CheckOutcome.ERROR: "yellow",
}


def terminal(result: ExerciseResult) -> RenderableType:
    """Something rich can print; outcomes are told by mark and word, colour only repeats them."""
    parts: list[RenderableType] = []
    for check in result.checks:
        parts.append(_line(check))
        parts += [Padding(line, (0, 0, 0, 4)) for line in _details(check)]
    tried = f"{attempts(result)} " if result.earlier else ""
    parts += [Text(), Text(summary(result), style="bold"), Text(f"{tried}Checked on {result.cluster}", style="dim")]
    return Group(*parts)


def _line(check: CheckResult) -> Text:
    style = STYLES[check.outcome]
    points = f"{number(check.earned)}/{number(check.points)}"
    return Text.assemble(
        (f"{MARKS[check.outcome]} {OUTCOME_WORDS[check.outcome]:<10}", style), f" {points:>7}  ", check.title
    )


def _details(check: CheckResult) -> list[Text]:
    return [Text.assemble((f"{label.lower():<9}", "bold"), text) for label, text in details(check)]
