"""Amounts of cpu and memory."""

from decimal import Decimal

SUFFIXES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15),
    "E": Decimal(10**18), "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
    "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip


def parse_quantity(text: str | int | float) -> Decimal:
    """`100m` is 0.1, `1Ki` is 1024. Raises ValueError (decimal.InvalidOperation) for anything else."""
    words = str(text)
    digits = words.rstrip("numkMGTPEi")
    suffix = words[len(digits) :]
    if suffix not in SUFFIXES or not digits or digits.strip("+-.0123456789eE"):
        raise ValueError(f"{words} is no quantity")
    return Decimal(digits) * SUFFIXES[suffix]
