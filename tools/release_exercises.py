"""Make exercises/ anew from solutions/. With --check, only say whether it is what nbgrader makes of them."""

import shutil
import sys
import tempfile
from pathlib import Path

from servicelab.classroom.release import files, generate

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Do it; the exit status."""
    exercises = ROOT / "exercises"
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) / "exercises"
        generate(ROOT, made)
        if exercises.is_dir() and files(made) == files(exercises):
            print("exercises/ is what nbgrader makes of solutions/.")
            return 0
        if "--check" in sys.argv[1:]:
            print("exercises/ is stale; run: python tools/release_exercises.py")
            return 1
        shutil.rmtree(exercises, ignore_errors=True)
        shutil.copytree(made, exercises)
    print("exercises/ was made anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
