"""A student's values as the instructor issued them: what an exercise needs, without a way to compute others'."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from servicelab.checks.variant import Value, Variant
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home, read_json, write_private
from servicelab.course.catalogue import Exercise
from servicelab.course.variant import normalised, reference

FILE = "values.json"
Issued = Mapping[str, Mapping[str, Value]]
"""The values by name, by exercise; `SEED` among them."""
SEED = "seed"


def written(student: str, variants: Iterable[tuple[Exercise, Variant]]) -> str:
    """The file for one student."""
    values = {exercise.slug: {**variant.values, SEED: variant.seed.hex()} for exercise, variant in variants}
    return json.dumps({"student": normalised(student), "values": values}, indent=1) + "\n"


def keep(home: Home, file: Path) -> str:
    """Keep the file that a student was given; whose it is. MachineError when it is none."""
    told = read_json(file)
    student, values = told.get("student"), told.get("values")
    if not isinstance(student, str) or not isinstance(values, dict):
        raise MachineError(f"{file} holds no student's values", "Take the file that your instructor gave you.")
    write_private(home.root / FILE, json.dumps(told))
    return student


def issued_to(home: Home, student: str) -> Issued:
    """What this student was given; nothing when the kept file is another's."""
    told = read_json(home.root / FILE)
    return told.get("values", {}) if told.get("student") == normalised(student) else {}


def variant_of(issued: Issued, exercise: Exercise) -> Variant | None:
    """The variant with the issued values; None when there are none, or they are for another version of the exercise."""
    values = dict(issued.get(exercise.slug, {}))
    seed = values.pop(SEED, "")
    references = reference(exercise).references
    if values.keys() != references.keys():
        return None
    return Variant(references, values, bytes.fromhex(str(seed)))
