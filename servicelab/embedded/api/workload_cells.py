"""The cells of the tables of Deployments, ReplicaSets, StatefulSets, DaemonSets, their revisions, and Jobs."""

from collections.abc import Mapping
from typing import Any

from servicelab.embedded.api.ages import age, duration, seconds_of
from servicelab.embedded.label_selectors import NONE, labels_text, selector_text
from servicelab.embedded.store import Object

Cells = list[Any]


def deployment(object: Object, now: float) -> Cells:
    """One Deployment."""
    spec, status = _parts(object)
    return [
        object["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        _created(object, now),
        *_containers(spec),
        _selector(spec),
    ]


def replica_set(object: Object, now: float) -> Cells:
    """One ReplicaSet."""
    spec, status = _parts(object)
    return [
        object["metadata"]["name"],
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        _created(object, now),
        *_containers(spec),
        _selector(spec),
    ]


def stateful_set(object: Object, now: float) -> Cells:
    """One StatefulSet."""
    spec, status = _parts(object)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [object["metadata"]["name"], ready, _created(object, now), *_containers(spec)]


def daemon_set(object: Object, now: float) -> Cells:
    """One DaemonSet."""
    spec, status = _parts(object)
    return [
        object["metadata"]["name"],
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        labels_text(((spec.get("template") or {}).get("spec") or {}).get("nodeSelector")),
        _created(object, now),
        *_containers(spec),
        _selector(spec),
    ]


def controller_revision(object: Object, now: float) -> Cells:
    """One revision of a StatefulSet or DaemonSet."""
    owners = object["metadata"].get("ownerReferences") or ()
    owner = next((owner for owner in owners if owner.get("controller")), None)
    shown = NONE
    if owner is not None:
        group = owner["apiVersion"].rpartition("/")[0]
        shown = f"{owner['kind'].lower()}{'.' if group else ''}{group}/{owner['name']}"
    return [object["metadata"]["name"], shown, object.get("revision", 0), _created(object, now)]


def job(object: Object, now: float) -> Cells:
    """One Job."""
    spec, status = _parts(object)
    return [
        object["metadata"]["name"],
        _job_state(object, status),
        _completions(spec, status),
        _job_duration(status, now),
        _created(object, now),
        *_containers(spec),
        _selector(spec),
    ]


def _job_state(object: Object, status: Mapping[str, Any]) -> str:
    true = {condition["type"] for condition in status.get("conditions") or () if condition["status"] == "True"}
    for ended in ("Complete", "Failed"):
        if ended in true:
            return ended
    if object["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return next((state for state in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if state in true), "Running")


def _completions(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    succeeded = status.get("succeeded", 0)
    if "completions" in spec:
        return f"{succeeded}/{spec['completions']}"
    at_once = spec.get("parallelism", 0)
    return f"{succeeded}/1 of {at_once}" if at_once > 1 else f"{succeeded}/1"


def _job_duration(status: Mapping[str, Any], now: float) -> str:
    started, ended = seconds_of(status.get("startTime")), seconds_of(status.get("completionTime"))
    return "" if started is None else duration((now if ended is None else ended) - started)


def _parts(object: Object) -> tuple[dict[str, Any], dict[str, Any]]:
    return object.get("spec") or {}, object.get("status") or {}


def _created(object: Object, now: float) -> str:
    return age(object["metadata"].get("creationTimestamp"), now)


def _containers(spec: Mapping[str, Any]) -> Cells:
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or ()
    names, images = [container["name"] for container in containers], [one.get("image", "") for one in containers]
    return [",".join(names), ",".join(images)]


def _selector(spec: Mapping[str, Any]) -> str:
    return selector_text(spec.get("selector") or {})
