"""What probes and lifecycle hooks may be."""

import re
from collections.abc import Sequence
from typing import Any

from servicelab.embedded.admission import causes
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.service_rules import judge_number_or_name

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
HEADER_WORDS = (
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
    "validation is '[-A-Za-z0-9]+')"
)
SCHEMES = ("HTTP", "HTTPS")
NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def judge_probe(probe: dict[str, Any], field: str, kind: str) -> list[Cause]:
    """One probe; `kind` is livenessProbe, readinessProbe or startupProbe."""
    found = _judge_handlers(probe, HANDLERS, field)
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


def judge_lifecycle(lifecycle: dict[str, Any], spec: dict[str, Any], field: str) -> list[Cause]:
    """`lifecycle` of a container in a Pod with this spec."""
    found = []
    for hook in ("postStart", "preStop"):
        if hook in lifecycle:
            found += _judge_handlers(lifecycle[hook], HOOK_HANDLERS, f"{field}.{hook}")
            seconds, grace = lifecycle[hook].get("sleep", {}).get("seconds", 0), spec["terminationGracePeriodSeconds"]
            if not 0 <= seconds <= grace:
                detail = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
                found.append(causes.invalid(f"{field}.{hook}.sleep", seconds, detail))
    return found


def _judge_handlers(handlers: dict[str, Any], known: Sequence[str], field: str) -> list[Cause]:
    given = [handler for handler in known if handler in handlers]
    if not given:
        return [causes.required(field, "must specify a handler type")]
    found = _judge_handler(given[0], handlers[given[0]], f"{field}.{given[0]}")
    detail = "may not specify more than 1 handler type"
    return found + [causes.forbidden(f"{field}.{handler}", detail) for handler in given[1:]]


def _judge_handler(kind: str, handler: dict[str, Any], field: str) -> list[Cause]:
    found = []
    if kind == "exec":
        if not handler.get("command"):
            found.append(causes.required(f"{field}.command"))
        return found
    if kind == "sleep":
        return found
    found += judge_number_or_name(handler.get("port", 0), f"{field}.port")
    if kind == "httpGet" and handler["scheme"] not in SCHEMES:
        found.append(causes.not_supported(f"{field}.scheme", handler["scheme"], SCHEMES))
    for header in handler.get("httpHeaders", []) if kind == "httpGet" else []:
        name = header.get("name", "")
        if not re.fullmatch("[-A-Za-z0-9]+", name):
            found.append(causes.invalid(f"{field}.httpHeaders", name, HEADER_WORDS))
    return found
