"""How recorded watches are kept: one line of JSON per change, without what no account tells, compressed."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.conformance.life.player import Seen

Json = dict[str, Any]
FILE = Path(__file__).parent / "recorded.jsonl.gz"
Moment = tuple[float, Seen]
"""Seconds since the first scene began, and what a watch told then."""


def keep(facts: Json, scenes: dict[str, tuple[list[Seen], list[Moment]]]) -> None:
    """Write versions, and each scene: what was there before, and what was told."""
    with gzip.open(FILE, "wt", compresslevel=9) as file:
        file.write(json.dumps(facts) + "\n")
        for name, (before, told) in scenes.items():
            for one in before:
                file.write(json.dumps([name, None, one.kind, one.change, _plain(one.object)]) + "\n")
            for moment, one in told:
                file.write(json.dumps([name, round(moment, 2), one.kind, one.change, _plain(one.object)]) + "\n")


def kept() -> dict[str, tuple[list[Seen], list[Moment]]]:
    """The recorded scenes by name: what was there before, and what was told."""
    scenes: dict[str, tuple[list[Seen], list[Moment]]] = {}
    with gzip.open(FILE, "rt") as file:
        next(file)
        for name, moment, kind, change, object in _lines(file):
            before, told = scenes.setdefault(name, ([], []))
            if moment is None:
                before.append(Seen(kind, change, object))
            else:
                told.append((moment, Seen(kind, change, object)))
    return scenes


def _lines(file: Iterable[str]) -> Iterable[tuple[str, float | None, str, str, Json]]:
    for line in file:
        name, moment, kind, change, object = json.loads(line)
        yield name, moment, kind, change, object


def _plain(object: Json) -> Json:
    """Without managed fields, and of Nodes and workloads without what does not change here."""
    plain = {name: value for name, value in object.items() if name != "spec" or "template" not in value}
    if "template" in object.get("spec", {}):
        plain["spec"] = {name: value for name, value in object["spec"].items() if name != "template"}
    metadata = {name: value for name, value in object["metadata"].items() if name != "managedFields"}
    plain["metadata"] = metadata
    if object.get("kind") == "Node":
        plain["status"] = {"conditions": object["status"]["conditions"]}
    return plain
