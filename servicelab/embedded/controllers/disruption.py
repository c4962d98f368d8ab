"""PodDisruptionBudgets: how many of their Pods may be evicted now. Whether one may be is for `api/eviction.py`."""

from collections.abc import Iterable
from typing import Any

from servicelab.embedded.clock import seconds_of
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    amount_of,
    condition,
    controller_of,
    in_seconds,
    is_deleted,
    is_ready,
    key_of,
    labels_of,
    write_status,
)
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.label_selectors import matches
from servicelab.embedded.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    POD_DISRUPTION_BUDGETS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
)
from servicelab.embedded.store import Change, Object, Store, copy_of

ALLOWED, SYNC_FAILED = "DisruptionAllowed", "SyncFailed"
NOTICED_WITHIN = 120.0
"""Seconds after which an evicted Pod that is still there, not deleted, counts as healthy again."""
SCALED: dict[str, Resource] = {one.kind: one for one in (REPLICA_SETS, DEPLOYMENTS, STATEFUL_SETS)}
"""Owners that say how many Pods they want; of other Pods nobody does."""
UNSCALED: dict[str, Resource] = {one.kind: one for one in (DAEMON_SETS, JOBS)}
"""Owners that have no number of Pods to ask for."""
UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of "
    "the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please "
    'set ".spec.minAvailable" field of the PDB to an integer value.'
)


class NoScale(Exception):
    """What manages a Pod does not say how many it wants; the message is Kubernetes' own."""


