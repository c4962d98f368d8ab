"""Deployments: one ReplicaSet per Pod template, and the way from the old to the new one."""

from collections.abc import Iterable

from servicelab.embedded.admission import admit
from servicelab.embedded.admission.causes import Invalid, Refused
from servicelab.embedded.controllers import deployment_status, revisions, rolling
from servicelab.embedded.controllers.deletion import delete
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    condition,
    controller_of,
    is_deleted,
    is_ended,
    key_of,
    labels_of,
    owner_reference,
    write_status,
)
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.label_selectors import matches
from servicelab.embedded.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

COMPONENT = "deployment-controller"
RESUMED = "DeploymentResumed"


class Deployments:
    """Rolls out, scales, pauses and tidies up."""

    name = "deployment"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store, self._lookup, self._recorder = work, work.store, lookup, recorder

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Deployments themselves and those of changed ReplicaSets; under Recreate also of Pods that are gone."""
        if change.resource is DEPLOYMENTS:
            return [key_of(change.object)]
        if change.resource is REPLICA_SETS:
            owners = [controller_of(one) for one in (change.object, change.before) if one is not None]
            return [(change.object["metadata"]["namespace"], owner["name"]) for owner in owners if owner]
        if change.resource is PODS and (change.kind is ChangeKind.DELETED or is_ended(change.object)):
            owner = controller_of(change.object)
            namespace = change.object["metadata"]["namespace"]
            replica_set = self._store.get(REPLICA_SETS, namespace, owner["name"]) if owner else None
            above = controller_of(replica_set) if replica_set else None
            return [(namespace, above["name"])] if above else []
        return []

    def reconcile(self, key: Key) -> None:
        """One step of one Deployment; its ReplicaSets' changes bring the next."""
        deployment = self._store.get(DEPLOYMENTS, *key)
        if deployment is None:
            return
        owned = self._claim(deployment)
        if is_deleted(deployment):
            self._finish(deployment, revisions.newest_of(deployment, owned), owned)
            return
        self._note_paused(deployment)
        deployment = self._store.get(DEPLOYMENTS, *key) or deployment
        if deployment["spec"].get("paused") or self._is_scaled(deployment, owned):
            newest = self._newest(deployment, owned, create=False)
            owned = self._owned(deployment)
            self._scale_all(deployment, newest, owned)
            if deployment["spec"].get("paused"):
                self._tidy(deployment, newest, owned)
        elif deployment["spec"]["strategy"]["type"] == "Recreate":
            self._recreate(deployment, owned)
        else:
            self._roll(deployment, owned)
        deployment = self._store.get(DEPLOYMENTS, *key)
        if deployment is not None:
            owned = self._owned(deployment)
            self._finish(deployment, revisions.newest_of(deployment, owned), owned)

    def _owned(self, deployment: Object) -> list[Object]:
        uid = deployment["metadata"]["uid"]
        found = [one for _, one in self._lookup.owned_by(uid, REPLICA_SETS)]
        return [one for one in found if (controller_of(one) or {}).get("uid") == uid]

    def _claim(self, deployment: Object) -> list[Object]:
        """Adopt ReplicaSets without controller that match."""
        namespace, selector = deployment["metadata"]["namespace"], deployment["spec"]["selector"]
        if not is_deleted(deployment):
            for one in self._lookup.replica_sets_without_controller(namespace):
                if not is_deleted(one) and matches(selector, labels_of(one)):
                    adopted = copy_of(one)
                    references = adopted["metadata"].setdefault("ownerReferences", [])
                    references.append(owner_reference(DEPLOYMENTS, deployment))
                    self._store.update(REPLICA_SETS, adopted)
        return self._owned(deployment)

    def _is_scaled(self, deployment: Object, owned: list[Object]) -> bool:
        wanted = str(deployment["spec"]["replicas"])
        return any(
            one["metadata"].get("annotations", {}).get(revisions.DESIRED, wanted) != wanted
            for one in owned
            if rolling.wished(one) > 0
        )

    def _newest(self, deployment: Object, owned: list[Object], create: bool) -> Object | None:
        """The ReplicaSet of the present template, with its revision set right; made when it is missing."""
        newest = revisions.newest_of(deployment, owned)
        old = [one for one in owned if newest is None or one["metadata"]["uid"] != newest["metadata"]["uid"]]
        revision = max((revisions.revision_of(one) for one in old), default=0) + 1
        maximum = deployment["spec"]["replicas"] + rolling.bounds_of(deployment).surge
        if newest is None and not create:
            return None
        annotations = revisions.annotations_for(deployment, newest, revision, maximum)
        if newest is None:
            newest = self._create(deployment, owned, annotations)
            if newest is None:
                return None
        else:
            if not create:
                for name in (revisions.DESIRED, revisions.MAXIMUM):
                    annotations[name] = newest["metadata"].get("annotations", {}).get(name, annotations[name])
            newest = self._annotate(newest, annotations, deployment["spec"].get("minReadySeconds", 0))
        self._note_revision(deployment, newest)
        return newest

    def _create(self, deployment: Object, owned: list[Object], annotations: dict[str, str]) -> Object | None:
        replicas = rolling.grown(deployment, 0, sum(map(rolling.wished, owned)))
        if deployment["spec"]["strategy"]["type"] == "Recreate":
            replicas = deployment["spec"]["replicas"]
        wanted = revisions.new_replica_set(deployment, replicas, annotations)
        wanted["metadata"]["ownerReferences"] = [owner_reference(DEPLOYMENTS, deployment)]
        if self._store.get(REPLICA_SETS, *key_of(wanted)) is not None:
            status = copy_of(deployment["status"])
            status["collisionCount"] = status.get("collisionCount", 0) + 1
            write_status(self._store, DEPLOYMENTS, deployment, status)
            return None
        try:
            admitted = admit(self._store, REPLICA_SETS, wanted, None, self._work.randomness)
        except (Invalid, Refused) as error:
            message = f'Failed to create new replica set "{wanted["metadata"]["name"]}": {error}'
            self._recorder.record(COMPONENT, DEPLOYMENTS, deployment, WARNING, "ReplicaSetCreateError", message)
            return None
        created = self._store.create(REPLICA_SETS, admitted.object)
        name = created["metadata"]["name"]
        if replicas:
            message = f"Scaled up replica set {name} from 0 to {replicas}"
            self._recorder.record(COMPONENT, DEPLOYMENTS, deployment, NORMAL, "ScalingReplicaSet", message)
        progress = condition(self._store.get(DEPLOYMENTS, *key_of(deployment)) or deployment, "Progressing")
        # On kind that write meets the one that told of the resumption, and is lost.
        is_resumed = progress is not None and progress["reason"] == RESUMED
        if deployment["spec"].get("progressDeadlineSeconds") is not None and not is_resumed:
            self._say_progress(deployment, "NewReplicaSetCreated", f'Created new replica set "{name}"')
        return created

    def _say_progress(self, deployment: Object, reason: str, message: str, value: str = "True") -> None:
        current = self._store.get(DEPLOYMENTS, *key_of(deployment)) or deployment
        status = copy_of(current.get("status", {}))
        now = self._work.clock.now()
        deployment_status.set_condition(status, "Progressing", value, reason, message, now)
        write_status(self._store, DEPLOYMENTS, current, status)

    def _annotate(self, replica_set: Object, annotations: dict[str, str], ready_seconds: int) -> Object:
        changed = copy_of(replica_set)
        changed["metadata"]["annotations"] = annotations
        if changed["spec"].get("minReadySeconds", 0) != ready_seconds:
            changed["spec"]["minReadySeconds"] = ready_seconds
            changed["metadata"]["generation"] += 1
        return self._store.update(REPLICA_SETS, changed) if changed != replica_set else replica_set

    def _note_revision(self, deployment: Object, newest: Object) -> None:
        revision = newest["metadata"]["annotations"][revisions.REVISION]
        current = self._store.get(DEPLOYMENTS, *key_of(deployment)) or deployment
        if current["metadata"].get("annotations", {}).get(revisions.REVISION) != revision:
            changed = copy_of(current)
            changed["metadata"].setdefault("annotations", {})[revisions.REVISION] = revision
            current = self._store.update(DEPLOYMENTS, changed)
        if condition(current, "Progressing") is None and current["spec"].get("progressDeadlineSeconds") is not None:
            name = newest["metadata"]["name"]
            self._say_progress(current, "FoundNewReplicaSet", f'Found new replica set "{name}"')

    def _roll(self, deployment: Object, owned: list[Object]) -> None:
        newest = self._newest(deployment, owned, create=True)
        if newest is None:
            return
        owned = self._owned(deployment)
        old = [one for one in owned if one["metadata"]["uid"] != newest["metadata"]["uid"]]
        size = rolling.grown(deployment, rolling.wished(newest), sum(map(rolling.wished, owned)))
        if size != rolling.wished(newest):
            self._scale(deployment, newest, size)
            return
        for name, smaller in rolling.shrunk(deployment, newest, [o for o in old if rolling.wished(o)]).items():
            self._scale(deployment, next(one for one in old if one["metadata"]["name"] == name), smaller)
        if deployment_status.is_complete(deployment, deployment.get("status", {})):
            self._tidy(deployment, newest, owned)

    def _recreate(self, deployment: Object, owned: list[Object]) -> None:
        newest = revisions.newest_of(deployment, owned)
        old = [one for one in owned if newest is None or one["metadata"]["uid"] != newest["metadata"]["uid"]]
        active = [one for one in old if rolling.wished(one)]
        for one in active:
            self._scale(deployment, one, 0)
        pods_left = any(
            not is_ended(pod) for one in old for _, pod in self._lookup.owned_by(one["metadata"]["uid"], PODS)
        )
        if active or pods_left:
            return
        newest = self._newest(deployment, owned, create=True)
        if newest is not None and rolling.wished(newest) != deployment["spec"]["replicas"]:
            self._scale(deployment, newest, deployment["spec"]["replicas"])
        if deployment_status.is_complete(deployment, deployment.get("status", {})):
            self._tidy(deployment, newest, owned)

    def _scale_all(self, deployment: Object, newest: Object | None, owned: list[Object]) -> None:
        """The Deployment's own size changed, or it is paused: no step of a rollout, only sizes."""
        active = [one for one in owned if rolling.wished(one)]
        latest = active[0] if len(active) == 1 else (newest if not active else None)
        if latest is not None:
            self._scale(deployment, latest, deployment["spec"]["replicas"])
        elif deployment_status.is_saturated(deployment, newest):
            for one in active:
                if newest is not None and one["metadata"]["uid"] != newest["metadata"]["uid"]:
                    self._scale(deployment, one, 0)
        elif deployment["spec"]["strategy"]["type"] == "RollingUpdate":
            sizes = rolling.proportional(deployment, active)
            for one in active:
                self._scale(deployment, one, sizes[one["metadata"]["name"]])

    def _scale(self, deployment: Object, replica_set: Object, size: int) -> None:
        changed = copy_of(replica_set)
        annotations = changed["metadata"].setdefault("annotations", {})
        annotations[revisions.DESIRED] = str(deployment["spec"]["replicas"])
        maximum = deployment["spec"]["replicas"] + rolling.bounds_of(deployment).surge
        annotations[revisions.MAXIMUM] = str(maximum)
        before = rolling.wished(changed)
        if before != size:
            changed["spec"]["replicas"] = size
            changed["metadata"]["generation"] += 1
        if changed == replica_set:
            return
        self._store.update(REPLICA_SETS, changed)
        if before != size:
            way = "up" if size > before else "down"
            message = f"Scaled {way} replica set {changed['metadata']['name']} from {before} to {size}"
            self._recorder.record(COMPONENT, DEPLOYMENTS, deployment, NORMAL, "ScalingReplicaSet", message)

    def _tidy(self, deployment: Object, newest: Object | None, owned: list[Object]) -> None:
        """Remove empty old ReplicaSets beyond `revisionHistoryLimit`."""
        limit = deployment["spec"].get("revisionHistoryLimit")
        old = [one for one in owned if newest is None or one["metadata"]["uid"] != newest["metadata"]["uid"]]
        removable = [o for o in old if not rolling.wished(o) and not o["status"].get("replicas") and not is_deleted(o)]
        if limit is None or len(old) <= limit:
            return
        for one in sorted(removable, key=revisions.revision_of)[: len(old) - limit]:
            delete(self._store, REPLICA_SETS, *key_of(one))

    def _note_paused(self, deployment: Object) -> None:
        if deployment["spec"].get("progressDeadlineSeconds") is None:
            return
        progress = condition(deployment, "Progressing")
        if progress is not None and progress["reason"] == deployment_status.TIMED_OUT:
            return
        was_paused = progress is not None and progress["reason"] == "DeploymentPaused"
        if deployment["spec"].get("paused") and not was_paused:
            self._say_progress(deployment, "DeploymentPaused", "Deployment is paused", "Unknown")
        elif was_paused and not deployment["spec"].get("paused"):
            self._say_progress(deployment, RESUMED, "Deployment is resumed", "Unknown")

    def _finish(self, deployment: Object, newest: Object | None, owned: list[Object]) -> None:
        now = self._work.clock.now()
        status = deployment_status.counted(deployment, newest, owned)
        deployment_status.judge_available(deployment, status, now)
        if not deployment["spec"].get("paused") and not is_deleted(deployment):
            due = deployment_status.judge_progress(deployment, status, newest, now)
            if due is not None:
                self._work.add_at(self.name, key_of(deployment), due)
        failures = [condition(one, "ReplicaFailure") for one in owned]
        failure = next((entry for entry in failures if entry is not None), None)
        if failure is not None:
            message = failure["message"]
            deployment_status.set_condition(status, "ReplicaFailure", "True", failure["reason"], message, now)
        else:
            kept = [entry for entry in status.get("conditions", []) if entry["type"] != "ReplicaFailure"]
            status["conditions"] = kept
        write_status(self._store, DEPLOYMENTS, deployment, status)
