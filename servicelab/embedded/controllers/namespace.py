"""Namespaces: what a new one gets, and how one is emptied and goes."""

from collections.abc import Iterable

from servicelab.embedded.clock import timestamp
from servicelab.embedded.controllers.deletion import delete
from servicelab.embedded.controllers.objects import Key, is_deleted, key_of
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import CONFIG_MAPS, NAMESPACES, PODS, RESOURCES, SERVICE_ACCOUNTS, Resource
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

ROOT_CA = "kube-root-ca.crt"
ROOT_CA_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)
PODS_REMAIN = (
    "Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: {} "
    "for gvr: /v1, Resource=pods"
)
NOTICED_AFTER = 1.0
"""Seconds from the end of the last Pod to the deletion of the rest."""
CONTENTS = tuple(resource for resource in RESOURCES if resource.namespaced)


class Namespaces:
    """Gives each Namespace its `default` ServiceAccount and the cluster's certificate; empties deleted ones."""

    name = "namespace"

    def __init__(self, work: Work) -> None:
        self._work, self._store = work, work.store
        self._closing: dict[str, bool] = {}

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Namespaces, and those a deleted object or a standard one was in."""
        if change.resource is NAMESPACES:
            return [key_of(change.object)]
        namespace = change.object["metadata"].get("namespace", "")
        if change.kind is ChangeKind.DELETED:
            standard = change.resource in (SERVICE_ACCOUNTS, CONFIG_MAPS)
            return [("", namespace)] if standard or namespace in self._closing else []
        return []

    def reconcile(self, key: Key) -> None:
        """Fill or empty one Namespace."""
        namespace = self._store.get(NAMESPACES, *key)
        if namespace is None:
            self._closing.pop(key[1], None)
            return
        if is_deleted(namespace):
            self._empty(namespace)
        else:
            self._fill(key[1])

    def _fill(self, name: str) -> None:
        if self._store.get(SERVICE_ACCOUNTS, name, "default") is None:
            self._store.create(SERVICE_ACCOUNTS, default_service_account(name))
        if self._store.get(CONFIG_MAPS, name, ROOT_CA) is None:
            first = self._store.get(CONFIG_MAPS, "kube-system", ROOT_CA) or {}
            certificate = first.get("data", {}).get("ca.crt", "")
            self._store.create(CONFIG_MAPS, root_certificate_map(name, certificate))

    def _empty(self, namespace: Object) -> None:
        """Pods first: the rest stays, and is still looked after, until the last of them is gone."""
        key = key_of(namespace)
        name, had_pods = key[1], self._closing.get(key[1], False)
        pods = self._delete_all(PODS, name)
        self._closing[name] = pods > 0
        if had_pods and not pods:
            self._work.add_at(self.name, key, self._work.clock.now() + NOTICED_AFTER)
            return
        left = 0 if pods else sum(self._delete_all(resource, name) for resource in CONTENTS)
        changed = copy_of(namespace)
        self._judge(changed, pods, left)
        changed = self._store.update(NAMESPACES, changed)
        if pods or left:
            return
        changed = copy_of(changed)
        changed["spec"]["finalizers"] = [
            entry for entry in changed["spec"].get("finalizers", []) if entry != "kubernetes"
        ]
        if changed["spec"]["finalizers"] or changed["metadata"].get("finalizers"):
            self._store.update(NAMESPACES, changed)
        else:
            self._store.delete(NAMESPACES, "", name)
            self._closing.pop(name, None)

    def _delete_all(self, resource: Resource, namespace: str) -> int:
        """Delete what is not being deleted yet; returns how many are still there."""
        for object in list(self._store.objects(resource, namespace)):
            if not is_deleted(object):
                delete(self._store, resource, *key_of(object))
        return sum(1 for _ in self._store.objects(resource, namespace))

    def _judge(self, namespace: Object, pods: int, left: int) -> None:
        """The conditions kind shows on a Namespace that is going, while Pods or other things are left."""
        name = namespace["metadata"]["name"]
        now = timestamp(self._work.clock.now())
        said = [
            ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered",
             "All resources successfully discovered", "False"),
            ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
             "All legacy kube types successfully parsed", "False"),
            ("NamespaceDeletionContentFailure", "ContentDeletionFailed", PODS_REMAIN.format(name), "True")
            if pods
            else ("NamespaceDeletionContentFailure", "ContentDeleted",
                  "All content successfully deleted, may be waiting on finalization", "False"),
            ("NamespaceContentRemaining", "SomeResourcesRemain",
             f"Some resources are remaining: pods. has {left} resource instances", "True")
            if left
            else ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed", "False"),
            ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished",
             "False"),
        ]  # fmt: skip
        known = {entry["type"]: entry for entry in namespace["status"].get("conditions", [])}
        entries = []
        for kind, reason, message, value in said:
            before = known.get(kind)
            since = before["lastTransitionTime"] if before and before["status"] == value else now
            entry = {"lastTransitionTime": since, "message": message, "reason": reason, "status": value, "type": kind}
            entries.append(entry)
        namespace["status"]["conditions"] = entries


def default_service_account(namespace: str) -> Object:
    """The ServiceAccount that Pods have who name none."""
    metadata = {"name": "default", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def root_certificate_map(namespace: str, certificate: str) -> Object:
    """The certificate that the API server's can be verified with."""
    annotations = {"kubernetes.io/description": ROOT_CA_DESCRIPTION}
    metadata = {"annotations": annotations, "name": ROOT_CA, "namespace": namespace}
    return {"apiVersion": "v1", "data": {"ca.crt": certificate}, "kind": "ConfigMap", "metadata": metadata}
