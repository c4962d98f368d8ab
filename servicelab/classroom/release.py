"""Makes exercises/ from solutions/ with nbgrader. Solutions are the one place an exercise is written."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from servicelab.classroom.directory import CONFIG
from servicelab.course import CourseError, load_course

SECONDS = 120.0


def generate(root: Path, target: Path) -> None:
    """Write what `nbgrader generate_assignment` makes of every exercise in `root` to `target`, and nothing else.

    It works on a copy, so neither the gradebook nor exercises/ of `root` is touched. CourseError with nbgrader's own
    words when it fails.
    """
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        shutil.copy(root / CONFIG, copy)
        for exercise in load_course(root).exercises:
            shutil.copytree(root / "solutions" / exercise.slug, copy / "solutions" / exercise.slug)
        # all by one process: to import nbgrader takes longer than to make any one of them
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", "*", "--no-db"]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode != 0:
            raise CourseError(f"nbgrader could not make the exercises:\n{done.stdout}{done.stderr}")
        shutil.copytree(copy / "exercises", target)


def files(directory: Path) -> dict[str, bytes]:
    """All files below a directory, by relative path; without what Jupyter leaves behind."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
