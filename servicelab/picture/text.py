"""A path drawn with text, readable in 80 columns."""

from textwrap import wrap

from servicelab.network.path import Path
from servicelab.picture.steps import Station, steps_of

WIDTH = 80


def draw(path: Path, width: int = WIDTH) -> str:
    """The path from its source at the top to its end at the bottom; no line is longer than `width`."""
    steps = steps_of(path)
    lines: list[str] = []
    for station in steps.stations:
        if lines:
            lines += _arrow(station.arrow, width)
        lines += _box(station, width)
    mark = "✔" if steps.answered else "✘"
    lines += [
        f"  {mark} {line}" if index == 0 else f"    {line}" for index, line in enumerate(wrap(steps.ending, width - 4))
    ]
    lines += [f"    {line}" for line in wrap(steps.reason, width - 4)]
    return "\n".join(lines) + "\n"


def _box(station: Station, width: int) -> list[str]:
    inside = [piece for line in (station.title, *station.lines) for piece in wrap(line, width - 6) or [""]]
    widest = max(len(line) for line in inside)
    edge = "─" * (widest + 2)
    return [f"  ┌{edge}┐", *(f"  │ {line:<{widest}} │" for line in inside), f"  └{edge}┘"]


def _arrow(labels: tuple[str, ...], width: int) -> list[str]:
    said = [piece for label in labels for piece in wrap(label, width - 9)]
    return [*(f"      │  {line}" for line in said), "      ▼"] if said else ["      ▼"]
