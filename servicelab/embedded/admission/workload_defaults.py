"""What Deployments and ReplicaSets have where their manifests say nothing."""

from typing import Any

from servicelab.embedded.admission.pod_defaults import default_pod_spec
from servicelab.embedded.store import Object

HISTORY = 10
PROGRESS_SECONDS = 600
QUARTER = "25%"


def default_deployment(deployment: Object) -> None:
    """Fill in a Deployment."""
    spec: dict[str, Any] = deployment.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", HISTORY)
    spec.setdefault("progressDeadlineSeconds", PROGRESS_SECONDS)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", QUARTER)
        rolling.setdefault("maxUnavailable", QUARTER)
    default_template(spec)
    deployment.setdefault("status", {})


def default_replica_set(replica_set: Object) -> None:
    """Fill in a ReplicaSet."""
    spec: dict[str, Any] = replica_set.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    default_template(spec)
    replica_set.setdefault("status", {"replicas": 0})


def default_template(spec: dict[str, Any]) -> None:
    """Fill in `spec.template`."""
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))
