"""What requests and limits may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.api.quantity import amount

HUGE = "hugepages-"
STANDARD = ("cpu", "memory", "ephemeral-storage")


def judge_resources(resources: dict[str, Any], field: str) -> list[Cause]:
    """`resources` of a container."""
    found = []
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    for kind, amounts in (("limits", limits), ("requests", requests)):
        for name, given in sorted(amounts.items()):
            place = f"{field}.{kind}[{name}]"
            found += _judge_name(name, place)
            if amount(given) < 0:
                found.append(causes.invalid(place, str(given), "must be greater than or equal to 0"))
            elif _is_extended(name) and amount(given).denominator != 1:
                found.append(causes.invalid(place, str(given), "must be an integer"))
    for name, given in sorted(requests.items()):
        if name in limits and amount(given) > amount(limits[name]):
            detail = f"must be less than or equal to {name} limit of {limits[name]}"
            found.append(causes.invalid(f"{field}.requests", str(given), detail))
    for name in requests:
        if (_is_extended(name) or name.startswith(HUGE)) and name not in limits:
            found.append(causes.required(f"{field}.limits", "Limit must be set for non overcommitable resources"))
    names = {*limits, *requests}
    if any(name.startswith(HUGE) for name in names) and not names & {"cpu", "memory"}:
        found.append(causes.forbidden(field, "HugePages require cpu or memory"))
    return found


def _is_extended(name: str) -> bool:
    """A resource of the cluster's own, like `example.com/gpu`."""
    return "/" in name


def _judge_name(name: str, field: str) -> list[Cause]:
    problems = words.qualified_name(name)
    if "/" not in name and name not in STANDARD and not name.startswith(HUGE):
        if not problems:
            problems = ["must be a standard resource type or fully qualified"]
        problems.append("must be a standard resource for containers")
    return [causes.invalid(field, name, problem) for problem in problems]
