"""What a plain word in a manifest means to Kubernetes.

The rules are those of the YAML reader inside kubectl and the API server (YAML 1.1 with changes), seen with
`kubectl create --dry-run=client -o json`; they are not PyYAML's.
"""

import re

Scalar = str | int | float | bool | None

TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
NULL = frozenset(["", "~", "null", "Null", "NULL"])
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
OCTAL = re.compile(r"0[0-7]+")
CLOCK = re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")
LONGEST_NUMBER = 400
"""Characters; a longer run of digits is read as text, so that no number costs more than a moment."""


def resolve(text: str) -> Scalar:
    """The value of an unquoted word: what Kubernetes makes of it.

    Raises ValueError for infinities and NaN, which JSON does not have.
    """
    if text in NULL:
        return None
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    if NOT_FINITE.fullmatch(text):
        raise ValueError(f"“{text}” is no number that Kubernetes can store")
    if len(text) > LONGEST_NUMBER or text[0] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    if INTEGER.fullmatch(digits):
        number = _integer(digits)
        return number if -(2**63) <= number < 2**64 else float(number)
    if FLOAT.fullmatch(digits):
        return _shortest(float(digits))
    return text


def _integer(digits: str) -> int:
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-").lower()
    for prefix, base in (("0x", 16), ("0b", 2), ("0o", 8)):
        if digits.startswith(prefix):
            return sign * int(digits[2:], base)
    if len(digits) > 1 and digits.startswith("0"):
        return sign * int(digits, 8)
    return sign * int(digits)


def _shortest(number: float) -> int | float:
    """JSON as Kubernetes writes it has 1000 for 1e3."""
    if number in (float("inf"), float("-inf")):
        raise ValueError("the number is too large")
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def surprise(text: str) -> str | None:
    """Why an unquoted word does not mean what it looks like, as one sentence; None when it does."""
    if text in (TRUE | FALSE) and text.lower() not in ("true", "false"):
        word = "true" if text in TRUE else "false"
        return f'Without quotes, {text} is read as the boolean {word}; write "{text}" if you mean the word.'
    digits = text.replace("_", "").lstrip("+-")
    if OCTAL.fullmatch(digits) and len(text) <= LONGEST_NUMBER:
        return (
            f"A number that starts with 0 is read in base 8: {text} becomes {resolve(text)}; "
            f'leave the 0 out, or write "{text}" if you mean text.'
        )
    if CLOCK.fullmatch(text):
        return (
            f'{text} is text to Kubernetes, but some YAML readers make a number in base 60 of it; write "{text}" '
            "so that all read the same."
        )
    return None
