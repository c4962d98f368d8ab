"""What a cluster held when it had just been made, and the way back there.

Kept are the names of all objects, and of some kinds the objects themselves. Going back removes what was added, and
puts back what was changed or removed. MetalLB's own objects are left out: whether there is a load balancer is a
setting of the cluster (see `metallb.py`).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol

from servicelab.cluster.base import MachineError
from servicelab.cluster.home import read_json, write_private
from servicelab.cluster.metallb import SYSTEM as METALLB
from servicelab.cluster.rest import NOT_FOUND, Object, Refused, Rest

TRANSIENT = frozenset({"events", "leases", "ipaddresses", "certificatesigningrequests", "controllerrevisions"})
"""Kinds whose objects come and go by themselves."""
KEPT = frozenset({"configmaps", "services", "deployments", "daemonsets", "nodes", "namespaces"})
"""Kinds of which a lesson or a learner may change an object of the system's: it is put back as it was."""
SELF_CHANGING = frozenset({"cluster-info", "extension-apiserver-authentication"})
"""ConfigMaps that the system rewrites as its tokens and certificates end."""
JUDGES = ("/apis/admissionregistration.k8s.io/", "/apis/apiregistration.k8s.io/")
"""Groups whose objects can make the API server refuse everything else: they go first."""
BY_CONTROLLERS = "node.kubernetes.io/"
"""How taints begin that Kubernetes itself sets and takes away."""
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
AT_ONCE = 8
PATIENT_ROUNDS = 4
"""Rounds after which finalizers are taken away: whoever was to see to them is gone, or was never there."""
LONGEST = 120.0
CONFLICT = 409


class Wait(Protocol):
    """A cluster's `wait_until`."""

    def __call__(self, description: str, condition: Callable[[], bool], *, timeout: float) -> bool: ...


class Kind(NamedTuple):
    """A kind of objects that can be listed and deleted."""

    path: str
    plural: str

    @property
    def list(self) -> str:
        """The path of all its objects."""
        return f"{self.path}/{self.plural}"

    def place(self, found: Object) -> str:
        """The path of one object."""
        name, namespace = found["metadata"]["name"], found["metadata"].get("namespace")
        return f"{self.path}/namespaces/{namespace}/{self.plural}/{name}" if namespace else f"{self.list}/{name}"


def write(rest: Rest, file: Path) -> None:
    """Keep what is in the cluster now."""
    kinds = _kinds(rest)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda kind: _names(rest, kind), kinds))
    names = sorted(kind.place(one) for kind, objects in zip(kinds, found, strict=True) for one in objects)
    objects = {path: _lasting(one) for path, one in _kept(rest, kinds).items()}
    write_private(file, json.dumps({"names": names, "objects": objects}))


def restore(rest: Rest, wait: Wait, file: Path) -> bool:
    """Go back to what `write` kept; whether anything of the system's own had to be put back."""
    known = read_json(file)
    if not known:
        raise MachineError(
            f"what the cluster held when it was made is no longer known: {file} is gone",
            "Delete the cluster with `lab cluster delete --cluster kind` and start it anew.",
        )
    kinds = _kinds(rest)
    added = _Added(rest, kinds, frozenset(known["names"]))
    wait("everything that was made to be gone", added.removed, timeout=LONGEST)
    changes = 0

    def is_as_it_was() -> bool:
        nonlocal changes
        changed = _put_back(rest, _kept(rest, kinds), known["objects"])
        changes += changed
        return not changed

    wait("what was changed to be as it was", is_as_it_was, timeout=LONGEST)
    return changes > 0


