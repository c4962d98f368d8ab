"""What the model says of a flow, against what really came of its requests."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from servicelab.cluster import answering_pod
from servicelab.network.places import Place, Target
from servicelab.network.proxy import AffinityKey
from servicelab.network.route import possible_paths, route
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Verdict
from tests.network.differential.asking import Request

Json = Mapping[str, Any]


class Memory:
    """sessionAffinity's memory, without forgetting."""

    def __init__(self) -> None:
        self.kept: dict[AffinityKey, str] = {}

    def recall(self, key: AffinityKey, seconds: int) -> str | None:
        return self.kept.get(key)

    def keep(self, key: AffinityKey, address: str) -> None:
        self.kept[key] = address


def difference(
    state: ClusterState, pods: Iterable[Json], place: Place, target: Target, requests: Sequence[Request]
) -> str:
    """What came of a flow that the model rules out; empty where every request ended in a way it says is possible."""
    try:
        verdicts = {path.verdict for path in possible_paths(state, place, target)}
    except Unmodelled as unknown:
        return f"the model does not know: {unknown}"
    names = {f"{one['metadata']['namespace']}/{one['metadata']['name']}": answering_pod.host_name(one) for one in pods}
    odd = [one for one in requests if not any(_fits(one, verdict, names) for verdict in verdicts)]
    if odd:
        return f"came {_listed(requests)}; the model says {' or '.join(sorted(_told(one) for one in verdicts))}"
    by = {one.hostname for one in requests if one.hostname}
    if len(by) > 1 and _stays(state, place, target):
        return f"answered by {sorted(by)}; the model says that sessionAffinity keeps one"
    return ""


def _fits(request: Request, verdict: Verdict, names: Mapping[str, str]) -> bool:
    if request.outcome is not verdict.outcome:
        return False
    if request.hostname and verdict.by and request.hostname != names[verdict.by]:
        return False
    seen = request.client.rpartition(":")[0]
    return not seen or verdict.seen_source is None or seen == verdict.seen_source


def _stays(state: ClusterState, place: Place, target: Target) -> bool:
    """Whether a client's second request goes where its first one went, however chance would have it."""
    memory = Memory()
    first = route(state, place, target, lambda options: options[0], memory)
    second = route(state, place, target, lambda options: options[-1], memory)
    return first.verdict == second.verdict


def _listed(requests: Iterable[Request]) -> str:
    found = dict.fromkeys(f"{one.outcome} {one.hostname} {one.client.rpartition(':')[0]}".strip() for one in requests)
    return ", ".join(found)


def _told(verdict: Verdict) -> str:
    return f"{verdict.outcome} {verdict.by or ''} {verdict.seen_source or ''}".strip()
