"""How many Pods each ReplicaSet of a Deployment should have: pure arithmetic."""

from dataclasses import dataclass
from typing import Any

from servicelab.embedded.controllers.objects import amount_of
from servicelab.embedded.controllers.revisions import MAXIMUM, age_of
from servicelab.embedded.store import Object


@dataclass(frozen=True)
class Bounds:
    """What a rolling update may do beyond and below the wished number, in Pods."""

    surge: int
    unavailable: int


def bounds_of(deployment: Object) -> Bounds:
    """maxSurge (rounded up) and maxUnavailable (rounded down); both 0 would stand still, so then one may be missing."""
    spec: dict[str, Any] = deployment["spec"]
    rolling = spec["strategy"].get("rollingUpdate")
    if rolling is None:
        return Bounds(0, 0)
    surge = amount_of(rolling["maxSurge"], spec["replicas"], round_up=True)
    unavailable = amount_of(rolling["maxUnavailable"], spec["replicas"], round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Bounds(surge, min(unavailable, spec["replicas"]))


def wished(replica_set: Object) -> int:
    """`spec.replicas`."""
    return int(replica_set["spec"]["replicas"])


def available(replica_set: Object) -> int:
    """`status.availableReplicas`."""
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def grown(deployment: Object, newest: int, all_wished: int) -> int:
    """What the newest ReplicaSet (`newest` Pods now) may have when all together wish for `all_wished`."""
    replicas = int(deployment["spec"]["replicas"])
    if deployment["spec"]["strategy"]["type"] == "Recreate":
        return replicas
    if newest >= replicas:
        return replicas
    room = replicas + bounds_of(deployment).surge - all_wished
    return newest + max(0, min(room, replicas - newest))


def shrunk(deployment: Object, newest: Object, old: list[Object]) -> dict[str, int]:
    """New sizes, by name, of the old ReplicaSets that give Pods up now: unhealthy ones first."""
    everything = [newest, *old]
    minimum = int(deployment["spec"]["replicas"]) - bounds_of(deployment).unavailable
    spare = sum(map(wished, everything)) - minimum - (wished(newest) - available(newest))
    if spare <= 0:
        return {}
    sizes = {one["metadata"]["name"]: wished(one) for one in old}
    for one in sorted(old, key=age_of):
        unhealthy = min(spare, max(0, wished(one) - available(one)))
        sizes[one["metadata"]["name"]] -= unhealthy
        spare -= unhealthy
    spare = sum(map(available, everything)) - minimum
    for one in sorted(old, key=age_of):
        given = min(max(0, spare), sizes[one["metadata"]["name"]])
        sizes[one["metadata"]["name"]] -= given
        spare -= given
    return {
        one["metadata"]["name"]: sizes[one["metadata"]["name"]]
        for one in old
        if sizes[one["metadata"]["name"]] != wished(one)
    }


def proportional(deployment: Object, active: list[Object]) -> dict[str, int]:
    """Sizes when a Deployment is scaled in the middle of a rollout: each ReplicaSet takes its share of the change."""
    replicas = int(deployment["spec"]["replicas"])
    allowed = replicas + bounds_of(deployment).surge if replicas else 0
    change = allowed - sum(map(wished, active))
    # Larger ones first; of equal ones the newer first when growing, the older first when shrinking.
    by_age = sorted(active, key=age_of, reverse=change > 0)
    by_size = sorted(by_age, key=wished, reverse=True)
    sizes, moved = {}, 0
    for one in by_size:
        share = _share(one, allowed, change - moved, replicas) if change else 0
        sizes[one["metadata"]["name"]] = max(0, wished(one) + share)
        moved += share
    if by_size and change != moved:
        first = by_size[0]["metadata"]["name"]
        sizes[first] = max(0, sizes[first] + change - moved)
    return sizes


def _share(replica_set: Object, allowed: int, left: int, replicas: int) -> int:
    if replicas == 0:
        return -wished(replica_set)
    maximum = int(replica_set["metadata"].get("annotations", {}).get(MAXIMUM, replicas) or replicas)
    share = int(wished(replica_set) * allowed / maximum + 0.5) - wished(replica_set)
    return min(share, left) if left > 0 else max(share, left)
