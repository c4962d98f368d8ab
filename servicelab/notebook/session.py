"""What this notebook's kernel knows: the manifests its cells hold, and the exercise it is about."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from servicelab.course.submission import Submission


@dataclass
class Session:
    """One kernel's state. `manifests` are texts by name, as last run; `exercise` is set by `%exercise`."""

    manifests: dict[str, str] = field(default_factory=dict)
    exercise: str | None = None

    def submission(self) -> Submission:
        """What has been written so far, as data."""
        return Submission(dict(self.manifests))


SESSION = Session()


def under_nbgrader(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether nbgrader runs this notebook: then nothing of the machine's own clusters may be touched."""
    return bool(environment.get("NBGRADER_EXECUTION") or environment.get("NBGRADER_VALIDATING"))
