"""What `kubectl auth whoami` and `kubectl auth can-i` ask. There is one user, who may do everything."""

from servicelab.embedded import facts
from servicelab.embedded.api.decoding import decode
from servicelab.embedded.api.messages import Request, Response, json_response

GROUPS = ["kubeadm:cluster-admins", "system:authenticated"]
REVIEWS = {
    "/apis/authentication.k8s.io/v1/selfsubjectreviews": ("authentication.k8s.io", "SelfSubjectReview"),
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": ("authorization.k8s.io", "SelfSubjectAccessReview"),
}


def review(request: Request) -> Response | None:
    """The answer to a review, None when the path is none."""
    if request.path not in REVIEWS or request.method != "POST":
        return None
    group, kind = REVIEWS[request.path]
    struct = facts.struct_named(group, "v1", kind)
    object = decode(request, f"{group}/v1", kind, struct, "CreateOptions")[0]
    if kind == "SelfSubjectReview":
        object["status"] = {"userInfo": {"username": request.user, "groups": GROUPS}}
    else:
        object["status"] = {"allowed": True}
    return json_response(object, 201)
