"""A result as HTML: for a notebook and for a feedback page. No script; outcomes are words, colour only repeats them."""

from collections.abc import Iterable, Sequence
from html import escape

from servicelab.checks.check import Check
from servicelab.checks.render.words import MARKS, OUTCOME_WORDS, attempts, details, number, summary
from servicelab.checks.result import CheckOutcome, CheckResult, ExerciseResult
from servicelab.picture.sections import section, style

COLOURS = {CheckOutcome.PASSED: "good", CheckOutcome.FAILED: "bad"}
"""Those of the picture; all other outcomes have the text's muted one."""
NAME = "servicelab-checks"
STYLE = style(
    NAME,
    f".{NAME} ul[role=list]{{list-style:none;padding-left:0;margin:.6em 0}}",  # JupyterLab indents any `ul`
    f".{NAME} li{{border-left:4px solid var(--muted);padding:.1em .8em;margin:.5em 0}}",
    *(
        f".{NAME} li.{name}{{border-color:var(--{name})}}.{NAME} li.{name} b{{color:var(--{name})}}"
        for name in COLOURS.values()
    ),
    f".{NAME} summary{{cursor:pointer}}.{NAME} dl{{margin:.3em 0 .3em 1em;display:block}}",
    f".{NAME} dt{{font-weight:600;float:none;padding:0}}",
    f".{NAME} dd{{margin:0 0 .4em 1em;padding:0;overflow-wrap:anywhere}}",
)


def html(result: ExerciseResult, heading_level: int = 3) -> str:
    """A section with a heading and one list item per check. What failed is open, the rest is a click or a key away."""
    checked = f"Checked on {escape(result.cluster)}; course version {escape(result.course_version)}."
    return _section(
        result.slug,
        escape(summary(result)),
        [_item(check) for check in result.checks],
        f"<p><small>{escape(attempts(result))} {checked}</small></p>",
        heading_level,
    )


def html_so_far(slug: str, checks: Sequence[Check], done: Iterable[CheckResult]) -> str:
    """The same while checks run: what has ended, and what is waited for. Nothing in it can be opened, so that nobody
    is in the middle of what is replaced a moment later."""
    ended = {result.id: result for result in done}
    items = [_item(ended[check.id], False) if check.id in ended else _waiting(check) for check in checks]
    return _section(slug, f"{len(ended)} of {len(checks)} checks done …", items)


def _section(slug: str, said: str, items: Iterable[str], foot: str = "", heading_level: int = 3) -> str:
    level = max(1, min(6, heading_level))
    parts = [
        f"<h{level}>Checks of the exercise <code>{escape(slug)}</code></h{level}>",
        f"<p><strong>{said}</strong></p>",
        '<ul role="list">',
        *items,
        "</ul>",
        foot,
    ]
    return section(NAME, STYLE, parts, label=f"Checks of the exercise {slug}")


def _item(check: CheckResult, with_details: bool = True) -> str:
    said = details(check) if with_details else []
    line = (
        f'<b><span aria-hidden="true">{MARKS[check.outcome]} </span>{OUTCOME_WORDS[check.outcome]}</b> · '
        f"{_text(check.title)} <small>({number(check.earned)} of {number(check.points)} points)</small>"
    )
    if said:
        rows = "".join(f"<dt>{label}</dt><dd>{_text(text)}</dd>" for label, text in said)
        opened = " open" if check.outcome is CheckOutcome.FAILED else ""
        line = f"<details{opened}><summary>{line}</summary><dl>{rows}</dl></details>"
    return f'<li class="{COLOURS.get(check.outcome, "muted")}">{line}</li>'


def _waiting(check: Check) -> str:
    return (
        f'<li class="muted"><b>waiting</b> · {_text(check.title)} <small>({number(check.points)} points)</small></li>'
    )


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")
