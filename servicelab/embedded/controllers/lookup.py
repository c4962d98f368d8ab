"""Indexes over the store, kept up to date by its changes, so that no controller has to search all objects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from servicelab.embedded.controllers.objects import Key, controller_of, key_of, labels_of
from servicelab.embedded.label_selectors import matches_labels
from servicelab.embedded.resources import ENDPOINT_SLICES, PODS, REPLICA_SETS, RESOURCES, SERVICES, Resource
from servicelab.embedded.store import Change, ChangeKind, Object, Store

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
Label = tuple[str, str, str]
"""Namespace, label key, label value."""
Reference = tuple[Resource, Key]


class Lookup:
    """Finds objects by owner, by label, by node and by Service."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._owned: dict[str, dict[Reference, None]] = defaultdict(dict)
        self._pods_by_label: dict[Label, dict[Key, None]] = defaultdict(dict)
        self._pods_by_node: dict[str, dict[Key, None]] = defaultdict(dict)
        self._pods_by_namespace: dict[str, dict[Key, None]] = defaultdict(dict)
        self._services_by_label: dict[Label, dict[Key, None]] = defaultdict(dict)
        self._slices_by_service: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._free_replica_sets: dict[str, dict[Key, None]] = defaultdict(dict)
        for resource in RESOURCES:
            for object in store.objects(resource):
                self._add(resource, object)
        self.close = store.on_change(self._changed)

    def owned_by(self, uid: str, resource: Resource | None = None) -> list[tuple[Resource, Object]]:
        """Objects with an owner reference to `uid`, of one kind or of all."""
        found = []
        for kind, key in self._owned.get(uid, ()):
            if resource is None or kind is resource:
                object = self.store.get(kind, *key)
                if object is not None:
                    found.append((kind, object))
        return found

    def owns_anything(self, uid: str) -> bool:
        """Whether any object has an owner reference to `uid`."""
        return bool(self._owned.get(uid))

    def pods_matching(self, namespace: str, selector: Mapping[str, str]) -> list[Object]:
        """Pods of a namespace that have all labels of a non-empty selector."""
        buckets = [self._pods_by_label.get((namespace, key, value), {}) for key, value in selector.items()]
        if not buckets:
            return self.pods_in(namespace)
        found = (self.store.get(PODS, *key) for key in min(buckets, key=len))
        return [pod for pod in found if pod is not None and matches_labels(selector, labels_of(pod))]

    def pods_in(self, namespace: str) -> list[Object]:
        """All Pods of a namespace."""
        return self._pods(self._pods_by_namespace.get(namespace, {}))

    def pods_on(self, node: str) -> list[Object]:
        """All Pods of a node, ended ones too."""
        return self._pods(self._pods_by_node.get(node, {}))

    def replica_sets_without_controller(self, namespace: str) -> list[Object]:
        """ReplicaSets that a Deployment may adopt."""
        found = (self.store.get(REPLICA_SETS, *key) for key in sorted(self._free_replica_sets.get(namespace, ())))
        return [one for one in found if one is not None]

    def services_selecting(self, namespace: str, labels: Mapping[str, str]) -> Iterable[Key]:
        """Services of a namespace whose selector matches these labels."""
        for key, value in labels.items():
            for found in list(self._services_by_label.get((namespace, key, value), ())):
                service = self.store.get(SERVICES, *found)
                if service is not None and matches_labels(service["spec"].get("selector", {}), labels):
                    yield found

    def slices_of(self, service: Key) -> list[Object]:
        """EndpointSlices that name the Service in their label."""
        found = (self.store.get(ENDPOINT_SLICES, *key) for key in self._slices_by_service.get(service, ()))
        return [one for one in found if one is not None]

    def _pods(self, keys: Iterable[Key]) -> list[Object]:
        found = (self.store.get(PODS, *key) for key in keys)
        return [pod for pod in found if pod is not None]

    def _changed(self, change: Change) -> None:
        if change.before is not None:
            self._remove(change.resource, change.before)
        if change.kind is not ChangeKind.DELETED:
            self._add(change.resource, change.object)

    def _add(self, resource: Resource, object: Object) -> None:
        key = key_of(object)
        for uid in _owners(object):
            self._owned[uid][(resource, key)] = None
        for index, bucket in self._buckets(resource, object, key):
            index.setdefault(bucket, {})[key] = None

    def _remove(self, resource: Resource, object: Object) -> None:
        key = key_of(object)
        for uid in _owners(object):
            self._owned.get(uid, {}).pop((resource, key), None)
            if not self._owned.get(uid):
                self._owned.pop(uid, None)
        for index, bucket in self._buckets(resource, object, key):
            index.get(bucket, {}).pop(key, None)
            if not index.get(bucket):
                index.pop(bucket, None)

    def _buckets(self, resource: Resource, object: Object, key: Key) -> Iterable[tuple[dict, object]]:  # type: ignore[type-arg]
        if resource is PODS:
            for label, value in labels_of(object).items():
                yield self._pods_by_label, (key[0], label, value)
            yield self._pods_by_namespace, key[0]
            if node := object["spec"].get("nodeName"):
                yield self._pods_by_node, node
        elif resource is REPLICA_SETS:
            if controller_of(object) is None:
                yield self._free_replica_sets, key[0]
        elif resource is SERVICES:
            for label, value in sorted(object["spec"].get("selector", {}).items())[:1]:
                yield self._services_by_label, (key[0], label, value)
        elif resource is ENDPOINT_SLICES:
            service = labels_of(object).get(SERVICE_NAME_LABEL)
            if service:
                yield self._slices_by_service, (key[0], service)


def _owners(object: Object) -> list[str]:
    return [reference["uid"] for reference in object["metadata"].get("ownerReferences", [])]
