"""What requests and limits may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.api.quantity import amount

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
    for name, given in sorted(requests.items()):
        if name in limits and amount(given) > amount(limits[name]):
            detail = f"must be less than or equal to {name} limit of {limits[name]}"
            found.append(causes.invalid(f"{field}.requests", str(given), detail))
    return found


def _judge_name(name: str, field: str) -> list[Cause]:
    problems = words.qualified_name(name)
    if not problems and "/" not in name and name not in STANDARD and not name.startswith("hugepages-"):
        problems = ["must be a standard resource type or fully qualified", "must be a standard resource for containers"]
    return [causes.invalid(field, name, problem) for problem in problems]
