"""What the lab remembers about its learner: which cluster, which student, and what their variants follow from."""

import json
from dataclasses import dataclass, fields

from servicelab.cluster.home import Home, read_json, write_private


@dataclass(frozen=True)
class Settings:
    """`cluster` is the remembered kind (`kind` or `embedded`), None until one was chosen; `student` the id.

    `code` is the student's secret as the instructor gave it, `seed` (hexadecimal) that of a learner without a class.
    """

    cluster: str | None = None
    student: str | None = None
    code: str | None = None
    seed: str | None = None


NAMES = tuple(field.name for field in fields(Settings))


def load(home: Home) -> Settings:
    """What was remembered; nothing, when there is no file yet."""
    kept = read_json(home.settings_file)
    return Settings(**{name: kept[name] for name in NAMES if isinstance(kept.get(name), str)})


def remember(home: Home, **changes: str) -> Settings:
    """Change what is given, by the names of `Settings`; keep the rest, also what another version of the lab wrote."""
    assert set(changes) <= set(NAMES)
    write_private(home.settings_file, json.dumps(read_json(home.settings_file) | changes, indent=2) + "\n")
    return load(home)
