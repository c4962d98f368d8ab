"""Where a container's environment comes from."""

import re
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause

Json = dict[str, Any]
FIELD_PATHS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
KNOWN_TO_VOLUMES = ("metadata.labels", "metadata.annotations")
RESOURCES = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
ONE_SOURCE = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
ONE_OF_TWO = "must specify one of: `configMapRef` or `secretRef`"
ONLY_ONE = "may not have more than one field specified at a time"


def judge_environment(variables: list[Json], field: str) -> list[Cause]:
    """`env` of a container."""
    found = []
    for index, variable in enumerate(variables):
        place, name = f"{field}[{index}]", variable.get("name", "")
        if not name:
            found.append(causes.required(f"{place}.name"))
        else:
            found += [causes.invalid(f"{place}.name", name, problem) for problem in words.environment_name(name)]
        if "valueFrom" in variable:
            found += _judge_value_source(variable, f"{place}.valueFrom")
    return found


def judge_environment_sources(sources: list[Json], field: str) -> list[Cause]:
    """`envFrom` of a container."""
    found = []
    for index, source in enumerate(sources):
        place, prefix = f"{field}[{index}]", source.get("prefix", "")
        if prefix:
            found += [causes.invalid(f"{place}.prefix", prefix, problem) for problem in words.environment_name(prefix)]
        given = [kind for kind in ("configMapRef", "secretRef") if kind in source]
        for kind in given:
            name = source[kind].get("name", "")
            if not name:
                found.append(causes.required(f"{place}.{kind}.name"))
            else:
                problems = words.subdomain(name)
                found += [causes.invalid(f"{place}.{kind}.name", name, problem) for problem in problems]
        if len(given) != 1:
            found.append(causes.invalid(field, "", ONLY_ONE if given else ONE_OF_TWO))
    return found


def _judge_value_source(variable: Json, field: str) -> list[Cause]:
    source, found = variable["valueFrom"], []
    if "fieldRef" in source:
        found += _judge_field(source["fieldRef"], f"{field}.fieldRef")
    if "resourceFieldRef" in source:
        name, place = source["resourceFieldRef"].get("resource", ""), f"{field}.resourceFieldRef.resource"
        if not name:
            found.append(causes.required(place))
        elif name not in RESOURCES:
            found.append(causes.not_supported(place, name, RESOURCES))
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            found += _judge_key(source[kind], f"{field}.{kind}")
    count = sum(kind in source for kind in SOURCES)
    if count == 0:
        found.append(causes.invalid(field, "", ONE_SOURCE))
    elif variable.get("value"):
        found.append(causes.invalid(field, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        found.append(causes.invalid(field, "", ONLY_ONE))
    return found


def _judge_field(reference: Json, field: str) -> list[Cause]:
    path, place, version = reference.get("fieldPath", ""), f"{field}.fieldPath", reference["apiVersion"]
    if not path:
        return [causes.required(place)]
    if version != "v1":
        detail = f"error converting fieldPath: unsupported pod version: {version}"
        return [causes.invalid(place, path, detail)]
    one = re.fullmatch(r"metadata\.(labels|annotations)\['(.*)'\]", path)
    if one:
        key = one[2] if one[1] == "labels" else one[2].lower()
        return [causes.invalid(field, one[2], problem) for problem in words.qualified_name(key)]
    if path in KNOWN_TO_VOLUMES:
        return [causes.not_supported(place, path, FIELD_PATHS)]
    if path not in FIELD_PATHS:
        detail = f"error converting fieldPath: field label not supported: {path}"
        return [causes.invalid(place, path, detail)]
    return []


def _judge_key(reference: Json, field: str) -> list[Cause]:
    """One entry of a ConfigMap or Secret."""
    name, key = reference.get("name", ""), reference.get("key", "")
    found = [causes.invalid(f"{field}.name", name, problem) for problem in words.subdomain(name)]
    if not key:
        return [*found, causes.required(f"{field}.key")]
    return found + [causes.invalid(f"{field}.key", key, problem) for problem in words.config_key(key)]
