"""Roles instead of chosen names: which part an object plays, whatever it happens to be called in a run."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.conformance.life.player import Seen

Json = dict[str, Any]
MASKS = (
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
    (r"->\d+\.\d+\.\d+\.\d+:", "->ADDRESS:"),
    (r"\b\d+\.\d+\.\d+\.\d+:\d{5}\b", "ADDRESS:PORT"),
    (r"\b\d+\.\d+\.\d+\.\d+\b", "ADDRESS"),
    (r"\b[\w-]+-(control-plane|worker\d*)\b", "NODE"),
    (r"\b(\d+m)?\d+(\.\d+)?s\b", "DURATION"),
    (r"ADDRESS:81: i/o timeout", "ADDRESS:81: connect: connection refused"),
    (r"(?s)(Failed to pull image \"[^\"]*\":).*", r"\1 WHY"),
)
"""What differs between two runs in texts. Nobody listens on port 81, which a busy node finds out late. Why a pull fails
differs between clusters: the embedded one says which images it has."""


class Roles:
    """The role of each object by uid, and texts with roles instead of names."""

    def __init__(self, seen: Iterable[Seen], namespace: str) -> None:
        self.role_of: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._namespace = namespace
        self._ordinals: Counter[str] = Counter()
        first: dict[str, Seen] = {}
        for one in seen:
            first.setdefault(one.object["metadata"]["uid"], one)
        for one in sorted(first.values(), key=lambda one: one.kind != "ReplicaSet"):
            self._name(one)

    def masked(self, text: str) -> str:
        """The text with roles and masks."""
        text = text.replace(self._namespace, "NAMESPACE")
        for name in sorted(self._texts, key=len, reverse=True):
            text = text.replace(name, self._texts[name])
        for pattern, mask in MASKS:
            text = re.sub(pattern, mask, text)
        return text

    def _name(self, one: Seen) -> None:
        metadata = one.object["metadata"]
        name, uid = metadata["name"], metadata["uid"]
        self.role_of[uid] = f"{one.kind} {name}"
        owner = next(iter(metadata.get("ownerReferences", [])), None)
        if owner is None or owner["kind"] == "StatefulSet" or not name.startswith(f"{owner['name']}-"):
            return
        whose = self._texts.get(owner["name"], owner["name"])
        if owner["kind"] == "Deployment":
            self._ordinals[owner["uid"]] += 1
            self._texts[name] = f"{whose}#{self._ordinals[owner['uid']]}"
            self.role_of[uid] = f"{one.kind} {self._texts[name]}"
        else:
            self._texts[name] = f"one of {whose}"
            self.role_of[uid] = f"{one.kind} of {whose}"
