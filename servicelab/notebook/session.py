"""What this notebook's kernel knows: the manifests and answers its cells hold, and the exercise it is about."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from servicelab.checks import Names, Variant
from servicelab.cluster.base import Cluster, MachineError, NotSupported
from servicelab.cluster.home import Home
from servicelab.course.catalogue import Exercise, NoSuchExercise, load_course
from servicelab.course.submission import Submission
from servicelab.course.whose import owner

Opened = Callable[[], AbstractContextManager[Cluster]]
"""Opens a cluster for a block."""
TOLD = (ValueError, MachineError, NotSupported)
"""What is told in its own sentence: the learner or their machine got something wrong."""


@dataclass
class Session:
    """One kernel's state. `manifests` and `answers` are texts by name, as last run; `%exercise` sets `exercise`.

    `sent` holds, by a manifest's name, the text that was last sent to the cluster, and what kubectl said.
    """

    manifests: dict[str, str] = field(default_factory=dict)
    sent: dict[str, tuple[str, str]] = field(default_factory=dict)
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


def refuse_under_nbgrader() -> None:
    """NotSupported when nbgrader runs this notebook."""
    if under_nbgrader():
        raise NotSupported("nbgrader runs this notebook, so nothing is sent to a cluster here.")


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """The learner's running cluster. NotSupported under nbgrader, MachineError when none runs."""
    from servicelab.course import judging

    refuse_under_nbgrader()
    with closing(judging.own_cluster()) as cluster:
        yield cluster


def default_namespace() -> str | None:
    """Where a manifest goes that names no namespace: as in the checks, the exercise's first."""
    exercise = _exercise()
    return own_variant(exercise).rendered(exercise.namespaces[0]) if exercise else None


def names_on(cluster: Cluster) -> Names:
    """What the exercise's names and addresses are on the learner's cluster: themselves, but addresses that stand for
    a Pod's. MachineError when that Pod is not there.
    """
    from servicelab.course.stand_ins import stand_ins

    exercise = _exercise()
    return Names({}, stand_ins(exercise, cluster, own_variant(exercise), str) if exercise else {})


def _exercise() -> Exercise | None:
    """The one that `%exercise` has prepared, if any."""
    try:
        return load_course().exercise(SESSION.exercise) if SESSION.exercise else None
    except NoSuchExercise:
        return None
