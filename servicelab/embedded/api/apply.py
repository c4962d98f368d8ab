"""PATCH with `application/apply-patch+yaml`: server-side apply, also of what does not exist yet."""

import json
from collections.abc import Mapping
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api import errors
from servicelab.embedded.api.decoding import field_validation, parse_apply
from servicelab.embedded.api.failures import Unreadable, UnreadableYaml
from servicelab.embedded.api.messages import Request
from servicelab.embedded.api.structural import fit
from servicelab.embedded.api.typed import json_type
from servicelab.embedded.clock import timestamp
from servicelab.embedded.managed_fields import checking, managers, ownership
from servicelab.embedded.managed_fields.field_set import NOTHING, Fields, contains, path_text
from servicelab.embedded.managed_fields.managers import APPLY, Entries, Manager
from servicelab.embedded.managed_fields.ownership import Conflicts, Writer
from servicelab.embedded.managed_fields.shape import Shape, shape_of
from servicelab.embedded.managed_fields.tracking import empty
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
KUBECTL = "kubectl"
"""The one manager that may take over what client-side apply has set."""


def applied(
    request: Request, resource: Resource, subresource: str, live: Object | None, manager: str, now: float
) -> tuple[Object, list[str]]:
    """What the configuration in the body makes of `live` (None: there is none), and warnings.

    `metadata.managedFields` of what is returned says who owns what afterwards. ApiError for what cannot be read or
    applied, also (409) when another manager owns what would be changed.
    """
    strictness = field_validation(request, "PatchOptions")
    configuration, problems = read_configuration(request)
    check_kind(configuration, resource.api_version, resource.kind)
    shape, struct = shape_of(facts.struct_of(resource)), facts.struct_of(resource)
    writer = Writer(Manager(manager, APPLY, resource.api_version, subresource), timestamp(now))
    reset = ownership.reset_fields(resource, subresource)
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    before = _without_managed_fields(live) if live is not None else {**head, **empty(resource)}
    entries = managers.kept(live["metadata"].get("managedFields")) if live is not None else {}
    if live is not None and not entries:
        entries = ownership.before_first_apply(shape, empty(resource), before, writer)
    new, after = merged(shape, before, configuration, entries, writer, request.flag("force"), reset)
    new = _sync_last_applied(new or before, configuration) if manager == KUBECTL else new or before
    try:
        fitted, _ = fit(struct, new)
    except Unreadable as problem:
        raise _failed("convert new typed object", configuration, str(problem)) from None
    if problems and strictness == "Strict":
        raise errors.bad_request(f"error strict decoding YAML: {', '.join(problems)}")
    result = {**fitted, **head}
    result["metadata"].pop("managedFields", None)
    if after:
        result["metadata"]["managedFields"] = managers.write(after.values())
    return result, problems if strictness == "Warn" else []


def merged(
    shape: Shape, live: Object, configuration: Object, entries: Entries, writer: Writer, force: bool, reset: Fields
) -> tuple[Object | None, Entries]:
    """As `ownership.after_apply`; what is wrong becomes an ApiError."""
    metadata = configuration.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("managedFields"), list):
        raise errors.bad_request("metadata.managedFields must be nil")
    if found := checking.problems(configuration, shape):
        listed = found[0] if len(found) == 1 else "\n".join(["errors:", *(f"  {line}" for line in found)])
        raise _failed("create typed patch object", configuration, listed)
    try:
        return ownership.after_apply(shape, live, configuration, entries, writer, force, reset)
    except Conflicts as conflicts:
        allowed = _allowed(shape, live) if writer.manager.name == KUBECTL else NOTHING
        left = [(manager, path) for manager, path in conflicts.found if not contains(allowed, path)]
        if left:
            raise _conflict(left) from None
    return ownership.after_apply(shape, live, configuration, entries, writer, True, reset)


def read_configuration(request: Request) -> tuple[dict[str, Any], list[str]]:
    """What is applied, and what strict decoding would complain about."""
    try:
        value, problems = parse_apply(request.body)
    except (Unreadable, UnreadableYaml) as problem:
        raise errors.bad_request(f"error decoding YAML: error converting YAML to JSON: {problem}") from None
    if value is not None and not isinstance(value, dict):
        kind = json_type(value)
        raise errors.bad_request(
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: "
            f"cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        )
    return value or {}, [f"error converting YAML to JSON: {problem}" for problem in problems]


def check_kind(configuration: Mapping[str, Any], api_version: str, kind: str) -> None:
    """ApiError (400) when something of another kind is applied."""
    if (configuration.get("apiVersion"), configuration.get("kind")) != (api_version, kind):
        raise errors.bad_request(f"invalid object type: {_kind_text(configuration)}")


def _kind_text(configuration: Mapping[str, Any]) -> str:
    version = configuration.get("apiVersion") or ""
    return f"{version if '/' in version else f'/{version}'}, Kind={configuration.get('kind') or ''}"


def _failed(what: str, configuration: Mapping[str, Any], why: str) -> errors.ApiError:
    metadata = configuration.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    message = f"failed to {what} ({name}; {_kind_text(configuration)}): {why}"
    return errors.ApiError(500, "", message, has_details=False)


def _conflict(found: list[tuple[Manager, tuple[str, ...]]]) -> errors.ApiError:
    by_manager: dict[str, list[str]] = {}
    for manager, path in found:
        by_manager.setdefault(str(manager), []).append(path_text(path))
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, paths in by_manager.items()
        for path in paths
    ]
    if len(causes) == 1:
        text = f"1 conflict: conflict with {found[0][0]}: {path_text(found[0][1])}"
    else:
        listed = [
            line
            for manager, paths in by_manager.items()
            for line in (f"conflicts with {manager}:", *(f"- {path}" for path in paths))
        ]
        text = f"{len(causes)} conflicts: " + "\n".join(listed)
    return errors.ApiError(409, "Conflict", f"Apply failed with {text}", {"causes": causes})


def _allowed(shape: Shape, live: Object) -> Fields:
    """What `kubectl apply` set on the client's side and nobody has changed since."""
    text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED, "")
    try:
        last = json.loads(text)
    except ValueError:
        return NOTHING
    if not isinstance(last, dict) or last.get("apiVersion") != live["apiVersion"] or checking.problems(last, shape):
        return NOTHING
    return ownership.allowed_by_last_applied(shape, live, last)


def _sync_last_applied(new: Object, configuration: Object) -> Object:
    """Where the annotation of client-side apply is, it says what was applied now."""
    annotations = new["metadata"].get("annotations") or {}
    if LAST_APPLIED not in annotations:
        return new
    metadata = dict(configuration.get("metadata") or {})
    if "annotations" in metadata:
        others = {key: value for key, value in (metadata["annotations"] or {}).items() if key != LAST_APPLIED}
        metadata["annotations"] = others
    text = json.dumps(
        {**configuration, "metadata": metadata}, separators=(",", ":"), sort_keys=True, ensure_ascii=False
    )
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return {**new, "metadata": {**new["metadata"], "annotations": {**annotations, LAST_APPLIED: text + "\n"}}}


def _without_managed_fields(object: Object) -> Object:
    metadata = {key: value for key, value in object["metadata"].items() if key != "managedFields"}
    return {**object, "metadata": metadata}
