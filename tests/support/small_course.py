"""A course of a few packages that `./lab` sets up in seconds."""

import re
import shutil
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
PACKAGES = ("editables", "hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers")
"""The least that can install the project itself; their lines are taken from the real lock."""
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "servicelab"
version = "0"
[tool.hatch.build.targets.wheel]
packages = ["servicelab"]
"""
MAIN = "import sys, hatchling\nprint('ran', *sys.argv[1:], sys.executable)\nsys.exit(7 if 'fail' in sys.argv else 0)\n"


def lines_of_lock(names=PACKAGES) -> str:
    entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", (COURSE / "requirements.lock").read_text(), re.M | re.S)
    return "".join(entry for entry in entries if entry.split("==")[0] in names)


def make_course(course: Path) -> Path:
    """A course in that folder, whose `lab` prints `ran`."""
    (course / "tools").mkdir(parents=True)
    shutil.copy(COURSE / "lab", course)
    shutil.copy(COURSE / "tools" / "bootstrap.py", course / "tools")
    (course / "requirements.lock").write_text(lines_of_lock())
    (course / "pyproject.toml").write_text(PYPROJECT)
    package = course / "servicelab" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(MAIN)
    return course
