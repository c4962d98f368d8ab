"""What a Pod may ask for and the embedded cluster does not do: it is stored as on kind, and the user is told."""

from typing import Any

Json = dict[str, Any]
HOOKS = ("postStart", "preStop")
AFFINITIES = ("nodeAffinity", "podAffinity", "podAntiAffinity")
NOT_MADE_FOR = {
    "volumeClaimTemplates": "have PersistentVolumeClaims",
    "podFailurePolicy": "judge the Pods of a Job by rules",
    "successPolicy": "end a Job by rules",
    "backoffLimitPerIndex": "count the failures of a Job per index",
}
"""Fields of StatefulSets and Jobs for which no Pods are made, rather than Pods that go another way than on kind."""
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def warn_without_effect(spec: Json, field: str) -> list[str]:
    """One warning for each field of a Pod's spec (at `field`) that changes nothing here."""
    warnings = []
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(kind, [])):
            place = f"{field}.{kind}[{index}]"
            for hook in HOOKS:
                if hook in container.get("lifecycle", {}):
                    warnings.append(_said(f"{place}.lifecycle.{hook}", "run container hooks"))
            if kind == "initContainers" and container.get("restartPolicy") == "Always":
                does = "run sidecars, and the Pod starts only after this init container has ended"
                warnings.append(_said(f"{place}.restartPolicy", does))
    for kind in AFFINITIES:
        if spec.get("affinity", {}).get(kind, {}).get(PREFERRED):
            warnings.append(_said(f"{field}.affinity.{kind}.{PREFERRED}", "weigh preferences when it places Pods"))
    if spec.get("topologySpreadConstraints"):
        warnings.append(_said(f"{field}.topologySpreadConstraints", "place Pods by spread constraints"))
    return warnings


def warn_without_pods(spec: Json) -> list[str]:
    """One warning for each field of a StatefulSet's or Job's spec for which the embedded cluster makes no Pods."""
    return [
        _said(f"spec.{field}", f"{does}, and makes no Pods for this object")
        for field, does in NOT_MADE_FOR.items()
        if spec.get(field) not in (None, [])
    ]


def _said(field: str, does: str) -> str:
    return f"{field}: the embedded cluster does not {does}; use a kind cluster for it"
