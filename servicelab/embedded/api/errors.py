"""Refusals, in the words of kube-apiserver: each becomes a Status object."""

from collections.abc import Iterable, Mapping
from typing import Any

from servicelab.embedded.admission.causes import Cause, Invalid, Refused
from servicelab.embedded.api.messages import Response, json_response
from servicelab.embedded.resources import Resource


class ApiError(Exception):
    """A request that is refused: HTTP `code`, and `reason`, `message` and `details` of the Status."""

    def __init__(
        self, code: int, reason: str, message: str, details: Mapping[str, Any] | None = None, has_details: bool = True
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = dict(details or {})
        self.has_details = has_details
        self.warnings: tuple[str, ...] = ()

    def status(self) -> dict[str, Any]:
        """The Status object."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.has_details:
            status["details"] = self.details
        status["code"] = self.code
        return status

    def response(self) -> Response:
        """The HTTP answer; exactly `application/json`, which clients look for."""
        return json_response(self.status(), self.code, self.warnings)


def _details(resource: Resource, name: str = "", **more: Any) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if resource.group:
        details["group"] = resource.group
    details["kind"] = resource.plural
    return details | more


def bad_request(message: str) -> ApiError:
    """400: the request itself makes no sense."""
    return ApiError(400, "BadRequest", message, has_details=False)


def unauthorized() -> ApiError:
    """401: nobody is logged in."""
    return ApiError(401, "Unauthorized", "Unauthorized", has_details=False)


def forbidden(resource: Resource, name: str, why: str, causes: Iterable[Cause] = ()) -> ApiError:
    """403: a rule of the cluster is against it."""
    more = {"causes": causes_of(causes)} if causes else {}
    return ApiError(
        403, "Forbidden", f'{resource.qualified} "{name}" is forbidden: {why}', _details(resource, name, **more)
    )


def not_found(resource: Resource, name: str) -> ApiError:
    """404: no such object."""
    return ApiError(404, "NotFound", f'{resource.qualified} "{name}" not found', _details(resource, name))


def no_such_path() -> ApiError:
    """404: no such kind, or no such subresource."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def method_not_allowed() -> ApiError:
    """405: the path exists, but not for this verb."""
    return ApiError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource", has_details=True
    )


def not_acceptable() -> ApiError:
    """406: the client reads no format that the server writes."""
    return ApiError(
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml",
        has_details=True,
    )


def already_exists(resource: Resource, name: str) -> ApiError:
    """409: there is such an object."""
    return ApiError(409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', _details(resource, name))


def modified(resource: Resource, name: str) -> ApiError:
    """409: the object was changed since it was read."""
    return conflict(
        resource,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
    )


def conflict(resource: Resource, name: str, why: str) -> ApiError:
    """409: the object is not as the request expects it to be."""
    return ApiError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}',
        _details(resource, name),
    )


def precondition_failed(resource: Resource, name: str, why: str) -> ApiError:
    """409 on deletion; the API server names the kind here, not the resource."""
    return ApiError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {resource.kind} "{name}": {why}',
        _details(resource, name) | {"kind": resource.kind},
    )


def expired(message: str) -> ApiError:
    """410: the asked-for revision is no longer kept."""
    return ApiError(410, "Expired", message, has_details=False)


def unsupported_body() -> ApiError:
    """415 for the body of a create or replace."""
    return ApiError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml, application/vnd.kubernetes.protobuf",
        has_details=False,
    )


def unsupported_patch() -> ApiError:
    """415 for a kind of patch that does not exist."""
    return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type")


def unsupported_custom_patch() -> ApiError:
    """415: custom kinds take no strategic merge patch."""
    return ApiError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        has_details=False,
    )


def unprocessable_patch() -> ApiError:
    """422: a JSON patch that cannot be applied."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request")


def internal(problem: Exception) -> ApiError:
    """500: the embedded cluster itself is at fault; its log has the rest."""
    message = f"Internal error occurred: {type(problem).__name__}: {problem}"
    return ApiError(500, "InternalError", message, {"causes": [{"message": str(problem)}]})


def not_supported(sentence: str) -> ApiError:
    """501: real clusters do that, this one does not; the sentence says what to do instead."""
    return ApiError(501, "NotImplemented", sentence, has_details=False)


def invalid(resource: Resource, name: str, problem: Invalid) -> ApiError:
    """422: the object breaks rules of its kind."""
    name = problem.generated_name or name
    details: dict[str, Any] = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    details |= {"kind": resource.kind, "causes": causes_of(problem.causes)}
    return ApiError(422, "Invalid", problem.status_message(resource, name), details)


def invalid_options(kind: str, causes: Iterable[Cause]) -> ApiError:
    """422: query parameters or delete options with values that do not exist."""
    problem = Invalid(list(causes))
    details = {"group": "meta.k8s.io", "kind": kind, "causes": causes_of(problem.causes)}
    return ApiError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {problem.summary}', details)


def invalid_patch(problem: Invalid) -> ApiError:
    """422: what the patch makes of the object cannot be read; the API server leaves kind and name out here."""
    return ApiError(422, "Invalid", f' "" is invalid: {problem.summary}', {"causes": causes_of(problem.causes)})


def refused(problem: Refused) -> ApiError:
    """What a plug-in of the API server refuses."""
    return ApiError(problem.code, problem.reason, problem.message, problem.details, problem.has_details)


def causes_of(causes: Iterable[Cause]) -> list[dict[str, str]]:
    """Causes as a Status lists them."""
    return [{"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes]