class Budgets:
    """Keeps the status of PodDisruptionBudgets."""

    name = "disruption"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store, self._lookup, self._recorder = work, work.store, lookup, recorder

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Budgets themselves, and those of changed Pods."""
        if change.resource is POD_DISRUPTION_BUDGETS:
            return [key_of(change.object)]
        if change.resource is not PODS:
            return []
        pods = [change.object] + ([change.before] if change.before else [])
        return {key_of(budget): None for pod in pods for budget in budgets_of(self._store, pod)}

    def reconcile(self, key: Key) -> None:
        """Count the budget's Pods."""
        budget = self._store.get(POD_DISRUPTION_BUDGETS, *key)
        if budget is None:
            return
        pods = [pod for pod in self._lookup.pods_in(key[0]) if is_for(budget, pod)]
        if not pods:
            self._tell(budget, NORMAL, "NoPods", "No matching pods found")
        before = budget.get("status", {})
        try:
            expected, desired = self._expected(budget, pods)
        except NoScale as problem:
            message = f"Failed to calculate the number of expected pods: {problem}"
            self._tell(budget, WARNING, "CalculateExpectedPodCountFailed", message)
            status = copy_of(before) | {"disruptionsAllowed": 0}
            judge_allowed(status, before.get("observedGeneration", 0), in_seconds(self._store), str(problem))
            write_status(self._store, POD_DISRUPTION_BUDGETS, budget, status)
            return
        disrupted = self._disrupted(key, before.get("disruptedPods", {}), pods)
        healthy = [
            pod
            for pod in pods
            if is_ready(pod) and not is_deleted(pod) and pod["metadata"]["name"] not in disrupted
        ]  # fmt: skip
        status = copy_of(before) | {
            "observedGeneration": budget["metadata"]["generation"],
            "currentHealthy": len(healthy),
            "desiredHealthy": desired,
            "expectedPods": expected,
            "disruptionsAllowed": max(0, len(healthy) - desired) if expected else 0,
            "disruptedPods": disrupted,
        }
        if not disrupted:
            del status["disruptedPods"]
        judge_allowed(status, status["observedGeneration"], in_seconds(self._store))
        write_status(self._store, POD_DISRUPTION_BUDGETS, budget, status)

    def _expected(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """How many Pods there should be, and how many of them healthy."""
        spec = budget["spec"]
        least, most_missing = spec.get("minAvailable"), spec.get("maxUnavailable")
        if isinstance(least, int):
            return len(pods), least
        expected = self._wished(budget, pods)
        if least is not None:
            return expected, amount_of(least, expected, round_up=True)
        if most_missing is None:
            return len(pods), 0
        return expected, max(0, expected - amount_of(most_missing, expected, round_up=True))

    def _wished(self, budget: Object, pods: list[Object]) -> int:
        """The replicas of all that manage these Pods."""
        wished: dict[str, int] = {}
        for pod in pods:
            _check_scale(pod)
            owner = self._owner(pod)
            above = self._owner(owner) if owner is not None else None
            top = above or owner
            if top is not None:
                wished[top["metadata"]["uid"]] = int(top["spec"]["replicas"])
            elif controller_of(pod) is None:
                message = UNMANAGED.format(_as_go(budget["spec"].get("selector", {})))
                self._tell(budget, WARNING, "UnmanagedPods", message)
        return sum(wished.values())

    def _owner(self, object: Object) -> Object | None:
        reference = controller_of(object)
        if reference is None or reference["kind"] not in SCALED:
            return None
        return self._store.get(SCALED[reference["kind"]], object["metadata"]["namespace"], reference["name"])

    def _disrupted(self, key: Key, before: dict[str, str], pods: list[Object]) -> dict[str, str]:
        """Pods whose eviction was allowed and whose deletion is still to be seen."""
        waiting = {pod["metadata"]["name"] for pod in pods if not is_deleted(pod)}
        kept = {}
        for name, since in before.items():
            due = seconds_of(since) + NOTICED_WITHIN
            if name in waiting and due > self._work.clock.now():
                kept[name] = since
                self._work.add_at(self.name, key, due)
        return kept

    def _tell(self, budget: Object, kind: str, reason: str, message: str) -> None:
        self._recorder.record("controllermanager", POD_DISRUPTION_BUDGETS, budget, kind, reason, message)


def _check_scale(pod: Object) -> None:
    owner = controller_of(pod)
    if owner is not None and owner["kind"] in UNSCALED:
        raise NoScale(f"{UNSCALED[owner['kind']].qualified} does not implement the scale subresource")


def is_for(budget: Object, pod: Object) -> bool:
    """Whether a budget of the Pod's Namespace counts the Pod; without a selector it counts none."""
    selector = budget["spec"].get("selector")
    return selector is not None and matches(selector, labels_of(pod))


def budgets_of(store: Store, pod: Object) -> list[Object]:
    """The budgets that count the Pod."""
    return [one for one in store.objects(POD_DISRUPTION_BUDGETS, pod["metadata"]["namespace"]) if is_for(one, pod)]


def judge_allowed(status: dict[str, Any], generation: int, now: str, failure: str = "") -> None:
    """Set the condition that says whether a Pod may be evicted; `failure` is why nobody knows."""
    is_allowed = status["disruptionsAllowed"] > 0
    reason = SYNC_FAILED if failure else "SufficientPods" if is_allowed else "InsufficientPods"
    said = {
        "type": ALLOWED,
        "status": "True" if is_allowed else "False",
        "reason": reason,
        "message": failure,
        "observedGeneration": generation,
        "lastTransitionTime": now,
    }
    before = condition({"status": status}, ALLOWED)
    if before is not None and before["status"] == said["status"]:
        said["lastTransitionTime"] = before["lastTransitionTime"]
    kept = [entry for entry in status.get("conditions", []) if entry["type"] != ALLOWED]
    status["conditions"] = [*kept, said]


def _as_go(selector: dict[str, Any]) -> str:
    """A label selector as Go prints it."""
    labels = "".join(f"{key}: {value}," for key, value in sorted(selector.get("matchLabels", {}).items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{one['key']},Operator:{one['operator']},"
        f"Values:[{' '.join(one.get('values', []))}],}},"
        for one in selector.get("matchExpressions", [])
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
