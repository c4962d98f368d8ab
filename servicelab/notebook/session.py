"""What this notebook's kernel knows: the manifests and answers its cells hold, and the exercise it is about."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from servicelab.checks import Variant
from servicelab.cluster.home import Home
from servicelab.course.catalogue import Exercise
from servicelab.course.submission import Submission
from servicelab.course.whose import owner


@dataclass
class Session:
    """One kernel's state. `manifests` and `answers` are texts by name, as last run; `%exercise` sets `exercise`."""

    manifests: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    exercise: str | None = None

    def submission(self) -> Submission:
        """What has been written so far, as data."""
        return Submission(dict(self.manifests), answers=dict(self.answers))


SESSION = Session()


def own_variant(exercise: Exercise) -> Variant:
    """The variant of whoever runs this notebook; nbgrader runs a student's in that student's folder."""
    home = Home.find()
    return owner(home, folder=Path.cwd() if under_nbgrader() else None).variant(exercise, home)


def under_nbgrader(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether nbgrader runs this notebook: then nothing of the machine's own clusters may be touched."""
    return bool(environment.get("NBGRADER_EXECUTION") or environment.get("NBGRADER_VALIDATING"))
