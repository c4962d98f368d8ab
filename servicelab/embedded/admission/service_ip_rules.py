"""What a Service's virtual IPs and IP families may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause

Spec = dict[str, Any]
FAMILIES = ("IPv4", "IPv6")
FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")


def is_headless(spec: Spec) -> bool:
    """A Service without a virtual IP, by `clusterIP: None`."""
    return bool(spec.get("clusterIPs")) and spec["clusterIPs"][0] == "None"


def judge_cluster_ips(spec: Spec) -> list[Cause]:
    """`clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` by themselves and together."""
    if spec["type"] == "ExternalName":
        return []
    found: list[Cause] = []
    single, several = spec.get("clusterIP", ""), spec.get("clusterIPs", [])
    if single and several and several[0] != single:
        found.append(causes.invalid("spec.clusterIPs", several, "first value must match `clusterIP`"))
    if several and not single:
        found.append(causes.invalid("spec.clusterIPs", several, "must be empty when `clusterIP` is not specified"))
    families = spec.get("ipFamilies", [])
    for index, family in enumerate(families):
        if family not in FAMILIES:
            found.append(causes.not_supported(f"spec.ipFamilies[{index}]", family, FAMILIES))
        if family in families[:index]:
            found.append(causes.duplicate(f"spec.ipFamilies[{index}]", family))
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in FAMILY_POLICIES:
        found.append(causes.not_supported("spec.ipFamilyPolicy", policy, FAMILY_POLICIES))
    wrong = []
    for index, address in enumerate(several):
        if index == 0 and address == "None":
            if len(several) > 1:
                wrong.append(causes.invalid("spec.clusterIPs", several, "'None' must be the first and only value"))
            continue
        problems = words.address(address)
        wrong += [causes.invalid(f"spec.clusterIPs[{index}]", address, problem) for problem in problems]
    if len(several) > 2:
        found.append(causes.invalid("spec.clusterIPs", several, "may only hold up to 2 values"))
    if wrong:
        return found + wrong
    is_dual = len({":" in address for address in several}) == 2
    if len(several) > 1 and not is_dual:
        detail = "may specify no more than one IP for each IP family"
        found.append(causes.invalid("spec.clusterIPs", several, detail))
    if not is_headless(spec):
        for index, (address, family) in enumerate(zip(several, families, strict=False)):
            if (":" in address) != (family == "IPv6"):
                detail = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
                found.append(causes.invalid(f"spec.clusterIPs[{index}]", address, detail))
    return found


def judge_ip_change(spec: Spec, before: Spec) -> list[Cause]:
    """The first virtual IP and the first family stay, unless the Service is or was an ExternalName."""
    if "ExternalName" in (spec["type"], before["type"]):
        return []
    found = []
    old, new = before.get("clusterIPs", []), spec.get("clusterIPs", [])
    if not (is_headless(spec) and is_headless(before)):
        if not new and old:
            found.append(causes.invalid("spec.clusterIPs[0]", new, "primary clusterIP can not be unset"))
        for index, (was, now) in enumerate(zip(old, new, strict=False)):
            if was != now:
                found.append(causes.invalid(f"spec.clusterIPs[{index}]", new, "may not change once set"))
    old, new = before.get("ipFamilies", []), spec.get("ipFamilies", [])
    for index, (was, now) in enumerate(zip(old, new, strict=False)):
        if was != now:
            found.append(causes.invalid(f"spec.ipFamilies[{index}]", new, "may not change once set"))
    return found
