"""Where the course's own files are: the repository in a clone, package data in a wheel."""

from functools import cache
from pathlib import Path

import servicelab

CATALOGUE = "course.toml"


@cache
def course_root() -> Path:
    """The directory with course.toml, graders/ and cluster-config/. FileNotFoundError when the install is broken."""
    package = Path(servicelab.__file__).resolve().parent
    for root in (package.parent, package / "course" / "data"):
        if (root / CATALOGUE).is_file():
            return root
    raise FileNotFoundError("the course's files are not there: neither a clone nor a complete installation")