class _Added:
    """What is in the cluster and was not. Namespaces are emptied here and let go, which takes a second; Kubernetes' own
    controller waits five before it begins."""

    def __init__(self, rest: Rest, kinds: list[Kind], known: frozenset[str]) -> None:
        self._rest, self._kinds, self._known = rest, kinds, known
        self._looked_at = kinds
        self._rounds = 0

    def removed(self) -> bool:
        """Delete what is there; whether there was nothing, of any kind. Between the first look and the last only the
        kinds are looked at of which something was there."""
        self._rounds += 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda kind: [(kind, one) for one in _names(self._rest, kind)], self._looked_at))
            added = [(kind, one) for objects in found for kind, one in objects if self._is_added(kind, one)]
            full = {one["metadata"].get("namespace") for _, one in added}
            for rank in range(3):
                due = [(kind, one) for kind, one in added if _rank(kind) == rank]
                list(pool.map(lambda pair: self._delete(pair[0], pair[1], full), due))
        was_whole = self._looked_at is self._kinds
        self._looked_at = list(dict.fromkeys(kind for kind, _ in added)) or self._kinds
        return not added and was_whole

    def _is_added(self, kind: Kind, found: Object) -> bool:
        metadata = found["metadata"]
        namespace = metadata.get("namespace")
        is_systems = namespace not in (None, "default") and f"/api/v1/namespaces/{namespace}" in self._known
        # What the system's own objects own, their Pods say, is new whenever it was made anew.
        return kind.place(found) not in self._known and not (is_systems and metadata.get("ownerReferences"))

    def _delete(self, kind: Kind, found: Object, full: set[str | None]) -> None:
        path, metadata = kind.place(found), found["metadata"]
        if "deletionTimestamp" in metadata and kind.plural == "namespaces":
            if metadata["name"] not in full:
                _try(
                    self._rest,
                    "PUT",
                    f"{path}/finalize",
                    {**found, "kind": "Namespace", "apiVersion": "v1", "spec": {}},
                )
        elif metadata.get("finalizers") and self._rounds > PATIENT_ROUNDS:
            _try(self._rest, "PATCH", path, {"metadata": {"finalizers": None}})
        else:
            _try(self._rest, "DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})


def _rank(kind: Kind) -> int:
    if kind.path.startswith(JUDGES):
        return 0
    return 1 if kind.plural == "namespaces" else 2


def _put_back(rest: Rest, now: Mapping[str, Object], kept: Mapping[str, Object]) -> int:
    """Put back what differs or is missing; how many objects that were."""
    count = 0
    for path, wanted in kept.items():
        current = now.get(path)
        if current is None:
            _try(rest, "POST", path.rpartition("/")[0], wanted)
        elif _lasting(current) != wanted:
            metadata = {**current["metadata"], "labels": wanted["metadata"]["labels"]}
            _try(rest, "PUT", path, {**current, **wanted, "metadata": metadata})
        else:
            continue
        count += 1
    return count


def _kinds(rest: Rest) -> list[Kind]:
    return [
        Kind(path, resource["resource"])
        for path, resource in rest.resources()
        if {"list", "delete"} <= set(resource["verbs"])
        and resource["resource"] not in TRANSIENT
        and not path.startswith("/apis/metallb.io/")
    ]


def _names(rest: Rest, kind: Kind) -> list[Object]:
    """All objects of a kind, with their metadata alone; none when the kind itself is gone meanwhile."""
    try:
        found = rest.send("GET", kind.list, headers={"Accept": NAMES_ONLY}).json()["items"] or []
    except Refused as refusal:
        if refusal.code != NOT_FOUND:
            raise
        return []
    return [one for one in found if not _is_metallbs(one)]


def _kept(rest: Rest, kinds: Iterable[Kind]) -> dict[str, Object]:
    """The system's objects of the kinds that are kept, whole, by path."""
    return {
        kind.place(one): one
        for kind in kinds
        if kind.plural in KEPT
        for one in rest.items(kind.list)
        if not _is_metallbs(one) and one["metadata"]["name"] not in SELF_CHANGING
    }


def _is_metallbs(found: Object) -> bool:
    name, namespace = str(found["metadata"]["name"]), found["metadata"].get("namespace")
    return bool(namespace == METALLB) or name.startswith("metallb") or name.endswith(".metallb.io")


def _lasting(found: Object) -> Object:
    """What stays of an object when nobody touches it."""
    metadata = found["metadata"]
    wanted = {"name", "namespace"} & metadata.keys()
    lasting: Object = {key: found[key] for key in ("data", "binaryData", "spec") if key in found}
    if "taints" in lasting.get("spec", {}):
        taints = [one for one in found["spec"]["taints"] if not one["key"].startswith(BY_CONTROLLERS)]
        rest = {key: value for key, value in found["spec"].items() if key != "taints"}
        lasting["spec"] = {**rest, **({"taints": taints} if taints else {})}
    return {"metadata": {"labels": metadata.get("labels", {}), **{key: metadata[key] for key in wanted}}, **lasting}


def _try(rest: Rest, method: str, path: str, body: Object) -> None:
    """One change; whether it was done is seen in the next round."""
    form = "application/merge-patch+json" if method == "PATCH" else "application/json"
    try:
        rest.send(method, path, content=json.dumps(body).encode(), headers={"Content-Type": form})
    except Refused as refusal:
        if refusal.code not in (NOT_FOUND, CONFLICT):
            raise
