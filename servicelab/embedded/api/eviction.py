"""`POST pods/NAME/eviction`: delete a Pod if its PodDisruptionBudget allows it; what `kubectl drain` does."""

import json
from dataclasses import replace

from servicelab.embedded import facts
from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.decoding import decode
from servicelab.embedded.api.messages import Request, Response, json_response
from servicelab.embedded.api.options import delete_options
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored
from servicelab.embedded.api.remove import check
from servicelab.embedded.clock import timestamp
from servicelab.embedded.controllers import deletion
from servicelab.embedded.controllers.disruption import ALLOWED, SYNC_FAILED, budgets_of, judge_allowed
from servicelab.embedded.controllers.objects import condition, is_deleted, is_ready, write_status
from servicelab.embedded.resources import POD_DISRUPTION_BUDGETS, PODS
from servicelab.embedded.store import Object, copy_of

API_VERSION, OLD_VERSION, KIND = "policy/v1", "policy/v1beta1", "Eviction"
TWO_BUDGETS = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
NOT_NOW = "Cannot evict pod as it would violate the pod's disruption budget."
NOT_COUNTED = ("Pending", "Succeeded", "Failed")
"""Phases in which no budget protects a Pod."""


def evict(api: Api, request: Request, path: ResourcePath) -> Response:
    """201 with a Status when the Pod is being deleted, 429 when its budget is against it."""
    struct = facts.struct_named("policy", "v1", KIND)
    body, warnings = decode(request, _version_in(request), KIND, struct, "CreateOptions")
    if (body.get("metadata") or {}).get("name") != path.name:
        raise errors.bad_request("name in URL does not match name in Eviction object")
    wished = body.get("deleteOptions")
    options = delete_options(replace(request, body=json.dumps(wished).encode() if wished else b""))
    pod = stored(api, path)
    is_protected = pod["status"].get("phase") not in NOT_COUNTED and not is_deleted(pod)
    budgets = budgets_of(api.store, pod) if is_protected else []
    if len(budgets) > 1:
        raise errors.ApiError(500, "", TWO_BUDGETS, has_details=False)
    for budget in budgets:
        if not _may_go_unhealthy(budget, pod):
            _take_from(api, budget, pod, options.dry_run)
    check(PODS, pod, options)  # after the budget has counted it, as on kind
    if not options.dry_run:
        _mark(api, pod)
        deletion.delete(api.store, PODS, path.namespace, path.name, grace_seconds=options.grace_seconds)
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
    return json_response(status, 201, warnings)


def _version_in(request: Request) -> str:
    """Which of its two versions an Eviction is written in; they are alike."""
    try:
        said = json.loads(request.body).get("apiVersion")
    except (ValueError, AttributeError):
        return API_VERSION
    return OLD_VERSION if said == OLD_VERSION else API_VERSION


def _may_go_unhealthy(budget: Object, pod: Object) -> bool:
    """`unhealthyPodEvictionPolicy`: a Pod that is not Ready may go when the others are enough, or always."""
    if is_ready(pod):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget["status"]
    return bool(status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0) > 0)


def _take_from(api: Api, budget: Object, pod: Object, dry: bool) -> None:
    name, status = budget["metadata"]["name"], copy_of(budget["status"])
    if status.get("observedGeneration", 0) < budget["metadata"]["generation"]:
        raise _not_now(f"The disruption budget {name} is still being processed by the server.")
    if status.get("disruptionsAllowed", 0) <= 0:
        said = condition(budget, ALLOWED)
        if said is not None and said.get("reason") == SYNC_FAILED:
            why = f"does not allow evicting pods currently because it failed sync: {said.get('message', '')}"
            raise _not_now(f"The disruption budget {name} {why}")
        needs, has = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        raise _not_now(f"The disruption budget {name} needs {needs} healthy pods and has {has} currently")
    if dry:
        return
    now = timestamp(api.clock.now())
    status["disruptionsAllowed"] -= 1
    status.setdefault("disruptedPods", {})[pod["metadata"]["name"]] = now
    judge_allowed(status, budget["metadata"]["generation"], now)
    write_status(api.store, POD_DISRUPTION_BUDGETS, budget, status)


def _not_now(why: str) -> errors.ApiError:
    cause = {"reason": "DisruptionBudget", "message": why}
    return errors.ApiError(429, "TooManyRequests", NOT_NOW, {"causes": [cause]})


def _mark(api: Api, pod: Object) -> None:
    """Say on the Pod why it goes."""
    status = copy_of(pod["status"])
    said = {"type": "DisruptionTarget", "status": "True", "lastProbeTime": None}
    said |= {"lastTransitionTime": timestamp(api.clock.now())}
    said |= {"reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}
    kept = [entry for entry in status.get("conditions", []) if entry["type"] != said["type"]]
    status["conditions"] = [*kept, said]
    write_status(api.store, PODS, pod, status)
