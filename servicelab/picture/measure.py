"""How wide a text is in a usual sans-serif font, and where to break it. No font is asked: widths are upper bounds."""

from itertools import accumulate

BROADEST = 1.4
"""Em, of a character that no class below names."""
CLASSES = (
    (0.28, "'ijl"),
    (0.32, " \N{NO-BREAK SPACE},.IJ·’"),
    (0.36, "/:;\\f|"),
    (0.42, "()-[]t!r"),
    (0.53, '"*_`–sz“”'),
    (0.56, "?Lc"),
    (0.60, "Fkvxy"),
    (0.62, "PTYaeo"),
    (0.64, "$0123456789ESbdghnpqu{}"),
    (0.71, "ABCKRVXZ"),
    (0.79, "NU&DGHOQ"),
    (0.87, "#+<=>^w~→M"),
    (1.00, "%@Wm…"),
)
"""Em by character: those of DejaVu Sans, which is as wide as any sans-serif font in use."""


class _Widths(dict[str, float]):
    def __missing__(self, character: str) -> float:
        return BROADEST


WIDTHS = _Widths({character: em for em, characters in CLASSES for character in characters})
BOLD = 0.085
"""Em that a bold character is wider."""
BREAKS = "/-.:,"
"""A word that is too long for a line may be broken after one of these."""
ELLIPSIS = "…"


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a line of text of that font size, in the same unit."""
    return (sum(map(WIDTHS.__getitem__, text)) + BOLD * len(text) * bold) * size


def wrap(text: str, room: float, size: float, bold: bool = False, most: int = 99) -> list[str]:
    """The text in lines no wider than `room`; what does not fit into `most` lines is cut, with `…` at the end."""
    lines: list[str] = []
    line, wide, space = "", 0.0, width(" ", size, bold)
    # A line may end with the dot between two things, but not begin with it.
    for word in " ".join(text.split()).replace(" ·", "\N{NO-BREAK SPACE}·").split(" "):
        more = width(word, size, bold)
        if line and wide + space + more <= room:
            line, wide = f"{line} {word}", wide + space + more
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, room, size, bold) if more > room else [word]
        lines += whole
        wide = width(line, size, bold)
    lines.append(line)
    if len(lines) > most:
        last = lines[most - 1]
        while last and width(last + ELLIPSIS, size, bold) > room:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + ELLIPSIS]
    return lines


def _pieces(word: str, room: float, size: float, bold: bool) -> list[str]:
    """A word cut so that each piece fits, after a mark that parts it where there is one."""
    pieces: list[str] = []
    while True:
        widths = accumulate(width(character, size, bold) for character in word)
        fits = next((n for n, wide in enumerate(widths) if wide > room), len(word))
        if fits == len(word):
            return [*pieces, word]
        fits = max(fits, 1)
        after = next((n for n in range(fits, fits // 2, -1) if word[n - 1] in BREAKS), fits)
        pieces.append(word[:after])
        word = word[after:]
