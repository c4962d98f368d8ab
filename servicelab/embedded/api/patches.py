"""The three kinds of patch beside apply: strategic merge, merge (RFC 7386) and JSON patch (RFC 6902)."""

from typing import Any

from servicelab.embedded import facts, go_values
from servicelab.embedded.admission.causes import Invalid, invalid
from servicelab.embedded.api import errors, strategic
from servicelab.embedded.api.decoding import field_validation, keep_reset, other_type, parse_json
from servicelab.embedded.api.failures import Unreadable, WrongType
from servicelab.embedded.api.messages import Request, encoded
from servicelab.embedded.api.structural import fit
from servicelab.embedded.api.typed import json_type
from servicelab.embedded.store import Object, copy_of

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
MOST_OPERATIONS = 10_000


def patched(request: Request, current: Object, struct: str) -> tuple[Object, list[str]]:
    """What the patch in the body makes of `current` (which stays as it is), and warnings about unknown fields.

    Raises ApiError when the patch cannot be read or applied, or when what it gives is no object of the kind.
    """
    strictness = field_validation(request, "PatchOptions")
    kind = request.content_type
    if kind not in (STRATEGIC, MERGE, JSON_PATCH):
        raise errors.unsupported_patch()
    if kind == STRATEGIC and facts.custom_schema(struct) is not None:
        raise errors.unsupported_custom_patch()
    patch = _read(request, kind)
    if kind == STRATEGIC:
        result = _strategic(copy_of(current), patch, struct)
    elif kind == MERGE:
        result = merge_patched(copy_of(current), patch)
    else:
        result = _json_patched(copy_of(current), patch)
    quoted = go_values.plain(patch) if kind == STRATEGIC else encoded(result).decode()
    if kind != STRATEGIC and (why := other_type(result, current["apiVersion"], current["kind"])):
        raise _invalid(quoted, why)
    try:
        fitted, problems = fit(struct, result)
    except Unreadable as problem:
        words = problem.unstructured if kind == STRATEGIC and isinstance(problem, WrongType) else str(problem)
        raise _invalid(quoted, words) from None
    if problems and strictness == "Strict":
        raise _invalid(quoted, f"strict decoding error: {', '.join(problems)}")
    keep_reset(result, fitted)
    head = {"apiVersion": current["apiVersion"], "kind": current["kind"]}
    return {**head, **fitted, **head}, problems if strictness == "Warn" else []


def merge_patched(original: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects are merged, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(original) if isinstance(original, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patched(result.get(key), value)
    return result


def _read(request: Request, kind: str) -> Any:
    wanted, go_type = (list, "[]handlers.jsonPatchOp") if kind == JSON_PATCH else (dict, "map[string]interface {}")
    try:
        patch = parse_json(request.body)
        if not isinstance(patch, wanted):
            raise Unreadable(f"json: cannot unmarshal {json_type(patch)} into Go value of type {go_type}")
    except Unreadable as problem:
        raise errors.bad_request(str(problem) if kind == STRATEGIC else f"error decoding patch: {problem}") from None
    return patch


def _strategic(current: Object, patch: dict[str, Any], struct: str) -> Object:
    try:
        return strategic.merged(current, patch, struct)
    except strategic.NoMergeKey as problem:
        raise errors.ApiError(500, "", str(problem), has_details=False) from None
    except Unreadable as problem:
        raise _invalid(go_values.plain(patch), str(problem)) from None


def _json_patched(current: Object, patch: list[Any]) -> Object:
    import jsonpatch  # only `kubectl patch --type=json` needs it

    if len(patch) > MOST_OPERATIONS:
        raise errors.ApiError(
            413,
            "RequestEntityTooLarge",
            f"The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {len(patch)}",
        )
    try:
        result = jsonpatch.JsonPatch(patch).apply(current)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, ValueError, KeyError):
        raise errors.unprocessable_patch() from None
    if not isinstance(result, dict):
        raise errors.unprocessable_patch()
    return result


def _invalid(quoted: str, words: str) -> errors.ApiError:
    return errors.invalid_patch(Invalid([invalid("patch", quoted, words)]))
