"""From what watches told to what is compared: per object, each value's sequence, without what is chance.

What is left out or merged, for every scenario alike:
- Names, addresses, uids and nodes that were chosen become roles: `Pod of web#1` is a Pod of the first ReplicaSet of
  `web`. Objects of one role whose sequences are equal are counted, not told apart.
- Every value is followed on its own, because a watch (and a kubelet that writes its status when it gets round to it)
  may show two changes together or one after the other.
- A value that stays is told once; of a count that rises or falls only the turning points are told; what comes round
  again and again is told once.
- A first value that is usually followed at once by another is left out (AT_FIRST): a Pod's address and its readiness,
  say, may be written together. So are values that pass (PASSING).
- Events are told per source and container, in order, each text once, with how many objects have it, and whether it
  came again.
- Probes that fail while the Pod is being ended, or because the machine is busy, are left out.
- How many steps a rollout takes depends on which Pods become ready together: a ReplicaSet's scaling in one direction is
  told as one, a Deployment's available Pods up to the wished number, all its Pods from the wished number on.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from tests.conformance.life import tracks
from tests.conformance.life.player import Seen
from tests.conformance.life.roles import Roles

Json = dict[str, Any]
Sequence = list[tracks.Value]
AT_FIRST = {
    "conditions": ("none", "not ready"),
    "condition PodReadyToStartContainers": ("False",),
    "condition Ready": ("False: ContainersNotReady",),
    "condition ContainersReady": ("False: ContainersNotReady",),
    "condition NamespaceDeletionContentFailure": ("False: ContentDeleted",),
    "container state": ("waiting ContainerCreating", "waiting PodInitializing"),
    "container ready": ("False",),
    "container started": ("False",),
}
"""Beginnings of values, by track, that are left out at the beginning of a sequence that goes on: a kubelet that is busy
first writes of a Pod when it runs already."""
BEFORE = {
    "conditions": (("none", "not ready", "terminating"), tracks.GONE),
    "condition Ready": (("False: ContainersNotReady",), "False: Pod"),
    "condition ContainersReady": (("False: ContainersNotReady",), "False: Pod"),
}
"""Beginnings of values, by track, that are left out directly before another: a Pod that ends is unready first."""
PASSING = ("waiting ErrImagePull", "True: ReplicaSetUpdated: ")
"""Beginnings of values that are left out unless there are no others: they last until the same controller's next look.
(A pull that failed is to be tried again; a new ReplicaSet has its first Pod.)"""
STARTED_ANEW = ("updatedReplicas", "currentReplicas", "updatedNumberScheduled")
"""Counts of which only the highest and the last value are told: with a new template they begin again somewhere."""
UP_TO_WISHED = ("status.availableReplicas", "status.readyReplicas")
SOME = ("terminatingReplicas", "unavailableReplicas")
"""Counts of which is told only whether they were ever above 0: which Pods begin or end together is chance."""
RESTARTS = " restarts"
"""A container's restarts: from the second on how many there were is chance."""
HOUSEKEEPING = ("ipallocator-repair-controller", "portallocator-repair-controller")
"""Sources of Events that tell of the API server's own upkeep."""
HOW_OFTEN = ("Warning FailedScheduling", "Warning BackOff", "Normal BackOff", "Warning Failed: Error: ImagePullBackOff")
"""Beginnings of Events of which is not told whether they came again: the scheduler tries whenever something changes
anywhere in the cluster, and the kubelet says that it waits whenever it looks at a Pod."""
BUSY = re.compile(
    r"Unhealthy: .*(deadline exceeded|statuscode: 412|connection reset|EOF|timeout)"
    r"|Unhealthy: .*(?<!:81: )connect: connection refused"
    r"|FailedMount: .*(no relationship found between node|timed out waiting for the condition)"
)
"""Probes that fail because the machine is busy or the program just begins (netexec then says 412; nobody ever listens
on port 81), and the API server that has not yet heard of a Pod's node."""
SCALED = re.compile(r"(Normal ScalingReplicaSet: Scaled (?:up|down) replica set \S+) from (\d+) to (\d+)")


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
            told = {name: values for name, values in sorted(told.items()) if values not in ([], [""], [0])}
            by_role[self._role_of[identity]][json.dumps(told)] += 1
        return {
            self._roles.masked(role): [{"objects": count, **json.loads(text)} for text, count in sorted(found.items())]
            for role, found in sorted(by_role.items())
        }

    def _follow(self, one: Seen) -> None:
        uid = one.object["metadata"]["uid"]
        self._role_of[uid] = self._roles.role_of[uid]
        if one.change == "DELETED":
            self._add(uid, "deletion", tracks.GONE)
        else:
            self._note(uid, bounded(one.kind, tracks.values(one.kind, one.object)))
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
            about = event["involvedObject"]
            source = event.get("source", {}).get("component") or event.get("reportingComponent")
            words = ("events", source, about.get("fieldPath"))
            track = " ".join(word for word in words if word)
            uid = about.get("uid")
            if event["reason"] == "Killing" and event["message"].startswith("Stopping"):
                ending.add(uid)
            text = self._roles.masked(f"{event['type']} {event['reason']}: {event.get('message', '')}")
            is_chance = (
                source in HOUSEKEEPING or BUSY.search(text) or (event["reason"] == "Unhealthy" and uid in ending)
            )
            if uid in self._role_of and not is_chance:
                count = event.get("count") or (event.get("series") or {}).get("count") or 1
                objects[uid, track, text][count > 1] += 1
        for (uid, track, text), counts in objects.items():
            is_told = counts.total() > 1 and "Unhealthy" not in text
            many = f" ({counts.total()} objects)" if is_told else ""
            again = counts[True] and not text.startswith(HOW_OFTEN)
            self._add(uid, track, text + many + (" (again and again)" if again else ""))

    def _plain(self, name: str, values: Sequence) -> Sequence:
        """A sequence without chance: see above."""
        if all(isinstance(value, int) for value in values):
            return plain_counts(name, [int(value) for value in values])
        texts = [self._roles.masked(str(value)) for value in values]
        masked: Sequence = [text for text, before in zip(texts, [None, *texts], strict=False) if text != before]
        kind = re.sub(r"^container \S+ ", "container ", name)
        while len(masked) > 1 and str(masked[0]).startswith(AT_FIRST.get(kind, ())):
            masked.pop(0)
        left_out, before = BEFORE.get(name, ((), ""))
        pairs = zip(masked, [*masked[1:], ""], strict=True)
        masked = [
            value for value, after in pairs if not (str(value).startswith(left_out) and str(after).startswith(before))
        ]
        if len(masked) > 1:
            masked = [value for value in masked if not str(value).startswith(PASSING)] or masked[-1:]
        return without_cycles(in_one_go(masked))


