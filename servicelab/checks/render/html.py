"""A result as HTML: for a notebook and for a feedback page. No script; outcomes are words, colour only repeats them."""

from html import escape

from servicelab.checks.render.words import MARKS, OUTCOME_WORDS, details, number, summary
from servicelab.checks.result import CheckOutcome, CheckResult, ExerciseResult

# dark enough on white (contrast at least 4.5:1), and the border is decoration only
COLOURS = {
    CheckOutcome.PASSED: "#1a6b2d",
    CheckOutcome.FAILED: "#b3261e",
    CheckOutcome.SKIPPED: "#5f6368",
    CheckOutcome.VOID: "#5f6368",
    CheckOutcome.ERROR: "#8a5a00",
}


def html(result: ExerciseResult, heading_level: int = 3) -> str:
    """A section with a heading and one list item per check."""
    items = "\n".join(_item(check) for check in result.checks)
    level = max(1, min(6, heading_level))
    heading = f"<h{level}>Checks of the exercise <code>{escape(result.slug)}</code></h{level}>"
    return (
        f'<section class="servicelab-checks" aria-label="Checks of the exercise {escape(result.slug)}">\n{heading}\n'
        f"<p><strong>{escape(summary(result))}</strong></p>\n"
        f'<ul style="list-style:none;padding-left:0">\n{items}\n</ul>\n'
        f"<p><small>Checked on {escape(result.cluster)}; course version {escape(result.course_version)}.</small></p>\n"
        "</section>"
    )


def _item(check: CheckResult) -> str:
    colour = COLOURS[check.outcome]
    outcome = (
        f'<strong style="color:{colour}"><span aria-hidden="true">{MARKS[check.outcome]} </span>'
        f"{OUTCOME_WORDS[check.outcome]}</strong>"
    )
    points = f"{number(check.earned)} of {number(check.points)} points"
    rows = "".join(f"<dt><strong>{label}</strong></dt><dd>{_text(text)}</dd>" for label, text in details(check))
    told = f'<dl style="margin:.2em 0">{rows}</dl>' if rows else ""
    style = f"border-left:4px solid {colour};padding-left:.8em;margin:.6em 0"
    return f'<li style="{style}">{outcome} · {_text(check.title)} <small>({points})</small>{told}</li>'


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")
