"""What probes may be."""

from typing import Any

from servicelab.embedded.admission import causes
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.service_rules import judge_number_or_name

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
SCHEMES = ("HTTP", "HTTPS")
NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def judge_probe(probe: dict[str, Any], field: str, kind: str) -> list[Cause]:
    """One probe; `kind` is livenessProbe, readinessProbe or startupProbe."""
    found = []
    given = [handler for handler in HANDLERS if handler in probe]
    if not given:
        found.append(causes.required(field, "must specify a handler type"))
    for index, handler in enumerate(given):
        place = f"{field}.{handler}"
        if index:
            found.append(causes.forbidden(place, "may not specify more than 1 handler type"))
        else:
            found += _judge_handler(handler, probe[handler], place)
    for name in NUMBERS:
        if probe.get(name, 0) < 0:
            detail = "must be greater than or equal to 0"
            found.append(causes.invalid(f"{field}.{name}", probe[name], detail))
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        found.append(causes.invalid(f"{field}.terminationGracePeriodSeconds", grace, "must be greater than 0"))
    if kind != "readinessProbe" and probe["successThreshold"] != 1:
        found.append(causes.invalid(f"{field}.successThreshold", probe["successThreshold"], "must be 1"))
    if kind == "readinessProbe" and grace is not None:
        detail = "must not be set for readinessProbes"
        found.append(causes.invalid(f"{field}.terminationGracePeriodSeconds", grace, detail))
    return found


def _judge_handler(kind: str, handler: dict[str, Any], field: str) -> list[Cause]:
    found = []
    if kind == "exec":
        if not handler.get("command"):
            found.append(causes.required(f"{field}.command"))
        return found
    found += judge_number_or_name(handler.get("port", 0), f"{field}.port")
    if kind == "httpGet" and handler["scheme"] not in SCHEMES:
        found.append(causes.not_supported(f"{field}.scheme", handler["scheme"], SCHEMES))
    return found
