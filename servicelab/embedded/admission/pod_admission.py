"""What the API server's plug-ins add to a new Pod: ServiceAccount, tolerations, priority."""

import random
from typing import Any

from servicelab.embedded.admission.causes import Refused
from servicelab.embedded.admission.names import name_suffix
from servicelab.embedded.resources import SERVICE_ACCOUNTS
from servicelab.embedded.store import Object, Store

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOLERATED_SECONDS = 300
PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


def complete_pod(store: Store, pod: Object, randomness: random.Random) -> None:
    """Add what depends on the cluster. Raises Refused (403) when the ServiceAccount is not there."""
    _give_service_account(store, pod, randomness)
    _give_priority(pod)
    _refuse_runtime(pod)
    give_tolerations(pod["spec"])


def _give_service_account(store: Store, pod: Object, randomness: random.Random) -> None:
    spec = pod["spec"]
    namespace, name = pod["metadata"].get("namespace", ""), spec.get("serviceAccountName", "default")
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = store.get(SERVICE_ACCOUNTS, namespace, name)
    if account is None:
        raise _forbidden(pod, f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found')
    wished = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
    if wished:
        _mount_token(spec, randomness)


def _refuse_runtime(pod: Object) -> None:
    """There are no RuntimeClasses on kind."""
    spec = pod["spec"]
    if spec.get("runtimeClassName"):
        raise _forbidden(pod, f'pod rejected: RuntimeClass "{spec["runtimeClassName"]}" not found')
    if spec.get("overhead"):
        raise _forbidden(pod, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")


def _forbidden(pod: Object, why: str) -> Refused:
    name = _shown_name(pod)
    return Refused(403, "Forbidden", f'pods "{name}" is forbidden: {why}', details={"name": name, "kind": "pods"})


def _shown_name(pod: Object) -> str:
    """Plug-ins see a Pod before its name is made from `generateName`."""
    metadata = pod["metadata"]
    return str(metadata.get("generateName") or metadata.get("name", ""))


def _mount_token(spec: dict[str, Any], randomness: random.Random) -> None:
    names = [str(volume.get("name", "")) for volume in spec.get("volumes", [])]
    volume = next((name for name in names if name.startswith("kube-api-access-")), None)
    used = False
    name = volume or f"kube-api-access-{name_suffix(randomness)}"
    for container in [*spec.get("initContainers", []), *spec.get("containers", [])]:
        mounts = container.get("volumeMounts", [])
        if all(mount.get("mountPath") != TOKEN_PATH for mount in mounts):
            container["volumeMounts"] = [*mounts, {"mountPath": TOKEN_PATH, "name": name, "readOnly": True}]
            used = True
    if used and volume is None:
        spec["volumes"] = [*spec.get("volumes", []), _token_volume(name)]


def _token_volume(name: str) -> dict[str, Any]:
    own_namespace = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}
    authority = {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}
    sources: list[dict[str, Any]] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": authority},
        {"downwardAPI": {"items": [own_namespace]}},
    ]
    return {"name": name, "projected": {"defaultMode": 420, "sources": sources}}


def _give_priority(pod: Object) -> None:
    spec = pod["spec"]
    name = spec.get("priorityClassName", "")
    if name and name not in PRIORITIES:
        raise _forbidden(pod, f"no PriorityClass with name {name} was found")
    priority = PRIORITIES.get(name, 0)
    if spec.get("priority", priority) != priority:
        raise _forbidden(
            pod,
            f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
            f"priority admission controller computed {priority} from the given PriorityClass name",
        )
    spec["priority"] = priority
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")


def give_tolerations(spec: dict[str, Any]) -> None:
    """Five minutes on a node that is not ready or not reached, unless the Pod says otherwise."""
    tolerations = list(spec.get("tolerations", []))
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(_tolerates(toleration, key) for toleration in tolerations):
            tolerations.append(
                {"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": TOLERATED_SECONDS}
            )
    spec["tolerations"] = tolerations


def _tolerates(toleration: dict[str, Any], key: str) -> bool:
    return toleration.get("key") in (None, "", key) and toleration.get("effect") in (None, "", "NoExecute")
