"""What `kubectl auth whoami` and `kubectl auth can-i` ask: who am I, may I do that, what may I do."""

from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.admission.causes import Cause, Invalid
from servicelab.embedded.api import access, errors
from servicelab.embedded.api.decoding import decode
from servicelab.embedded.api.messages import Request, Response, json_response

REVIEWS = {
    "/apis/authentication.k8s.io/v1/selfsubjectreviews": ("authentication.k8s.io", "SelfSubjectReview"),
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": ("authorization.k8s.io", "SelfSubjectAccessReview"),
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": ("authorization.k8s.io", "SelfSubjectRulesReview"),
}
ONE_OF = "exactly one of nonResourceAttributes or resourceAttributes must be specified"


def review(request: Request) -> Response | None:
    """The answer to a review, None when the path is none."""
    if request.path not in REVIEWS or request.method != "POST":
        return None
    group, kind = REVIEWS[request.path]
    struct = facts.struct_named(group, "v1", kind)
    object = decode(request, f"{group}/v1", kind, struct, "CreateOptions")[0]
    spec = object.get("spec") or {}
    if kind == "SelfSubjectReview":
        object["status"] = {"userInfo": _user_info(request)}
    elif kind == "SelfSubjectAccessReview":
        object["status"] = {"allowed": access.may(request.user, _asked(spec))}
    else:
        if not spec.get("namespace"):
            raise errors.bad_request("no namespace on request")
        object["status"] = {**access.rules_for(request.user, spec["namespace"]), "incomplete": False}
    return json_response(object, 201)


def _user_info(request: Request) -> dict[str, Any]:
    user = request.user
    info = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": dict(user.extra)}
    return {key: value for key, value in info.items() if value}


def _asked(spec: dict[str, Any]) -> access.Action:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (path is None):
        cause = Cause("spec.resourceAttributes", "FieldValueInvalid", f"Invalid value: null: {ONE_OF}")
        problem = Invalid([cause])
        details = {"group": "authorization.k8s.io", "causes": errors.causes_of([cause])}
        raise errors.ApiError(422, "Invalid", f'.authorization.k8s.io "" is invalid: {problem.summary}', details)
    if path is not None:
        return access.Action(path.get("verb", ""), path.get("path", ""))
    asked = resource or {}
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return access.Action(**{name: asked.get(name, "") for name in names})
