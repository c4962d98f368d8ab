"""The part of a bundle that is Python: the wheels of requirements.lock, for one or more kinds of machines.

`for` lists what they fit, in the words of `tools/bootstrap.py --target`, which installs them.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from servicelab.cluster import commands
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import digest_of
from servicelab.cluster.bundle_parts import Facts, Order

DIRECTORY = "wheels"
DOWNLOADING = 3600.0
QUICK = 300.0


def lock_of(course: Path) -> Path:
    """The course's lock. MachineError when this is no clone: an installed package has none."""
    lock = course / "requirements.lock"
    if not lock.exists():
        raise MachineError(f"{lock} is not there", "Make bundles with `./lab bundle create` in a clone of the course.")
    return lock


def target_of(order: Order) -> str:
    """What wheels for the order's Python fit, as in `Python 3.11, Linux x86_64`."""
    told = commands.run([order.python, order.course / "tools" / "bootstrap.py", "--target"], timeout=QUICK)
    return told.or_raise(f"{order.python} is not a Python that the course runs on").stdout.strip()


def has_wheels(order: Order, part: Any) -> bool:
    """Whether the wheels are those of the lock, for the order's Python too."""
    return part["lock"] == digest_of(lock_of(order.course)) and target_of(order) in part["for"]


def collect(order: Order, facts: Facts) -> Facts:
    """Download the wheels of the lock, each checked against the lock's hashes; beside those for other Pythons."""
    lock, place = lock_of(order.course), order.directory / DIRECTORY
    digest, target = digest_of(lock), target_of(order)
    known = facts.get("wheels", {})
    if known and known["lock"] != digest:
        known = {}
        shutil.rmtree(place)
    with tempfile.TemporaryDirectory(prefix="lab-bundle-") as environment:
        # The pip that an environment begins with is the one that will install the wheels: it takes what that one knows.
        commands.run([order.python, "-m", "venv", environment], timeout=QUICK).or_raise(
            f"{order.python} cannot make environments", "On Debian and Ubuntu: `sudo apt install python3-venv`."
        )
        python = Path(environment) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        commands.run(
            [python, "-m", "pip", "download", *options, "--requirement", lock, "--dest", place], timeout=DOWNLOADING
        ).or_raise("the Python packages could not be downloaded", "Check the internet connection, and start again.")
    files = {path.name: digest_of(path) for path in sorted(place.glob("*.whl"))}
    return {
        "wheels": {
            "lock": digest,
            "for": sorted({*known.get("for", ()), target}),
            "directory": DIRECTORY,
            "files": files,
        }
    }
