"""What a lesson's kernel runs before its first cell, in tests: each `%probe` notes which beliefs it contradicts."""

import json
import os
from collections import Counter
from pathlib import Path

from servicelab.network.route import possible_paths
from servicelab.network.unmodelled import Unmodelled
from servicelab.notebook import probing
from servicelab.tracing.reading import read_state
from tests.conftest import COURSE
from tests.support.mutant_routes import Asked, contradicted

NOTES = "SERVICELAB_TEST_NOTES"
"""The environment variable that names the file, a line of JSON for each probe."""
STARTUP = "from tests.lessons.noting import note; note()\n"


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a kernel that notes its probes in `folder`, where IPython's own files go too."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-note.py").write_text(STARTUP, encoding="utf-8")
    return {"IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": str(COURSE), NOTES: str(folder / "probes.jsonl")}


def noted(folder: Path) -> dict[str, int]:
    """How many probes contradict each belief."""
    file = folder / "probes.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return dict(Counter(belief for line in lines for belief in json.loads(line)["contradicts"]))


def note() -> None:
    """From now on each probe is noted."""
    send = probing.send

    def noted(cluster, asked):
        verdict, path = send(cluster, asked)
        state = read_state(cluster)
        try:
            path = possible_paths(state, asked.source, asked.target)[0]
        except Unmodelled:
            path = None
        found = contradicted(Asked(state, asked.source, asked.target, verdict.outcome, path))
        with Path(os.environ[NOTES]).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"request": f"{asked.source} → {asked.target}", "contradicts": found}) + "\n")
        return verdict, path

    probing.send = noted
