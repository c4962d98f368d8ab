"""What a load balancer may say in a Service's status."""

from ipaddress import ip_address
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.store import Object

IP_MODES = ("Proxy", "VIP")


def default_status(service: Object) -> None:
    """An address that a load balancer gives is a virtual IP where nothing else is said."""
    if service["spec"]["type"] == "LoadBalancer":
        for entry in service["status"]["loadBalancer"].get("ingress", []):
            if entry.get("ip"):
                entry.setdefault("ipMode", "VIP")


def judge_status(service: Object) -> list[Cause]:
    """`status.loadBalancer.ingress`; its ports and the conditions are taken as they come."""
    field = "status.loadBalancer.ingress"
    entries = service["status"]["loadBalancer"].get("ingress", [])
    if entries and service["spec"]["type"] != "LoadBalancer":
        return [causes.forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")]
    return [cause for index, entry in enumerate(entries) for cause in _judge_entry(entry, f"{field}[{index}]")]


def _judge_entry(entry: dict[str, Any], field: str) -> list[Cause]:
    found, address, mode = [], entry.get("ip", ""), entry.get("ipMode")
    if address:
        found += [causes.invalid(f"{field}.ip", address, problem) for problem in words.address(address)]
    elif mode is not None:
        found.append(causes.forbidden(f"{field}.ipMode", "may not be specified when `ip` is not set"))
    if address and mode is not None and mode not in IP_MODES:
        found.append(causes.not_supported(f"{field}.ipMode", mode, IP_MODES))
    name = entry.get("hostname", "")
    if name:
        found += [causes.invalid(f"{field}.hostname", name, problem) for problem in words.subdomain(name)]
        if _is_address(name):
            found.append(causes.invalid(f"{field}.hostname", name, "must be a DNS name, not an IP address"))
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
