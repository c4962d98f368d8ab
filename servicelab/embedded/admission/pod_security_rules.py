"""Security contexts of Pods and containers: who a container runs as, and what it may do."""

import re
from typing import Any

from servicelab.embedded.admission import causes
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.pod_internal_form import internal_form

Json = dict[str, Any]
LARGEST_ID = 2_147_483_647
OUT_OF_RANGE = f"must be between 0 and {LARGEST_ID}, inclusive"
SECCOMP_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
PROC_MOUNTS = ("Default", "Unmasked")
GROUP_CHANGE_POLICIES = ("Always", "OnRootMismatch")
SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
SYSCTL_LIMIT = 253


def judge_pod_security(security: Json, spec: Json, field: str) -> list[Cause]:
    """`securityContext` of a Pod, and the host's processes it shares."""
    found = _judge_ids(security, ("fsGroup",), field)
    for index, group in enumerate(security.get("supplementalGroups", [])):
        found += _judge_id(group, f"{field}.supplementalGroups[{index}]")
    found += _judge_ids(security, ("runAsUser", "runAsGroup"), field)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        found.append(causes.invalid(f"{field}.shareProcessNamespace", True, detail))
    for index, sysctl in enumerate(security.get("sysctls", [])):
        name, place = sysctl.get("name", ""), f"{field}.sysctls[{index}].name"
        if not name:
            found.append(causes.required(place))
        elif len(name) > SYSCTL_LIMIT or not re.fullmatch(SYSCTL, name):
            detail = f"must have at most {SYSCTL_LIMIT} characters and match regex ^{SYSCTL}$"
            found.append(causes.invalid(place, name, detail))
    policy = security.get("fsGroupChangePolicy")
    if policy is not None and policy not in GROUP_CHANGE_POLICIES:
        found.append(causes.not_supported(f"{field}.fsGroupChangePolicy", policy, GROUP_CHANGE_POLICIES))
    return found + _judge_seccomp(security, field)


def judge_container_security(security: Json, field: str) -> list[Cause]:
    """`securityContext` of a container."""
    found = _judge_ids(security, ("runAsUser", "runAsGroup"), field)
    mount = security.get("procMount")
    if mount is not None and mount not in PROC_MOUNTS:
        found.append(causes.not_supported(f"{field}.procMount", mount, PROC_MOUNTS))
    found += _judge_seccomp(security, field)
    if security.get("allowPrivilegeEscalation") is False:
        shown = internal_form("SecurityContext", security)
        if security.get("privileged"):
            detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            found.append(causes.invalid(field, shown, detail))
        if "CAP_SYS_ADMIN" in security.get("capabilities", {}).get("add", []):
            detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            found.append(causes.invalid(field, shown, detail))
    return found


def _judge_ids(security: Json, names: tuple[str, ...], field: str) -> list[Cause]:
    return [cause for name in names if name in security for cause in _judge_id(security[name], f"{field}.{name}")]


def _judge_id(number: int, field: str) -> list[Cause]:
    return [] if 0 <= number <= LARGEST_ID else [causes.invalid(field, number, OUT_OF_RANGE)]


def _judge_seccomp(security: Json, field: str) -> list[Cause]:
    profile = security.get("seccompProfile")
    if profile is None:
        return []
    kind, place = profile.get("type", ""), f"{field}.seccompProfile"
    if not kind:
        return [causes.required(f"{place}.type", "type is required when seccompProfile is set")]
    if kind == "Localhost" and not profile.get("localhostProfile"):
        return [causes.required(f"{place}.localhostProfile", "must be set when seccomp type is Localhost")]
    return [] if kind in SECCOMP_TYPES else [causes.not_supported(f"{place}.type", kind, SECCOMP_TYPES)]
