"""Query parameters and delete options that many verbs share."""

import re
from dataclasses import dataclass

from servicelab.embedded import facts
from servicelab.embedded.admission.causes import TOO_LONG, Cause, forbidden, invalid, not_supported, required
from servicelab.embedded.api import errors
from servicelab.embedded.api.decoding import decode
from servicelab.embedded.api.messages import Request
from servicelab.embedded.controllers.deletion import Propagation

APPLY = ("application/apply-patch+yaml",)
"""What a server-side apply's body is said to be."""
LONGEST_MANAGER = 128
"""Bytes of a manager's name."""


def dry_run(request: Request, options_kind: str) -> bool:
    """Whether nothing is to be stored (`?dryRun=All`)."""
    wishes = request.query.get("dryRun", [])
    if wishes not in ([], ["All"]):
        raise errors.invalid_options(options_kind, [not_supported("dryRun", wishes, ["All"])])
    return bool(wishes)


def field_manager(request: Request, options_kind: str) -> str:
    """Who writes, for `metadata.managedFields`: `?fieldManager=`, else the client program's name."""
    name, causes = request.parameter("fieldManager"), []
    if not name and request.content_type in APPLY:
        causes.append(required("fieldManager", "is required for apply patch"))
    elif options_kind == "PatchOptions" and "force" in request.query and request.content_type not in APPLY:
        causes.append(forbidden("force", "may not be specified for non-apply patch"))
    if len(name.encode()) > LONGEST_MANAGER:
        message = f"Too long: may not be more than {LONGEST_MANAGER} bytes"
        causes.append(Cause("fieldManager", TOO_LONG, message))
    causes += [
        invalid(
            "fieldManager", name, f"invalid character U+{ord(letter):04X} (at position {len(name[:index].encode())})"
        )
        for index, letter in enumerate(name)
        if not letter.isprintable()
    ]
    if causes:
        raise errors.invalid_options(options_kind, causes)
    return name or _program(request.headers.get("user-agent", "")) or "unknown"


def _program(agent: str) -> str:
    name = ""
    for letter in agent.partition("/")[0]:
        if letter.isprintable() and len((name + letter).encode()) <= LONGEST_MANAGER:
            name += letter
    return name


def whole_number(request: Request, name: str) -> int | None:
    """A numeric query parameter, None when it is not given."""
    text = request.parameter(name)
    if not text:
        return None
    if not re.fullmatch(r"[+-]?\d+", text):
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def resource_version(request: Request) -> int | None:
    """`?resourceVersion=`, None when it is not given."""
    text = request.parameter("resourceVersion")
    if not text:
        return None
    if not text.isdecimal():
        cause = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        raise errors.bad_request(f"invalid resource version: {cause}")
    return int(text)


def initial_events(request: Request) -> bool:
    """Whether a watch is to begin with all objects and say when it has sent them (`?sendInitialEvents=true`)."""
    match = request.parameter("resourceVersionMatch")
    if not request.parameter("sendInitialEvents"):
        if match:
            cause = forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch")
            raise errors.invalid_options("ListOptions", [cause])
        return False
    if match != "NotOlderThan":
        cause = forbidden(
            "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        )
        raise errors.invalid_options("ListOptions", [cause])
    return request.flag("sendInitialEvents")


@dataclass(frozen=True)
class DeleteOptions:
    """How something is to be deleted; `grace_seconds` None means the object's own."""

    propagation: Propagation
    grace_seconds: int | None
    uid: str
    resource_version: str
    dry_run: bool


def delete_options(request: Request, default: Propagation = Propagation.BACKGROUND) -> DeleteOptions:
    """From body and query; `default` is what happens to dependents when neither says it.

    ApiError for values that do not exist.
    """
    body = {}
    if request.body:
        body = decode(request, "v1", "DeleteOptions", f"{facts.META}.DeleteOptions", "DeleteOptions")[0]
    causes: list[Cause] = []
    propagation = body.get("propagationPolicy") or request.parameter("propagationPolicy")
    if propagation not in ("", *Propagation):
        causes.append(not_supported("propagationPolicy", propagation, ["Foreground", "Background", "Orphan", "nil"]))
    dry = body.get("dryRun") or request.query.get("dryRun", [])
    if dry not in ([], ["All"]):
        causes.append(not_supported("dryRun", dry, ["All"]))
    if causes:
        raise errors.invalid_options("DeleteOptions", causes)
    if body.get("orphanDependents") is True or request.flag("orphanDependents"):
        propagation = Propagation.ORPHAN
    grace = body.get("gracePeriodSeconds")
    preconditions = body.get("preconditions") or {}
    return DeleteOptions(
        Propagation(propagation or default),
        whole_number(request, "gracePeriodSeconds") if grace is None else grace,
        preconditions.get("uid", ""),
        preconditions.get("resourceVersion", ""),
        bool(dry),
    )
