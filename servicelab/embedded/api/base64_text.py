"""Base64 as Go reads it: with padding, line breaks anywhere, and the place of the first mistake."""

import base64
import re

from servicelab.embedded.api.failures import Unreadable

ALPHABET = re.compile("[A-Za-z0-9+/]")
BREAKS = "\r\n"


def canonical_base64(text: str) -> str:
    """The text without line breaks. Unreadable, with the byte that is wrong, when it is no base64."""
    if (place := _first_mistake(text)) is not None:
        raise Unreadable(f"illegal base64 data at input byte {place}")
    return base64.b64encode(base64.b64decode(text)).decode()


def _first_mistake(text: str) -> int | None:
    """Where Go's decoder stops; it reads four letters at a time."""
    position = count = 0
    while position < len(text):
        letter = text[position]
        position += 1
        if letter in BREAKS:
            continue
        if ALPHABET.match(letter):
            count = (count + 1) % 4
            continue
        if letter != "=" or count < 2:
            return position - 1
        return _after_padding(text, position, count)
    return len(text) - count if count else None


def _after_padding(text: str, position: int, count: int) -> int | None:
    if count == 2:
        position = _next_letter(text, position)
        if position == len(text):
            return position
        if text[position] != "=":
            return position - 1
        position += 1
    position = _next_letter(text, position)
    return position if position < len(text) else None


def _next_letter(text: str, position: int) -> int:
    while position < len(text) and text[position] in BREAKS:
        position += 1
    return position
