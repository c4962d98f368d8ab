"""What of a Pod can change once it is there."""

from typing import Any

from servicelab.embedded.admission import causes
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.pod_internal_form import difference
from servicelab.embedded.store import copy_of

Json = dict[str, Any]
NOT_CHANGEABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"
)
LONGEST_DEADLINE = 2_147_483_647


def judge_pod_change(spec: Json, before: Json) -> list[Cause]:
    """Images, the deadline and more tolerations; all else stays."""
    for kind in ("containers", "initContainers"):
        if len(spec.get(kind, [])) != len(before.get(kind, [])):
            return [causes.forbidden(f"spec.{kind}", "pod updates may not add or remove containers")]
    found = _judge_images(spec)
    found += _judge_deadline(spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds"))
    if found:
        return found
    found = _judge_tolerations(spec.get("tolerations", []), before.get("tolerations", []))
    if _fixed_part(spec) != _fixed_part(before):
        found.append(causes.forbidden("spec", NOT_CHANGEABLE + difference(before, _with_changeable(spec, before))))
    return found


def _judge_images(spec: Json) -> list[Cause]:
    found = []
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind, [])):
            image, place = container.get("image", ""), f"spec.{kind}[{index}].image"
            if not image:
                found.append(causes.required(place))
            elif image != image.strip():
                found.append(causes.invalid(place, image, "must not have leading or trailing whitespace"))
    return found


def _judge_deadline(new: int | None, old: int | None) -> list[Cause]:
    field = "spec.activeDeadlineSeconds"
    if new is None:
        detail = "must not update from a positive integer to nil value"
        return [] if old is None else [causes.invalid(field, None, detail)]
    if not 0 <= new <= LONGEST_DEADLINE:
        return [causes.invalid(field, new, f"must be between 0 and {LONGEST_DEADLINE}, inclusive")]
    if old is not None and new > old:
        return [causes.invalid(field, new, "must be less than or equal to previous value")]
    return []


def _judge_tolerations(new: list[Json], old: list[Json]) -> list[Cause]:
    """Those there stay, but for how long they last."""

    def lasting(toleration: Json) -> Json:
        return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}

    kept = [lasting(toleration) for toleration in new]
    if all(lasting(toleration) in kept for toleration in old):
        return []
    return [
        causes.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")
    ]


def _fixed_part(spec: Json) -> Json:
    """What of a Pod's spec cannot change."""
    return _with_changeable(spec, {})


def _with_changeable(spec: Json, before: Json) -> Json:
    """The spec with what can change as it was before."""
    fixed = copy_of(spec)
    for kind in ("containers", "initContainers"):
        for container, old in zip(fixed.get(kind, []), before.get(kind) or fixed.get(kind, []), strict=True):
            container["image"] = old.get("image") if before else None
    for name in ("activeDeadlineSeconds", "tolerations"):
        fixed.pop(name, None)
        if name in before:
            fixed[name] = before[name]
    return fixed
