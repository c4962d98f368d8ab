"""What a Pod and a Pod template may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.container_rules import judge_containers
from servicelab.embedded.admission.metadata_rules import judge_annotations, judge_labels, judge_metadata
from servicelab.embedded.admission.pod_affinity_rules import judge_affinity, judge_spread
from servicelab.embedded.admission.pod_change_rules import judge_pod_change
from servicelab.embedded.admission.pod_security_rules import judge_pod_security
from servicelab.embedded.admission.pod_volume_rules import judge_volumes
from servicelab.embedded.store import Object

Json = dict[str, Any]
RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
OPERATORS = ("Equal", "Exists")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
COMPARISONS = ("Gt", "Lt")
OPERATING_SYSTEMS = ("linux", "windows")
LONGEST_DEADLINE = 2_147_483_647
MOST_NAMESERVERS = 3
METADATA_TIMES_ON_CHANGE = 4


def judge_pod(pod: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a Pod."""
    found = judge_metadata(pod, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    found += judge_pod_spec(pod["spec"], "spec", is_pod=True)
    if old is None and pod["spec"].get("ephemeralContainers"):
        found.append(causes.forbidden("spec.ephemeralContainers", "cannot be set on create"))
    return found + judge_pod_change(pod["spec"], old["spec"]) if old is not None else found


def judge_template(template: Json, field: str) -> list[Cause]:
    """`spec.template` of a workload."""
    metadata = template.get("metadata", {})
    found = judge_labels(metadata.get("labels", {}), f"{field}.labels")
    found += judge_annotations(metadata.get("annotations", {}), f"{field}.annotations")
    return found + judge_pod_spec(template["spec"], f"{field}.spec", is_pod=False)


def judge_pod_spec(spec: Json, field: str, is_pod: bool) -> list[Cause]:
    """The spec of a Pod or of a Pod template."""
    found = judge_volumes(spec.get("volumes", []), f"{field}.volumes")
    volumes = {volume.get("name", "") for volume in spec.get("volumes", [])}
    found += judge_containers(spec, field, volumes, is_pod)
    if spec.get("hostNetwork"):
        found += _judge_host_network(spec, field)
    if spec["restartPolicy"] not in RESTART_POLICIES:
        found.append(causes.not_supported(f"{field}.restartPolicy", spec["restartPolicy"], RESTART_POLICIES))
    if spec["dnsPolicy"] not in DNS_POLICIES:
        found.append(causes.not_supported(f"{field}.dnsPolicy", spec["dnsPolicy"], DNS_POLICIES))
    found += judge_labels(spec.get("nodeSelector", {}), f"{field}.nodeSelector")
    found += judge_pod_security(spec.get("securityContext", {}), spec, f"{field}.securityContext")
    found += judge_affinity(spec.get("affinity", {}), f"{field}.affinity")
    found += _judge_dns(spec, f"{field}.dnsConfig")
    for name, rule in (("serviceAccountName", words.subdomain), ("nodeName", words.subdomain)):
        if spec.get(name):
            found += [causes.invalid(f"{field}.{name}", spec[name], problem) for problem in rule(spec[name])]
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= LONGEST_DEADLINE:
        detail = f"must be between 1 and {LONGEST_DEADLINE}, inclusive"
        found.append(causes.invalid(f"{field}.activeDeadlineSeconds", deadline, detail))
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            found += [causes.invalid(f"{field}.{name}", spec[name], problem) for problem in words.label(spec[name])]
    found += _judge_tolerations(spec.get("tolerations", []), f"{field}.tolerations")
    found += _judge_host_aliases(spec.get("hostAliases", []), f"{field}.hostAliases")
    found += _judge_gates(spec, field)
    found += judge_spread(spec.get("topologySpreadConstraints", []), f"{field}.topologySpreadConstraints")
    system = spec.get("os", {}).get("name", "linux")
    if system not in OPERATING_SYSTEMS:
        found.append(causes.not_supported(f"{field}.os", system, OPERATING_SYSTEMS))
    return found


def _judge_host_aliases(aliases: list[Json], field: str) -> list[Cause]:
    found = []
    for index, alias in enumerate(aliases):
        address, place = alias.get("ip", ""), f"{field}[{index}]"
        found += [causes.invalid(f"{place}.ip", address, problem) for problem in words.address(address)]
        for number, name in enumerate(alias.get("hostnames", [])):
            problems = words.subdomain(name)
            found += [causes.invalid(f"{place}.hostnames[{number}]", name, problem) for problem in problems]
    return found


def _judge_gates(spec: Json, field: str) -> list[Cause]:
    """What a Pod waits for beside its containers: `readinessGates` and `schedulingGates`."""
    gates = [
        (f"{field}.readinessGates[{index}].conditionType", gate.get("conditionType", ""))
        for index, gate in enumerate(spec.get("readinessGates", []))
    ]
    gates += [
        (f"{field}.schedulingGates[{index}]", gate.get("name", ""))
        for index, gate in enumerate(spec.get("schedulingGates", []))
    ]
    return [causes.invalid(place, name, problem) for place, name in gates for problem in words.qualified_name(name)]


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
    servers = (config or {}).get("nameservers", [])
    if len(servers) > MOST_NAMESERVERS:
        detail = f"must not have more than {MOST_NAMESERVERS} nameservers"
        found.append(causes.invalid(f"{field}.nameservers", servers, detail))
    for index, name in enumerate((config or {}).get("searches", [])):
        problems = words.search_domain(name.removesuffix(".")) if name != "." else []
        found += [causes.invalid(f"{field}.searches[{index}]", name, problem) for problem in problems]
    for index, option in enumerate((config or {}).get("options", [])):
        if not option.get("name"):
            found.append(causes.required(f"{field}.options[{index}]", "must not be empty"))
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
            known = (*OPERATORS, "Lt", "Gt") if operator in COMPARISONS else OPERATORS
            found.append(causes.not_supported(f"{place}.operator", operator, known))
        if effect and effect not in EFFECTS:
            found.append(causes.not_supported(f"{place}.effect", effect, EFFECTS))
    return found
