"""Why an object is refused, in Kubernetes' own fields, reasons and words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from servicelab.embedded.resources import Resource

REQUIRED = "FieldValueRequired"
INVALID = "FieldValueInvalid"
DUPLICATE = "FieldValueDuplicate"
NOT_SUPPORTED = "FieldValueNotSupported"
FORBIDDEN = "FieldValueForbidden"
TOO_LONG = "FieldValueTooLong"
TOO_MANY = "FieldValueTooMany"
NOT_FOUND = "FieldValueNotFound"


@dataclass(frozen=True)
class Cause:
    """One entry of `status.details.causes`: `field` is a path like `spec.ports[0].port`."""

    field: str
    reason: str
    message: str


class Invalid(Exception):
    """The object breaks rules of its kind (HTTP 422, reason Invalid)."""

    def __init__(self, causes: Sequence[Cause]) -> None:
        self.causes = tuple(causes)
        self.generated_name = ""
        """The name the object would have got from its `generateName`."""
        super().__init__(self.summary)

    @property
    def summary(self) -> str:
        """All causes in one line, as the API server joins them (equal ones once)."""
        lines = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in self.causes))
        return lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"

    def status_message(self, resource: Resource, name: str) -> str:
        """The message of the Status, for example `Service "web" is invalid: spec.ports: Required value`."""
        kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        return f'{kind} "{name}" is invalid: {self.summary}'


class Refused(Exception):
    """A plug-in of the API server refuses the request: `code` and `reason` as in the Status, for example 403 Forbidden.

    `message` is the Status' whole message; webhooks leave the Status' `details` out.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        has_details: bool = True,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.reason = reason
        self.message = message
        self.has_details = has_details
        self.details = details
        super().__init__(message)


def internal(message: str) -> Refused:
    """An error that the API server calls its own, although the object caused it."""
    details = {"causes": [{"message": message}]}
    return Refused(500, "InternalError", f"Internal error occurred: {message}", details=details)


def shown(value: object) -> str:
    """A value as field errors print it: strings quoted, the rest as JSON."""
    if value is None:
        return "null"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def required(field: str, detail: str = "") -> Cause:
    """The field must be there."""
    return Cause(field, REQUIRED, f"Required value: {detail}" if detail else "Required value")


def invalid(field: str, value: object, detail: str) -> Cause:
    """The value breaks a rule."""
    return Cause(
        field, INVALID, f"Invalid value: {shown(value)}: {detail}" if detail else f"Invalid value: {shown(value)}"
    )


def duplicate(field: str, value: object) -> Cause:
    """Another entry has the same value."""
    return Cause(field, DUPLICATE, f"Duplicate value: {shown(value)}")


def not_supported(field: str, value: object, supported: Sequence[str]) -> Cause:
    """The value is not one of those that exist."""
    names = ", ".join(shown(name) for name in supported)
    return Cause(field, NOT_SUPPORTED, f"Unsupported value: {shown(value)}: supported values: {names}")


def forbidden(field: str, detail: str) -> Cause:
    """The field may not be set here."""
    return Cause(field, FORBIDDEN, f"Forbidden: {detail}")


def too_long(field: str, limit: int) -> Cause:
    """The value has more than `limit` bytes."""
    return Cause(field, TOO_LONG, f"Too long: may not be more than {limit} bytes")


def not_found(field: str, value: object) -> Cause:
    """What the value names is not there."""
    return Cause(field, NOT_FOUND, f"Not found: {shown(value)}")
