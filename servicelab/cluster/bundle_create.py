"""Makes a bundle, or finishes or renews one: each part is made only when it is not there yet, whole.

While this is at work `unfinished.json` describes the bundle, part by part, and nobody accepts it; the last step gives
that file its real name. So whatever interrupts the work, the next run goes on with the part that was missing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicelab.cluster import bundle_parts, bundle_wheels
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import DESCRIPTION, FORMAT, UNFINISHED, Bundle, check, files_of
from servicelab.cluster.bundle_parts import Facts, Order
from servicelab.cluster.home import read_json, whole
from servicelab.cluster.lock import held
from servicelab.cluster.progress import Reporter


@dataclass(frozen=True)
class Part:
    """One entry of bundle.json with its files. `is_current` says whether what is there is what is asked for."""

    name: str
    text: str
    is_current: Callable[[Order, Any], bool]
    make: Callable[[Order, Facts], Facts]


PARTS = (
    Part("binaries", "Copying kind and kubectl", bundle_parts.has_programs, bundle_parts.programs),
    Part("metallb", "Copying MetalLB's manifest", bundle_parts.has_metallb, bundle_parts.metallb_manifest),
    Part("images", "Packing the images (about 1.1 GB unpacked)", bundle_parts.has_images, bundle_parts.pack_images),
    Part("wheels", "Collecting the Python packages (about 150 MB)", bundle_wheels.has_wheels, bundle_wheels.collect),
)


def create(order: Order) -> Facts:
    """Make the bundle, or find it made; what its bundle.json says. MachineError when a part cannot be had."""
    directory, reporter = order.directory, order.reporter
    with held(
        order.home.root / "locks" / "bundle.lock", lambda: reporter.say("Another `lab bundle create` is at work.")
    ):
        facts = _begin(directory, reporter)
        for part in PARTS:
            if part.name in facts and part.is_current(order, facts[part.name]):
                reporter.say(f"Already there: {part.name}")
                continue
            with reporter.step(part.text):
                facts |= part.make(order, facts)
                _write(directory / UNFINISHED, facts)
        _write(directory / UNFINISHED, {"format": FORMAT} | facts)
        (directory / UNFINISHED).replace(directory / DESCRIPTION)
    return facts


def _begin(directory: Path, reporter: Reporter) -> Facts:
    """What is there already and whole. From here on the bundle counts as unfinished."""
    description, unfinished = directory / DESCRIPTION, directory / UNFINISHED
    if not description.exists() and not unfinished.exists():
        if directory.exists() and any(directory.iterdir()):
            raise MachineError(f"{directory} is not empty and is no bundle", "Name a new folder, or an empty one.")
        directory.mkdir(parents=True, exist_ok=True)
    if description.exists():
        if read_json(description).get("format") != FORMAT:
            raise MachineError(
                f"{description} is not a bundle's that this version of the lab knows", "Name a new folder."
            )
        description.replace(unfinished)
    facts = read_json(unfinished)
    if facts:
        with reporter.step("Checking what is there already"):
            for part in PARTS:
                if part.name in facts and not _is_whole(directory, {part.name: facts[part.name]}):
                    del facts[part.name]
    return facts


def _is_whole(directory: Path, facts: Facts) -> bool:
    try:
        for name, digest in files_of(facts):
            check(directory / name, digest)
    except (MachineError, KeyError, TypeError, AttributeError):
        return False
    return True


def _write(path: Path, facts: Facts) -> None:
    """So that a run that ends here leaves the old file or the new one. Readable for all: a class shares a bundle."""
    with whole(path) as unfinished:
        unfinished.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")


def verify(bundle: Bundle, reporter: Reporter) -> None:
    """Read every file of a bundle anew. MachineError with the name of the first that is missing or damaged."""
    for part in PARTS:
        if part.name in bundle.facts:
            with reporter.step(f"Checking {part.name}"):
                for name, digest in files_of({part.name: bundle.facts[part.name]}):
                    check(bundle.path_of(name), digest)
