"""What kubectl prints as `Warning:` although a Service is stored."""

from typing import Any

from servicelab.embedded.admission import words
from servicelab.embedded.admission.service_ip_rules import is_headless
from servicelab.embedded.store import Object

OLD_HINTS = "service.kubernetes.io/topology-aware-hints"


def warn_service(service: Object, old: Object | None) -> list[str]:
    """In the order of kind."""
    spec, warnings = service["spec"], []
    if OLD_HINTS in service["metadata"].get("annotations", {}):
        instead = "service.kubernetes.io/topology-mode"
        warnings.append(f"annotation {OLD_HINTS} is deprecated, please use {instead} instead")
    is_alias = spec["type"] == "ExternalName"
    if is_headless(spec):
        warnings += _warn_headless(spec)
    if spec.get("loadBalancerIP"):
        warnings += _warn_address("spec.loadBalancerIP", spec["loadBalancerIP"])
    if spec.get("externalIPs"):
        if is_alias:
            warnings.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
        elif not is_headless(spec):
            warnings.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    if spec.get("externalName") and not is_alias:
        warnings.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        warnings.append('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
    return warnings


def _warn_headless(spec: dict[str, Any]) -> list[str]:
    """What a Service without a virtual IP has no use for."""
    ignored = [f"spec.{name}" for name in ("loadBalancerIP", "externalIPs") if spec.get(name)]
    if spec["sessionAffinity"] != "None":
        ignored.append("spec.SessionAffinity")
    return [f"{field} is ignored for headless services" for field in ignored]


def _warn_address(field: str, text: str) -> list[str]:
    if words.address(text) != [words.ZEROS_WORDS]:
        return []
    usual = words.without_leading_zeros(text)
    return [f'{field}: non-standard IP address "{text}" is invalid: use "{usual}"']
