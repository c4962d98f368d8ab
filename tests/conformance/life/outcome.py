"""From what watches told to what is compared: per object, each value's sequence, without what is chance.

What is left out or merged, for every scenario alike:
- Names, addresses, uids and nodes that were chosen become roles: `Pod of web#1` is a Pod of the first ReplicaSet of
  `web`. Objects of one role whose sequences are equal are counted, not told apart.
- Every value is followed on its own, because a watch (and a kubelet that writes its status when it gets round to it)
  may show two changes together or one after the other.
- A value that stays is told once; of a count that rises or falls only the turning points are told; what comes round
  again and again is told once.
- That an endpoint is not ready before it first becomes ready is left out: a Pod's address and its readiness may be
  written together.
- Events are told per source and container, in order, each text once, with how many objects have it, and whether it
  came again.
- Probes that fail while the Pod is being ended are left out: whether one falls into that time is chance.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from tests.conformance.life import tracks
from tests.conformance.life.player import Seen
from tests.conformance.life.roles import Roles

Json = dict[str, Any]
Sequence = list[tracks.Value]
AT_FIRST = {"conditions": ("none", "not ready")}
"""Values by track that are left out at the beginning of a sequence that goes on."""


class Outcome:
    """The comparable outcome of one run."""

    def __init__(self, seen: Iterable[Seen], namespace: str) -> None:
        everything = list(seen)
        self._roles = Roles((one for one in everything if one.kind != "Event"), namespace)
        self._histories: dict[str, dict[str, Sequence]] = defaultdict(dict)
        self._role_of: dict[str, str] = {}
        self._behind: dict[str, set[str]] = {}
        for one in everything:
            if one.kind != "Event":
                self._follow(one)
        self._tell_events([one.object for one in everything if one.kind == "Event" and one.change != "DELETED"])

    def told(self) -> Json:
        """Role -> the different histories of its objects, each with how many objects had it."""
        by_role: dict[str, Counter[str]] = defaultdict(Counter)
        for identity, history in self._histories.items():
            told = {name: self._plain(name, values) for name, values in history.items()}
            told = {name: values for name, values in sorted(told.items()) if values not in ([""], [0])}
            by_role[self._role_of[identity]][json.dumps(told)] += 1
        return {
            role: [{"objects": count, **json.loads(text)} for text, count in sorted(found.items())]
            for role, found in sorted(by_role.items())
        }

    def _follow(self, one: Seen) -> None:
        uid = one.object["metadata"]["uid"]
        self._role_of[uid] = self._roles.role_of[uid]
        if one.change == "DELETED":
            self._add(uid, "deletion", tracks.GONE)
        else:
            self._note(uid, tracks.values(one.kind, one.object))
        if one.kind in ("EndpointSlice", "Endpoints"):
            self._follow_endpoints(one)

    def _note(self, identity: str, values: dict[str, tracks.Value]) -> None:
        history = self._histories[identity]
        for name, value in values.items():
            self._add(identity, name, value)
        for name in history.keys() - values.keys():
            self._add(identity, name, 0 if isinstance(history[name][-1], int) else "")

    def _add(self, identity: str, name: str, value: tracks.Value) -> None:
        self._histories[identity].setdefault(name, [0] if isinstance(value, int) else []).append(value)

    def _follow_endpoints(self, one: Seen) -> None:
        """An endpoint goes on being the same when it moves to another slice of its Service."""
        metadata = one.object["metadata"]
        label = metadata.get("labels", {}).get("kubernetes.io/service-name")
        service = metadata["name"] if one.kind == "Endpoints" else label
        present = {} if one.change == "DELETED" else tracks.endpoints(one.kind, one.object)
        before, now = self._behind.get(metadata["uid"], set()), set()
        for address, (pod, values) in present.items():
            identity = f"{one.kind} {service} {pod or address}"
            now.add(identity)
            self._role_of[identity] = f"{one.kind} of {service}: {self._roles.role_of.get(pod, address)}"
            self._note(identity, values)
        self._behind[metadata["uid"]] = now
        for identity in before - now:
            if not any(identity in others for others in self._behind.values()):
                self._add(identity, "conditions", tracks.GONE)

    def _tell_events(self, events: list[Json]) -> None:
        """Events become tracks of the object they are about."""
        latest = {event["metadata"]["uid"]: event for event in events}
        objects: dict[tuple[str, str, str], Counter[bool]] = defaultdict(Counter)
        ending: set[str] = set()
        for event in latest.values():
            about, source = event["involvedObject"], event.get("source", {}).get("component")
            words = ("events", source or event.get("reportingComponent"), about.get("fieldPath"))
            track = " ".join(word for word in words if word)
            uid = about.get("uid")
            if event["reason"] == "Killing":
                ending.add(uid)
            if uid not in self._role_of or (event["reason"] == "Unhealthy" and uid in ending):
                continue
            text = self._roles.masked(f"{event['type']} {event['reason']}: {event.get('message', '')}")
            count = event.get("count") or (event.get("series") or {}).get("count") or 1
            objects[uid, track, text][count > 1] += 1
        for (uid, track, text), counts in objects.items():
            many = f" ({counts.total()} objects)" if counts.total() > 1 else ""
            self._add(uid, track, text + many + (" (again and again)" if counts[True] else ""))

    def _plain(self, name: str, values: Sequence) -> Sequence:
        """A sequence without chance: see above."""
        if all(isinstance(value, int) for value in values):
            return without_cycles(turning_points([int(value) for value in values]))
        masked: Sequence = [self._roles.masked(str(value)) for value in values]
        while len(masked) > 1 and masked[0] in AT_FIRST.get(name, ()):
            masked.pop(0)
        return without_cycles(masked)


def turning_points(numbers: list[int]) -> Sequence:
    """Only the first, the last, and where rising becomes falling or the other way round."""
    kept: list[int] = []
    for number in numbers:
        if kept and kept[-1] == number:
            continue
        if len(kept) > 1 and (kept[-2] < kept[-1]) == (kept[-1] < number):
            kept.pop()
        kept.append(number)
    return list(kept)


def without_cycles(values: Sequence) -> Sequence:
    """What comes again right after itself (one value, or several in the same order) once."""
    length = 1
    kept = list(values)
    while length <= len(kept) // 2:
        for start in range(len(kept) - 2 * length + 1):
            if kept[start : start + length] == kept[start + length : start + 2 * length]:
                del kept[start : start + length]
                length = 0
                break
        length += 1
    return kept
