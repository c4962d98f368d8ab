"""What a Pod and a Pod template may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.container_rules import judge_containers
from servicelab.embedded.admission.effects import warn_without_effect
from servicelab.embedded.admission.metadata_rules import judge_annotations, judge_labels, judge_metadata
from servicelab.embedded.store import Object, copy_of

Json = dict[str, Any]
RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
OPERATORS = ("Equal", "Exists")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
NOT_CHANGEABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"
)
"""After this line kind prints what differs, in its own internal form; we do not."""
METADATA_TIMES_ON_CHANGE = 3


def judge_pod(pod: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a Pod."""
    found = judge_metadata(pod, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    found += judge_pod_spec(pod["spec"], "spec", is_pod=True)
    if old is not None and _fixed_part(pod["spec"]) != _fixed_part(old["spec"]):
        found.append(causes.forbidden("spec", NOT_CHANGEABLE))
    return found


def _fixed_part(spec: Json) -> Json:
    """What of a Pod's spec cannot change."""
    fixed = copy_of(spec)
    for kind in ("containers", "initContainers"):
        for container in fixed.get(kind, []):
            container.pop("image", None)
    for name in ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"):
        fixed.pop(name, None)
    return fixed


def judge_template(template: Json, field: str) -> list[Cause]:
    """`spec.template` of a workload."""
    metadata = template.get("metadata", {})
    found = judge_labels(metadata.get("labels", {}), f"{field}.labels")
    found += judge_annotations(metadata.get("annotations", {}), f"{field}.annotations")
    return found + judge_pod_spec(template["spec"], f"{field}.spec", is_pod=False)


def judge_pod_spec(spec: Json, field: str, is_pod: bool) -> list[Cause]:
    """The spec of a Pod or of a Pod template."""
    found = _judge_volumes(spec.get("volumes", []), f"{field}.volumes")
    volumes = {volume.get("name", "") for volume in spec.get("volumes", [])}
    found += judge_containers(spec, field, volumes, is_pod)
    if spec.get("hostNetwork"):
        found += _judge_host_network(spec, field)
    if spec["restartPolicy"] not in RESTART_POLICIES:
        found.append(causes.not_supported(f"{field}.restartPolicy", spec["restartPolicy"], RESTART_POLICIES))
    if spec["dnsPolicy"] not in DNS_POLICIES:
        found.append(causes.not_supported(f"{field}.dnsPolicy", spec["dnsPolicy"], DNS_POLICIES))
    found += judge_labels(spec.get("nodeSelector", {}), f"{field}.nodeSelector")
    found += _judge_dns(spec, f"{field}.dnsConfig")
    for name, rule in (("serviceAccountName", words.subdomain), ("nodeName", words.subdomain)):
        if spec.get(name):
            found += [causes.invalid(f"{field}.{name}", spec[name], problem) for problem in rule(spec[name])]
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and deadline < 1:
        detail = "must be between 1 and 2147483647, inclusive"
        found.append(causes.invalid(f"{field}.activeDeadlineSeconds", deadline, detail))
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            found += [causes.invalid(f"{field}.{name}", spec[name], problem) for problem in words.label(spec[name])]
    found += _judge_tolerations(spec.get("tolerations", []), f"{field}.tolerations")
    return found


def _judge_volumes(volumes: list[Json], field: str) -> list[Cause]:
    found, names = [], set()
    for index, volume in enumerate(volumes):
        place, name = f"{field}[{index}]", volume.get("name", "")
        sources = [key for key in volume if key != "name"]
        if len(sources) > 1:
            detail = "may not specify more than 1 volume type"
            found += [causes.forbidden(f"{place}.{source}", detail) for source in sources[1:]]
        if not name:
            found.append(causes.required(f"{place}.name"))
        else:
            found += [causes.invalid(f"{place}.name", name, problem) for problem in words.label(name)]
        if name in names:
            found.append(causes.duplicate(f"{place}.name", name))
        names.add(name)
        if "configMap" in volume and not volume["configMap"].get("name"):
            found.append(causes.required(f"{place}.configMap.name"))
        if "hostPath" in volume and not volume["hostPath"].get("path"):
            found.append(causes.required(f"{place}.hostPath.path"))
    return found


def _judge_host_network(spec: Json, field: str) -> list[Cause]:
    found = []
    for index, container in enumerate(spec.get("containers", [])):
        for number, port in enumerate(container.get("ports", [])):
            if port.get("hostPort") and port["hostPort"] != port.get("containerPort"):
                detail = "must match `containerPort` when `hostNetwork` is true"
                place = f"{field}.containers[{index}].ports[{number}].hostPort"
                found.append(causes.invalid(place, port["hostPort"], detail))
    return found


def _judge_dns(spec: Json, field: str) -> list[Cause]:
    config = spec.get("dnsConfig")
    if spec["dnsPolicy"] == "None":
        if config is None:
            return [causes.required(field, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not config.get("nameservers"):
            detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [causes.required(f"{field}.nameservers", detail)]
    found = []
    for index, server in enumerate((config or {}).get("nameservers", [])):
        found += [causes.invalid(f"{field}.nameservers[{index}]", server, p) for p in words.address(server)]
    return found


def _judge_tolerations(tolerations: list[Json], field: str) -> list[Cause]:
    found = []
    for index, toleration in enumerate(tolerations):
        place = f"{field}[{index}]"
        key, operator, effect = (toleration.get(name, "") for name in ("key", "operator", "effect"))
        if key:
            found += [causes.invalid(f"{place}.key", key, problem) for problem in words.qualified_name(key)]
        elif operator != "Exists":
            detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            found.append(causes.invalid(f"{place}.operator", operator, detail))
        if "tolerationSeconds" in toleration and effect != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            found.append(causes.invalid(f"{place}.effect", effect, detail))
        value = toleration.get("value", "")
        if operator == "Exists":
            if value:
                detail = "value must be empty when `operator` is 'Exists'"
                found.append(causes.invalid(f"{place}.operator", value, detail))
        elif operator in ("", "Equal"):
            problems = words.label_value(value)
            if problems:
                found.append(causes.invalid(f"{place}.operator", value, ";".join(problems)))
        else:
            found.append(causes.not_supported(f"{place}.operator", operator, OPERATORS))
        if effect and effect not in EFFECTS:
            found.append(causes.not_supported(f"{place}.effect", effect, EFFECTS))
    return found


def warn_pod(pod: Object, old: Object | None) -> list[str]:
    """What kubectl prints as `Warning:` although the Pod is stored."""
    warnings = []
    problems = words.label(pod["metadata"]["name"])
    if old is None and problems:
        warnings.append(
            "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(problems[:1])}]"
        )
    return warnings + warn_pod_spec(pod["spec"], "spec")


def warn_pod_spec(spec: Json, field: str) -> list[str]:
    """Ports and variables that are there twice, and what has no effect here."""
    warnings = []
    for index, container in enumerate(spec.get("containers", [])):
        place = f"{field}.containers[{index}]"
        names: set[str] = set()
        for number, variable in enumerate(container.get("env", [])):
            name = variable.get("name", "")
            if name in names:
                said = f'hides previous definition of "{name}", which may be dropped when using apply'
                warnings.append(f"{place}.env[{number}]: {said}")
            names.add(name)
        ports: dict[tuple[Any, ...], int] = {}
        for number, port in enumerate(container.get("ports", [])):
            key = (port["protocol"], port.get("hostIP"), port.get("hostPort"), port.get("containerPort"))
            if key in ports:
                said = f"duplicate port definition with {place}.ports[{ports[key]}]"
                warnings.append(f"{place}.ports[{number}]: {said}")
            ports.setdefault(key, number)
    return warnings + warn_without_effect(spec, field)