def bounded(kind: str, values: dict[str, tracks.Value]) -> dict[str, tracks.Value]:
    """A Deployment's counts as far as they are no chance while it rolls out."""
    wished = values.get("spec.replicas", 0)
    if kind != "Deployment" or not isinstance(wished, int):
        return values
    counts = {name: value for name, value in values.items() if isinstance(value, int)}
    bounds = {name: min(value, wished) for name, value in counts.items() if name in UP_TO_WISHED}
    return {**values, **bounds, "status.replicas": max(counts.get("status.replicas", 0), wished)}


def plain_counts(name: str, numbers: list[int]) -> Sequence:
    """A count's sequence without chance."""
    if name.endswith(SOME):
        return ["some" if any(numbers) else 0]
    if name.endswith(STARTED_ANEW):
        return [max(numbers), numbers[-1]]
    if name.endswith(RESTARTS):
        numbers = [min(number, 2) for number in numbers]
    return without_cycles(turning_points(numbers))


def in_one_go(texts: Sequence) -> Sequence:
    """A ReplicaSet's scaling by steps (`from 3 to 2`, `from 2 to 1`) as one (`from 3 to 1`), where the first was."""
    kept: list[str] = []
    for text in map(str, texts):
        found = SCALED.match(text)
        for index, earlier in enumerate(kept):
            begun = SCALED.match(earlier)
            if found and begun and (found[1], found[2]) == (begun[1], begun[3]):
                kept[index] = f"{begun[1]} from {begun[2]} to {found[3]}"
                break
        else:
            kept.append(text)
    return list(kept)


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
    """What comes again right after itself (one value, or several in the same order) once; never a count of nothing."""
    length = 1
    kept = list(values)
    while length <= len(kept) // 2:
        for start in range(len(kept) - 2 * length + 1):
            again = kept[start + length : start + 2 * length]
            if kept[start : start + length] == again and (length == 1 or 0 not in again):
                del kept[start : start + length]
                length = 0
                break
        length += 1
    return kept
