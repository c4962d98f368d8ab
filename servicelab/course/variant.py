"""Issues variants: the same student gets the same values for an exercise, and nobody can tell another's. Pure.

Everything follows from a secret: that of a student, which an instructor's key and the student's id make, or that of a
learner without a class, which is made by chance once and kept.
"""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Iterator

from servicelab.checks.variant import Value, Variant
from servicelab.course.catalogue import Exercise, Varied

COMMON_PORTS = frozenset({22, 53, 80, 443, 3000, 5000, 8000, 8080, 8443, 9090, 9376, 30080, 30443})
"""What people write without looking; no variant has these, so that it shows."""
SECRET = 10
"""Bytes of a student's secret: 16 letters and digits to type."""


def normalised(student: str) -> str:
    """One spelling of a student's id: no spaces around it, no capitals, one form of accents."""
    return unicodedata.normalize("NFKC", student).strip().casefold()


def secret_of(key: bytes, student: str) -> bytes:
    """A student's secret in the class with this key; it tells nothing of the key or of other students'."""
    return hmac.digest(key, b"student/" + normalised(student).encode(), "sha256")[:SECRET]


def code_of(secret: bytes) -> str:
    """A student's secret as the instructor hands it out: `ABCD-EFGH-IJKL-MNOP`."""
    letters = base64.b32encode(secret).decode()
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def secret_from(code: str) -> bytes:
    """The secret in a code. ValueError with a sentence for the learner when it is none."""
    try:
        secret = base64.b32decode(code.replace("-", "").replace(" ", "").upper())
    except ValueError:
        secret = b""
    if len(secret) != SECRET:
        raise ValueError(f"“{code}” is no code: it has 16 letters and digits, such as {code_of(bytes(SECRET))}.")
    return secret


def reference(exercise: Exercise) -> Variant:
    """The variant with which the exercise's files are written."""
    values = {varied.name: varied.reference for varied in exercise.varies}
    return Variant(values, values)


def variant(exercise: Exercise, secret: bytes, fresh: int = 0) -> Variant:
    """The variant that a secret gives; `fresh` counts those issued after a solution was shown.

    All variants of an exercise have the same shape: a word stands for a word and a number for a number. No two values
    of a variant are equal, and none is the reference's or a common default.
    """
    seed = hmac.digest(secret, f"{exercise.slug}/{fresh}".encode(), "sha256")
    references: dict[str, Value] = {varied.name: varied.reference for varied in exercise.varies}
    values: dict[str, Value] = {}
    taken: set[Value] = {*references.values(), *COMMON_PORTS}
    for varied in exercise.varies:
        values[varied.name] = next(value for value in _drawn(varied, seed) if value not in taken)
        taken.add(values[varied.name])
    return Variant(references, values, seed)


def another(exercise: Exercise, own: Variant) -> Variant:
    """A variant for worked examples: none of its values is `own`'s."""
    theirs = set(own.values.values())
    candidates = (variant(exercise, own.seed + b"another", fresh) for fresh in range(1000))
    return next(one for one in candidates if not theirs & set(one.values.values()))


def _drawn(varied: Varied, seed: bytes) -> Iterator[Value]:
    """Values of the pool, by chance, without an end; Python's `random` may change between versions, this may not."""
    pool = varied.pool
    for count in range(10_000):
        drawn = hashlib.sha256(seed + f"/{varied.name}/{count}".encode()).digest()
        yield pool[int.from_bytes(drawn[:8], "big") % len(pool)]
