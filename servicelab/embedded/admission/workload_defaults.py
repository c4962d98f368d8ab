"""What Deployments, ReplicaSets, StatefulSets, DaemonSets and Jobs have where their manifests say nothing."""

from typing import Any

from servicelab.embedded.admission.pod_defaults import default_pod_spec
from servicelab.embedded.store import Object

HISTORY = 10
PROGRESS_SECONDS = 600
QUARTER = "25%"
BACK_OFF_LIMIT = 6
DAEMON_SET_COUNTS = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")


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


def default_stateful_set(stateful_set: Object) -> None:
    """Fill in a StatefulSet."""
    spec: dict[str, Any] = stateful_set.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", HISTORY)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    strategy.get("rollingUpdate", {}).pop("maxUnavailable", None)  # behind a feature gate
    kept = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    kept.setdefault("whenDeleted", "Retain")
    kept.setdefault("whenScaled", "Retain")
    for claim in spec.get("volumeClaimTemplates", []):
        claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
        claim.setdefault("status", {}).setdefault("phase", "Pending")
    default_template(spec)
    stateful_set.setdefault("status", {"replicas": 0, "availableReplicas": 0})


def default_daemon_set(daemon_set: Object) -> None:
    """Fill in a DaemonSet."""
    spec: dict[str, Any] = daemon_set.setdefault("spec", {})
    spec.setdefault("revisionHistoryLimit", HISTORY)
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate" or "rollingUpdate" in strategy:
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", 0)
        rolling.setdefault("maxUnavailable", 1)
    default_template(spec)
    daemon_set.setdefault("status", {name: 0 for name in DAEMON_SET_COUNTS})


def default_job(job: Object) -> None:
    """Fill in a Job."""
    spec: dict[str, Any] = job.setdefault("spec", {})
    for rule in spec.get("podFailurePolicy", {}).get("rules") or []:
        for condition in rule.get("onPodConditions", []):
            condition["status"] = condition.get("status") or "True"
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("backoffLimit", BACK_OFF_LIMIT)
    spec.setdefault("suspend", False)
    spec.setdefault("manualSelector", False)
    spec.setdefault("podReplacementPolicy", "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed")
    default_template(spec)
    job.setdefault("status", {})


def default_template(spec: dict[str, Any]) -> None:
    """Fill in `spec.template`."""
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))
