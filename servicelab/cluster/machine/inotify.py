"""inotify instances, of which Linux gives a user few and a kind cluster takes many."""

from servicelab.cluster.machine.facts import Facts, Inotify
from servicelab.cluster.machine.finding import Finding

PER_NODE = 20
PER_CLUSTER = 3 * PER_NODE
"""Instances that a cluster of three nodes holds (measured: 61 while it starts, 58 later; kind's page of known issues
names the limit)."""
ENOUGH = 512


def shortage(inotify: Inotify) -> Finding | None:
    """Why one more cluster would not boot; None when there are instances enough for one."""
    if inotify.limit - inotify.used >= PER_CLUSTER:
        return None
    about = "" if inotify.counted else "about "
    return Finding(
        "inotify-short",
        f"this machine allows {inotify.limit} inotify instances to a user, of which {about}{inotify.used} are in use",
        f"Each node needs some {PER_NODE}, a cluster {PER_CLUSTER}: without them its nodes do not boot.",
        f"`sudo sysctl fs.inotify.max_user_instances={ENOUGH}` (to keep it: a line in /etc/sysctl.d/), or stop another "
        "cluster.",
    )


def judge(facts: Facts) -> list[Finding] | None:
    """Whether one more cluster boots."""
    if facts.has_cluster:
        return []
    if facts.inotify is None:
        return None
    found = shortage(facts.inotify)
    return [] if found is None else [found]
