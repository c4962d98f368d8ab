"""What containers of a Pod may be: names, ports, environment, mounts, probes, resources."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.pod_defaults import PROBES
from servicelab.embedded.admission.pod_environment_rules import judge_environment, judge_environment_sources
from servicelab.embedded.admission.pod_security_rules import judge_container_security
from servicelab.embedded.admission.pod_volume_rules import judge_mounts
from servicelab.embedded.admission.probe_rules import judge_lifecycle, judge_probe
from servicelab.embedded.admission.resource_rules import judge_resources
from servicelab.embedded.admission.service_rules import PROTOCOLS

Json = dict[str, Any]
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
RESTART_POLICIES = ("Always", "Never", "OnFailure")
ONLY_SIDECARS = "may not be set for init containers without restartPolicy=Always"


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
        found += judge_lifecycle(container.get("lifecycle", {}), spec, f"{place}.lifecycle")
        for kind in PROBES:
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
        for kind in ("lifecycle", *PROBES):
            if kind in container and container.get("restartPolicy") != "Always":
                found.append(causes.forbidden(f"{place}.{kind}", ONLY_SIDECARS))
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
    found += judge_environment(container.get("env", []), f"{field}.env")
    found += judge_environment_sources(container.get("envFrom", []), f"{field}.envFrom")
    found += judge_mounts(container.get("volumeMounts", []), volumes, f"{field}.volumeMounts")
    policy = container["imagePullPolicy"]
    if policy not in PULL_POLICIES:
        found.append(causes.not_supported(f"{field}.imagePullPolicy", policy, PULL_POLICIES))
    found += judge_resources(container.get("resources", {}), f"{field}.resources")
    found += judge_container_security(container.get("securityContext", {}), f"{field}.securityContext")
    policy = container.get("restartPolicy")
    if policy is not None and policy not in RESTART_POLICIES:
        found.append(causes.not_supported(f"{field}.restartPolicy", policy, RESTART_POLICIES))
    policy = container["terminationMessagePolicy"]
    if policy not in MESSAGE_POLICIES:
        found.append(causes.not_supported(f"{field}.terminationMessagePolicy", policy, MESSAGE_POLICIES))
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
