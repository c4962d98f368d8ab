"""Bars as inline SVG: each has a title and is told in words, and every bar its number; colour says nothing alone."""

from collections.abc import Sequence
from html import escape

from servicelab.checks import CheckOutcome
from servicelab.checks.render.words import OUTCOME_WORDS, number
from servicelab.classroom.statistics import Bin, CauseStatistics, CheckStatistics, PassStatistics

WIDTH, ROW, LABEL = 720, 28, 230
"""Pixels: of a picture, of one bar with its distance, and left of the bars."""
LETTERS = 28
"""Letters that fit left of a bar."""
FILLS = {
    CheckOutcome.PASSED: "good",
    CheckOutcome.VOID: "edge",
    CheckOutcome.FAILED: "bad",
    CheckOutcome.SKIPPED: "muted",
}


def distribution(bins: Sequence[Bin]) -> str:
    """Columns: how many students have which score."""
    height, top, foot = 200, 24, 30
    most = max(one.students for one in bins) or 1
    width = WIDTH / len(bins)
    parts = []
    for place, one in enumerate(bins):
        tall = (height - top - foot) * one.students / most
        left, middle = place * width, (place + 0.5) * width
        parts.append(
            f'<rect class="fill-node-port" x="{left + 2:.1f}" y="{height - foot - tall:.1f}" '
            f'width="{width - 4:.1f}" height="{tall:.1f}"/>'
            f'<text x="{middle:.1f}" y="{height - foot - tall - 6:.1f}" text-anchor="middle">{one.students}</text>'
            f'<text x="{middle:.1f}" y="{height - 10}" text-anchor="middle">{of_bin(one)}</text>'
        )
    said = "; ".join(f"{of_bin(one)} points: {one.students}" for one in bins)
    return _picture("How many students have which score", said, height, parts)


def of_bin(one: Bin) -> str:
    """The scores of a bin."""
    return number(one.low) if one.low == one.high else f"{number(one.low)}–{number(one.high)}"


def outcomes(checks: Sequence[CheckStatistics]) -> str:
    """A bar for each check, parted by how it ended. Ids stand beside the bars; titles are sentences."""
    parts, told = [], []
    for place, check in enumerate(checks):
        total, left = sum(check.outcomes.values()), float(LABEL)
        top = place * ROW
        parts.append(_label(check.id, top))
        for outcome, fill in FILLS.items():
            count = check.outcomes.get(outcome, 0)
            wide = (WIDTH - LABEL) * count / total if total else 0.0
            if count:
                box = f'x="{left:.1f}" y="{top + 4}" width="{wide:.1f}" height="{ROW - 8}"'
                parts.append(f'<rect class="fill-{fill} edged" {box}/>')
            if wide > 18:
                parts.append(
                    f'<text class="on" x="{left + wide / 2:.1f}" y="{top + 19}" text-anchor="middle">{count}</text>'
                )
            left += wide
        ended = ", ".join(f"{count} {OUTCOME_WORDS[outcome]}" for outcome, count in check.outcomes.items() if count)
        told.append(f"{check.title}: {ended}")
    return _picture("How each check ended", "; ".join(told), ROW * len(checks), parts)


def causes(found: Sequence[CauseStatistics], students: int) -> str:
    """A bar for each cause: how many students met it."""
    rows = [(cause.name, cause.students) for cause in found]
    return _bars("How many students met which cause", rows, students, "bad")


def spans(found: PassStatistics) -> str:
    """A bar for each span of time in which students came to their first pass."""
    return _bars("How long it took until the first pass", found.spans, found.passed, "good")


def _bars(title: str, rows: Sequence[tuple[str, int]], most: int, fill: str) -> str:
    parts = []
    for place, (name, count) in enumerate(rows):
        top, wide = place * ROW, (WIDTH - LABEL - 60) * count / (most or 1)
        parts.append(
            f"{_label(name, top)}"
            f'<rect class="fill-{fill}" x="{LABEL}" y="{top + 4}" width="{wide:.1f}" height="{ROW - 8}"/>'
            f'<text x="{LABEL + wide + 6:.1f}" y="{top + 19}">{count}</text>'
        )
    told = "; ".join(f"{name}: {count}" for name, count in rows)
    return _picture(title, told, ROW * len(rows), parts)


def _label(text: str, top: float) -> str:
    shown = text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
    return f'<text x="{LABEL - 8}" y="{top + 19}" text-anchor="end">{escape(shown)}</text>'


def _picture(title: str, said: str, height: float, parts: Sequence[str]) -> str:
    name = escape(title)
    return (
        f'<svg role="img" aria-label="{name}: {escape(said)}" viewBox="0 0 {WIDTH} {height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{name}</title>{"".join(parts)}</svg>'
    )
