"""Whose variant of an exercise it is: the learner's at this machine, or a student's whose submission is judged."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from servicelab.checks.variant import Variant
from servicelab.cluster import settings
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.course.catalogue import Exercise
from servicelab.course.issued import Issued, issued_to, variant_of
from servicelab.course.progress import Progress
from servicelab.course.variant import reference, secret_from, secret_of, variant

KEY_VARIABLE = "LAB_VARIANT_KEY"
STUDENT_VARIABLE = "LAB_STUDENT"
VARIANT_VARIABLE = "LAB_VARIANT"
CLASS_FILE = "class.toml"
STEPS = ("submitted", "autograded")
"""Folders of a course directory in which `STUDENT/EXERCISE/` says whose a notebook is."""


@dataclass(frozen=True)
class Owner:
    """Who it is; `student` None without a class. `secret` is what all their variants follow from.

    `issued` are the values a student was given, which count before the secret. An author who sets LAB_VARIANT to
    `reference` sees every exercise as it is written.
    """

    student: str | None
    secret: bytes = field(repr=False, default=b"")
    is_author: bool = False
    issued: Issued = field(repr=False, default_factory=dict)

    def variant(self, exercise: Exercise, home: Home) -> Variant:
        """Their variant. Without a class it is a fresh one after each time a solution was shown."""
        if self.is_author:
            return reference(exercise)
        if given := variant_of(self.issued, exercise):
            return given
        fresh = 0 if self.student else Progress(home).solutions_shown(exercise.slug)
        return variant(exercise, self.secret, fresh)


def owner(
    home: Home,
    environment: Mapping[str, str] = os.environ,
    *,
    student: str | None = None,
    folder: Path | None = None,
) -> Owner:
    """Who is meant: `student` when given, else the one whose folder of a course directory `folder` is, else the
    learner at this machine. class.toml is looked for from `folder` upwards.

    Without a class a learner gets a secret by chance, which is kept. MachineError when a remembered code is damaged.
    """
    if environment.get(VARIANT_VARIABLE) == "reference":
        return Owner(None, is_author=True)
    key = class_key(environment, folder or Path.cwd())
    student = student or (student_of(folder) if folder else None)
    if student is not None:
        return Owner(student, secret_of(key or b"", student))
    known = settings.load(home)
    student = environment.get(STUDENT_VARIABLE) or known.student
    if student is None:
        seed = known.seed or settings.remember(home, seed=secrets.token_hex(16)).seed or ""
        return Owner(None, bytes.fromhex(seed))
    if key is None and (issued := issued_to(home, student)):
        return Owner(student, issued=issued)
    if known.code and key is None:
        try:
            return Owner(student, secret_from(known.code))
        except ValueError as error:
            raise MachineError(str(error), "Set it again: lab whoami --set ID --code CODE") from None
    return Owner(student, secret_of(key or b"", student))


def student_of(folder: Path) -> str | None:
    """The student of `…/submitted/STUDENT/EXERCISE` or `…/autograded/STUDENT/EXERCISE`; None for another folder."""
    parts = folder.absolute().parts
    return parts[-2] if len(parts) > 2 and parts[-3] in STEPS else None


def class_key(environment: Mapping[str, str], folder: Path) -> bytes | None:
    """The instructor's key: LAB_VARIANT_KEY, else `variant_key` in class.toml in the folder or one above it.

    None when there is none: then variants follow from the students' ids alone, and anybody can compute anybody's.
    MachineError when class.toml is damaged.
    """
    if told := environment.get(KEY_VARIABLE):
        return told.encode()
    for place in (folder.absolute(), *folder.absolute().parents):
        path = place / CLASS_FILE
        if path.is_file():
            try:
                kept = tomllib.loads(path.read_text("utf-8")).get("variant_key")
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise MachineError(f"{path} cannot be read: {error}", "Mend it, or set LAB_VARIANT_KEY.") from None
            return kept.encode() if isinstance(kept, str) and kept else None
    return None
