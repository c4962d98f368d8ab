"""What containers of a Pod may be: names, ports, environment, mounts, probes, resources."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.probe_rules import judge_probe
from servicelab.embedded.admission.resource_rules import judge_resources
from servicelab.embedded.admission.service_rules import PROTOCOLS

Json = dict[str, Any]
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
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
SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
ONE_SOURCE = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"


def judge_containers(spec: Json, field: str, volumes: set[str], is_pod: bool) -> list[Cause]:
    """`containers` and `initContainers` of a Pod (`is_pod`) or a Pod template."""
    containers = spec.get("containers", [])
    if not containers:
        return [causes.required(f"{field}.containers")]
    found, names = [], set()
    for index, container in enumerate(containers):
        place = f"{field}.containers[{index}]"
        found += judge_container(container, place, volumes, is_pod)
        name = container.get("name", "")
        if name in names:
            found.append(causes.duplicate(f"{place}.name", name))
        names.add(name)
        for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
            if kind in container:
                found += judge_probe(container[kind], f"{place}.{kind}", kind)
    found += _judge_host_ports(containers, f"{field}.containers")
    for index, container in enumerate(spec.get("initContainers", [])):
        place = f"{field}.initContainers[{index}]"
        found += judge_container(container, place, volumes, is_pod)
        name = container.get("name", "")
        if name in names:
            found.append(causes.duplicate(f"{place}.name", name))
        names.add(name)
        for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
            if kind in container and container.get("restartPolicy") != "Always":
                found.append(
                    causes.forbidden(
                        f"{place}.{kind}", "may not be set for init containers without restartPolicy=Always"
                    )
                )
    return found


def judge_container(container: Json, field: str, volumes: set[str], is_pod: bool) -> list[Cause]:
    """One container, without its probes."""
    found = []
    name, image = container.get("name", ""), container.get("image", "")
    if not name:
        found.append(causes.required(f"{field}.name"))
    else:
        found += [causes.invalid(f"{field}.name", name, problem) for problem in words.label(name)]
    if not image:
        found.append(causes.required(f"{field}.image"))
    elif is_pod and image != image.strip():
        found.append(causes.invalid(f"{field}.image", image, "must not have leading or trailing whitespace"))
    found += _judge_ports(container.get("ports", []), f"{field}.ports")
    found += _judge_environment(container.get("env", []), f"{field}.env")
    found += _judge_mounts(container.get("volumeMounts", []), volumes, f"{field}.volumeMounts")
    policy = container["imagePullPolicy"]
    if policy not in PULL_POLICIES:
        found.append(causes.not_supported(f"{field}.imagePullPolicy", policy, PULL_POLICIES))
    found += judge_resources(container.get("resources", {}), f"{field}.resources")
    return found


def _judge_ports(ports: list[Json], field: str) -> list[Cause]:
    found, names = [], set()
    for index, port in enumerate(ports):
        place, name = f"{field}[{index}]", port.get("name", "")
        if name:
            problems = words.port_name(name)
            found += [causes.invalid(f"{place}.name", name, problem) for problem in problems]
            if not problems and name in names:
                found.append(causes.duplicate(f"{place}.name", name))
            names.add(name)
        number = port.get("containerPort", 0)
        if not number:
            found.append(causes.required(f"{place}.containerPort"))
        else:
            found += [causes.invalid(f"{place}.containerPort", number, p) for p in words.port_number(number)]
        if port.get("hostPort"):
            number = port["hostPort"]
            found += [causes.invalid(f"{place}.hostPort", number, p) for p in words.port_number(number)]
        if port["protocol"] not in PROTOCOLS:
            found.append(causes.not_supported(f"{place}.protocol", port["protocol"], PROTOCOLS))
    return found


def _judge_host_ports(containers: list[Json], field: str) -> list[Cause]:
    found, taken = [], set()
    for index, container in enumerate(containers):
        for number, port in enumerate(container.get("ports", [])):
            if port.get("hostPort"):
                key = f"{port['protocol']}/{port.get('hostIP', '')}/{port['hostPort']}"
                if key in taken:
                    found.append(causes.duplicate(f"{field}[{index}].ports[{number}].hostPort", key))
                taken.add(key)
    return found


def _judge_environment(variables: list[Json], field: str) -> list[Cause]:
    found = []
    for index, variable in enumerate(variables):
        place, name = f"{field}[{index}]", variable.get("name", "")
        if not name:
            found.append(causes.required(f"{place}.name"))
        else:
            found += [causes.invalid(f"{place}.name", name, problem) for problem in words.environment_name(name)]
        if "valueFrom" in variable:
            found += _judge_source(variable, f"{place}.valueFrom")
    return found


def _judge_source(variable: Json, field: str) -> list[Cause]:
    source, found = variable["valueFrom"], []
    path = source.get("fieldRef", {}).get("fieldPath")
    if "fieldRef" in source:
        place = f"{field}.fieldRef.fieldPath"
        if not path:
            found.append(causes.required(place))
        elif path not in FIELD_PATHS and not path.startswith(("metadata.labels['", "metadata.annotations['")):
            detail = f"error converting fieldPath: field label not supported: {path}"
            found.append(causes.invalid(place, path, detail))
    for kind in ("configMapKeyRef", "secretKeyRef"):
        reference = source.get(kind)
        if reference is not None and not reference.get("key"):
            found.append(causes.required(f"{field}.{kind}.key"))
    count = sum(kind in source for kind in SOURCES)
    if count == 0:
        found.append(causes.invalid(field, "", ONE_SOURCE))
    elif variable.get("value"):
        found.append(causes.invalid(field, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        found.append(causes.invalid(field, "", "may not have more than one field specified at a time"))
    return found


def _judge_mounts(mounts: list[Json], volumes: set[str], field: str) -> list[Cause]:
    found, paths = [], set()
    for index, mount in enumerate(mounts):
        place, name, path = f"{field}[{index}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            found.append(causes.required(f"{place}.name"))
        if name not in volumes:
            found.append(causes.not_found(f"{place}.name", name))
        if not path:
            found.append(causes.required(f"{place}.mountPath"))
        if path in paths:
            found.append(causes.invalid(f"{place}.mountPath", path, "must be unique"))
        paths.add(path)
    return found
