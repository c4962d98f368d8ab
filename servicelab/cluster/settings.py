"""What the lab remembers about its learner: which cluster, and which student."""

import json
from dataclasses import dataclass, replace

from servicelab.cluster.home import Home, read_json, write_private


@dataclass(frozen=True)
class Settings:
    """`cluster` is the remembered kind (`kind` or `embedded`), None until one was chosen; `student` the id."""

    cluster: str | None = None
    student: str | None = None


def load(home: Home) -> Settings:
    """What was remembered; nothing, when there is no file yet."""
    kept = read_json(home.settings_file)
    return Settings(**{key: kept[key] for key in ("cluster", "student") if isinstance(kept.get(key), str)})


def remember(home: Home, *, cluster: str | None = None, student: str | None = None) -> Settings:
    """Change what is given and keep the rest, also what another version of the lab has written there."""
    settings = load(home)
    if cluster is not None:
        settings = replace(settings, cluster=cluster)
    if student is not None:
        settings = replace(settings, student=student)
    kept = read_json(home.settings_file)
    kept.update({key: value for key, value in vars(settings).items() if value is not None})
    write_private(home.settings_file, json.dumps(kept, indent=2) + "\n")
    return settings
