"""Records scenarios on a real cluster.

    python -m tests.conformance.life.record KUBECONFIG [--only NAME ...] [--runs 2] [--at-once 4]

Each is played as often as `--runs` says; an outcome is kept only when all runs were equal, else what differed is
printed (and the exit code is 1): then a rule is missing in outcome.py, or the scenario leaves too much to chance.
"""

import argparse
import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tests.conformance.life.clusters import Broken, Cluster, EmbeddedCore, RealCluster
from tests.conformance.life.outcome import Outcome
from tests.conformance.life.player import Failed, Player
from tests.conformance.life.scenarios import FOLDER, Scenario, all_scenarios, themes

Json = dict[str, Any]


def outcome(cluster: Cluster, scenario: Scenario) -> Json:
    """Play a scenario once, in a Namespace of its own."""
    namespace = f"life-{uuid.uuid4().hex[:8]}"
    return Outcome(Player(cluster, namespace).play(scenario), namespace).told()


def embedded_outcome(scenario: Scenario, seed: int = 1) -> Json:
    """What the embedded cluster makes of it."""
    return outcome(EmbeddedCore(seed), scenario)


def recorded(theme: str) -> dict[str, Json]:
    """What a real cluster made of the scenarios of a theme, by name."""
    path = FOLDER / "recorded" / f"{theme}.json"
    return json.loads(path.read_text(encoding="utf-8"))["scenarios"] if path.exists() else {}


def differences(expected: Json, found: Json) -> str:
    """What differs, as lines to read; empty when nothing does."""
    lines = []
    for role in sorted({*expected, *found}):
        left, right = (list(told.get(role, [])) for told in (expected, found))
        for one in [one for one in left if one in right]:
            left.remove(one)
            right.remove(one)
        for wanted, here in zip_longest(left, right, fillvalue={}):
            for track in sorted({*wanted, *here}):
                if wanted.get(track) != here.get(track):
                    lines.append(f"{role}, {track}:\n  expected {wanted.get(track)}\n  found    {here.get(track)}")
    return "\n".join(lines)


def keep(version: str, theme: str, found: dict[str, Json]) -> None:
    """Put outcomes into a theme's recording; scenarios that are no more go from it."""
    names = [scenario.name for scenario in all_scenarios() if scenario.theme == theme]
    all_found = recorded(theme) | found
    told = {"kubernetes": version, "scenarios": {name: all_found[name] for name in names if name in all_found}}
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (FOLDER / "recorded" / f"{theme}.json").write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kubeconfig", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--at-once", type=int, default=4)
    asked = parser.parse_args()
    wished = [one for one in all_scenarios() if not asked.only or {one.name, one.theme} & set(asked.only)]
    version = RealCluster(asked.kubeconfig).send("GET", "/version")[1]["gitVersion"]
    unsteady = 0

    def run(scenario: Scenario) -> list[Json] | str:
        try:
            return [outcome(RealCluster(asked.kubeconfig), scenario) for _ in range(asked.runs)]
        except (Failed, Broken) as problem:
            return str(problem)

    kept: dict[str, dict[str, Json]] = {theme: {} for theme in themes()}
    with ThreadPoolExecutor(asked.at_once) as pool:
        for scenario, runs in zip(wished, pool.map(run, wished), strict=True):
            if isinstance(runs, str):
                differing = runs
            else:
                differing = "\n".join(filter(None, (differences(runs[0], other) for other in runs[1:])))
            print(f"{scenario.theme}/{scenario.name}: {differing or f'{asked.runs} equal runs'}", flush=True)
            unsteady += bool(differing)
            if not differing:
                kept[scenario.theme][scenario.name] = runs[0]
                keep(version, scenario.theme, kept[scenario.theme])
    return int(unsteady > 0)


if __name__ == "__main__":
    sys.exit(main())
