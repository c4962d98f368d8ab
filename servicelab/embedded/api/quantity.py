"""Amounts such as `500m` or `64Mi`, and the one way Kubernetes writes each."""

import re
from collections.abc import Callable
from fractions import Fraction

from servicelab.embedded.api.failures import Unreadable

PATTERN = re.compile(r"([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)\Z")
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
NOT_A_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
NANO = Fraction(1, 10**9)
MOST_DIGITS, LARGEST_EXPONENT = 40, 40
"""Far beyond what any amount means; longer ones would only cost time."""


def amount(text: str) -> Fraction:
    """The plain number a quantity stands for. Unreadable when it is none."""
    number, suffix = _split(text)
    if suffix in BINARY:
        return number * (1 << BINARY[suffix])
    return number * Fraction(10) ** _exponent(suffix)


def canonical(text: str) -> str:
    """The quantity as an API server writes it back: `0.5` becomes `500m`, `1024Mi` becomes `1Gi`."""
    suffix = _split(text)[1]
    value = amount(text)
    if suffix in BINARY and (value >= 1024 or value <= -1024) and value.denominator == 1:
        return _binary(int(value))
    if suffix[:1] in ("e", "E") and suffix != "E":
        return _decimal(value, lambda power: f"e{power}" if power else "")
    names = {power: name for name, power in DECIMAL.items()}
    return _decimal(value, lambda power: names[power])


def _split(text: str) -> tuple[Fraction, str]:
    match = PATTERN.match(text)
    if not match or match[1].count(".") > 1 or not any(letter.isdigit() for letter in match[1]):
        raise Unreadable(NOT_A_QUANTITY)
    suffix = match[2]
    if suffix not in BINARY and suffix not in DECIMAL and not re.fullmatch(r"[eE][-+]?[0-9]+", suffix):
        raise Unreadable("unable to parse quantity's suffix")
    if len(match[1]) > MOST_DIGITS or (suffix not in BINARY and abs(_exponent(suffix)) > LARGEST_EXPONENT):
        raise Unreadable("unable to parse quantity's suffix")
    return Fraction(match[1]), suffix


def _exponent(suffix: str) -> int:
    return DECIMAL[suffix] if suffix in DECIMAL else int(suffix[1:])


def _binary(value: int) -> str:
    for name, shift in reversed(BINARY.items()):
        if value % (1 << shift) == 0:
            return f"{value >> shift}{name}"
    return str(value)


def _decimal(value: Fraction, suffix: Callable[[int], str]) -> str:
    if value == 0:
        return "0"
    if value % NANO:  # finer than a billionth is rounded up
        value = (value // NANO + (1 if value > 0 else -1)) * NANO
    for power in range(18, -10, -3):
        scaled = value / Fraction(10) ** power
        if scaled.denominator == 1:
            return f"{scaled.numerator}{suffix(power)}"
    raise AssertionError("a multiple of a billionth always fits")
