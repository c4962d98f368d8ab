"""What pictures looked like when somebody last looked at them."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent


def compare(name: str, drawn: str) -> None:
    """A file of this folder says the same; with LAB_GOLDEN=write it is written anew."""
    file = FOLDER / name
    if os.environ.get("LAB_GOLDEN") == "write":
        file.write_text(drawn)
    assert drawn == file.read_text()
