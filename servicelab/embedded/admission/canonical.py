"""Empty values, which Kubernetes leaves out of what it stores."""

from typing import Any

KEPT_EMPTY = frozenset({
    "emptyDir", "resources", "securityContext", "selector", "template", "strategy", "spec", "status", "metadata",
    "podSelector", "namespaceSelector", "labelSelector", "loadBalancer", "state", "lastState", "conditions",
    "allocatable",
})  # fmt: skip
"""Fields that Kubernetes stores although they are `{}`: pointers and structs whose emptiness means something."""
KEPT_NULL = frozenset({"lastProbeTime", "eventTime"})
KEPT_TEXT = frozenset({
    "name", "key", "value", "image", "imageID", "reportingInstance", "reportingComponent", "path", "kubeProxyVersion",
})  # fmt: skip
TEXT_MAPS = frozenset({"labels", "annotations", "matchLabels", "nodeSelector", "data", "binaryData"})


def without_empties(object: dict[str, Any]) -> dict[str, Any]:
    """The object without nulls, empty lists and maps, and empty texts that mean "not given"."""
    return {key: _cleaned(key, value) for key, value in object.items() if not _is_nothing(key, value)}


def _is_nothing(key: str, value: Any) -> bool:
    if value is None:
        return key not in KEPT_NULL
    if value == {} or value == []:
        return key not in KEPT_EMPTY and not (isinstance(value, dict) and key.endswith(("Source", "Get", "Ref")))
    return value == "" and key not in KEPT_TEXT


def _cleaned(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if key in TEXT_MAPS:
            return {name: "" if text is None else text for name, text in value.items()}
        return without_empties(value)
    if isinstance(value, list):
        return [without_empties(entry) if isinstance(entry, dict) else entry for entry in value if entry is not None]
    return value
