"""Generated names."""

import random

SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes generated names of: no vowels and nothing that looks like them."""
SUFFIX_LENGTH = 5
LONGEST_BASE = 58


def name_suffix(randomness: random.Random) -> str:
    """Five letters, as Kubernetes appends to `generateName`."""
    return "".join(randomness.choice(SUFFIX_LETTERS) for _ in range(SUFFIX_LENGTH))


def generated_name(base: str, randomness: random.Random) -> str:
    """A name from `metadata.generateName`, which is cut so that the name has at most 63 letters."""
    return base[:LONGEST_BASE] + name_suffix(randomness)
