"""From the bytes of a body to an object of a kind, with strict validation as `?fieldValidation=` asks for it."""

import json
import re
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.admission.causes import Invalid, invalid, not_supported
from servicelab.embedded.api import errors, protobuf
from servicelab.embedded.api.failures import NotAnObject, Unreadable, UnreadableYaml
from servicelab.embedded.api.messages import JSON, Request
from servicelab.embedded.api.structural import fit
from servicelab.embedded.api.typed import RepeatedKeys, json_type
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object

YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
LARGEST_BODY = 3 * 1024 * 1024
"""Bytes; what kube-apiserver takes at most."""
MOST_NODES = 1_000_000
"""Values in a YAML body once its aliases are written out; a few hundred bytes can stand for billions."""
TYPE_META_TYPE = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)


def decode_object(request: Request, resource: Resource, options_kind: str) -> tuple[Object, list[str]]:
    """The object in the body of a create or replace, and warnings. ApiError when it cannot be read."""
    struct = facts.struct_of(resource)
    return decode(request, resource.api_version, resource.kind, struct, options_kind)


def decode(
    request: Request, api_version: str, kind: str, struct: str, options_kind: str
) -> tuple[dict[str, Any], list[str]]:
    """As decode_object, for any struct of the API."""
    strictness = field_validation(request, options_kind)
    value, problems = _decode_body(request, api_version, kind, struct)
    if facts.custom_schema(struct) is not None:
        _check_custom(request, value, api_version, kind)
    given_version, given_kind = value.get("apiVersion") or api_version, value.get("kind") or kind
    cannot = f'{given_kind} in version "{_version(given_version)}" cannot be handled as a {kind}'
    if (given_version, given_kind) != (api_version, kind):
        raise errors.bad_request(f"{cannot}: {_conversion(given_version, given_kind, api_version, kind)}")
    try:
        fitted, unknown = fit(struct, value)
    except Unreadable as problem:
        raise errors.bad_request(f"{cannot}: {problem}") from None
    fitted = {"apiVersion": api_version, "kind": kind} | fitted
    keep_reset(value, fitted)
    problems = [*problems, *unknown]
    if problems and strictness == "Strict":
        raise errors.bad_request(f"{cannot}: strict decoding error: {', '.join(problems)}")
    return fitted, problems if strictness == "Warn" else []


def keep_reset(given: dict[str, Any], fitted: dict[str, Any]) -> None:
    """`metadata.managedFields: []` means "forget them", and is not the same as none: `[{}]`, which means it too."""
    metadata = given.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") == []:
        fitted["metadata"]["managedFields"] = [{}]


def other_type(value: dict[str, Any], api_version: str, kind: str) -> str | None:
    """What is wrong with `apiVersion` and `kind` of an object that should be of this kind; None when nothing is."""
    for key in ("apiVersion", "kind"):
        if value.get(key) is not None and not isinstance(value[key], str):
            return f"couldn't get version/kind; json parse error: {_not_text(key, value[key])}"
    given = value.get("apiVersion") or api_version, value.get("kind") or kind
    return None if given == (api_version, kind) else _conversion(*given, api_version, kind)


def _not_text(key: str, value: Any) -> str:
    return f"json: cannot unmarshal {json_type(value)} into Go struct field .{key} of type string"


def field_validation(request: Request, options_kind: str) -> str:
    """What to do about unknown and duplicate fields: Ignore, Warn (the default) or Strict."""
    wish = request.parameter("fieldValidation")
    if wish not in ("", "Ignore", "Strict", "Warn"):
        cause = not_supported("fieldValidation", wish, ["", "Ignore", "Strict", "Warn"])
        raise errors.invalid_options(options_kind, [cause])
    return wish or "Warn"


def parse_json(body: bytes) -> Any:
    """JSON that remembers repeated keys (`RepeatedKeys`). Unreadable in Go's words when it is none."""
    try:
        text = _HALVES.sub(_whole, body.decode()) if b"\\u" in body else body
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        raise Unreadable(_go_syntax_error(problem)) from None
    except UnicodeDecodeError:
        raise Unreadable("the body is not valid UTF-8") from None
    except RecursionError:
        raise Unreadable("json: exceeded max depth") from None


def parse_apply(body: bytes) -> tuple[Any, list[str]]:
    """What somebody applies, which is YAML, and what is wrong with repeated keys. Unreadable when it is none."""
    if body.lstrip().startswith(b"{"):  # as kubectl sends it, which is quicker read as JSON
        try:
            return json.loads(body, object_pairs_hook=_only_once), []
        except (ValueError, RecursionError):
            pass
    return _parse_yaml(body)


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if isinstance(_pairs(pairs), RepeatedKeys):
        raise ValueError
    return dict(pairs)


def _decode_body(request: Request, api_version: str, kind: str, struct: str) -> tuple[dict[str, Any], list[str]]:
    problems: list[str] = []
    value: Any
    try:
        if request.content_type == JSON:
            value = parse_json(request.body)
        elif request.content_type == YAML:
            value, problems = _parse_yaml(request.body)
        elif request.content_type == PROTOBUF:
            given_version, given_kind, raw = protobuf.envelope(request.body)
            value = {"apiVersion": given_version or api_version, "kind": given_kind or kind}
            if (value["apiVersion"], value["kind"]) == (api_version, kind):
                value |= protobuf.read_struct(struct, raw)
        else:
            raise errors.unsupported_body()
        if not isinstance(value, dict):
            raise NotAnObject(f"json: cannot unmarshal {json_type(value)} into Go value of type {TYPE_META_TYPE}")
        for key in ("apiVersion", "kind"):
            if value.get(key) is not None and not isinstance(value[key], str):
                raise Unreadable(_not_text(key, value[key]))
    except UnreadableYaml as problem:
        raise errors.bad_request(
            f"the object provided is unrecognized (must be of type {kind}): {problem} ({_excerpt(request.body)})"
        ) from None
    except Unreadable as problem:
        raise errors.bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            f"json parse error: {problem} ({_excerpt(request.body)})"
        ) from None
    return value, problems


def _check_custom(request: Request, value: dict[str, Any], api_version: str, kind: str) -> None:
    """What a custom object is, the API server does not guess."""
    given = str(value.get("kind") or "")
    if not given:
        text = request.body.decode(errors="replace")
        raise errors.bad_request(
            f"the object provided is unrecognized (must be of type {kind}): Object 'Kind' is missing in '{text}' "
            f"({_excerpt(request.body)})"
        )
    if value.get("apiVersion", "") != api_version:
        raise errors.bad_request(
            f"the API version in the data ({value.get('apiVersion', '')}) does not match the expected API version "
            f"({api_version})"
        )
    if given != kind:
        group, _, version = api_version.rpartition("/")
        metadata = value.get("metadata")
        name = str(metadata.get("name", "")) if isinstance(metadata, dict) else ""
        problem = Invalid([invalid("kind", given, f"must be {kind}")])
        raise errors.invalid(Resource(group, version, given, "", "", True), name, problem)


def _excerpt(body: bytes) -> str:
    """What of the body the API server quotes: text for something like JSON, else hexadecimal."""
    if not body:
        return "<empty>"
    if body.lstrip().startswith(b"{"):
        text = body.decode(errors="replace")
        return f"{text[:30]} ..." if len(text) > 30 else text
    return f"{body[:30].hex()} ..." if len(body) > 30 else body.hex()


def _conversion(api_version: str, kind: str, wanted_version: str, wanted: str) -> str:
    group, _, version = api_version.rpartition("/")
    try:
        facts.struct_named(group, version, kind)
    except KeyError:
        return f'no kind "{kind}" is registered for version "{api_version}" in scheme "pkg/runtime/scheme.go:111"'
    package = wanted_version.rpartition("/")[0].partition(".")[0] or "core"
    return f"converting ({version}.{kind}) to ({package}.{wanted}): unknown conversion"


def _version(api_version: str) -> str:
    return api_version.rpartition("/")[2]


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    repeated = RepeatedKeys(pairs)
    repeated.pairs = pairs
    return repeated


_HALVES = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def _whole(escape: re.Match[str]) -> str:
    """Half of a surrogate pair is no character: Go reads it as U+FFFD."""
    return escape[0] if len(escape[0]) != len("\\udddd") else "\\ufffd"


def _no_constant(name: str) -> Any:
    raise Unreadable(f"invalid character '{name[0]}' looking for beginning of value")


def _go_syntax_error(problem: json.JSONDecodeError) -> str:
    rest = problem.doc[problem.pos :]
    if not rest.strip() or problem.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    letter = rest.lstrip()[0]
    looking = {
        "Expecting value": "looking for beginning of value",
        "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
        "Expecting ':' delimiter": "after object key",
        "Expecting ',' delimiter": "after object key:value pair",
        "Extra data": "after top-level value",
    }.get(problem.msg, "in string literal")
    return f"invalid character '{letter}' {looking}"


def _parse_yaml(body: bytes) -> tuple[Any, list[str]]:
    import yaml  # only clients other than kubectl send YAML

    try:
        text = body.decode()
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if _expanded(node, yaml) > MOST_NODES:
            raise UnreadableYaml("yaml: document contains excessive aliasing")
        problems = [f"yaml: unmarshal errors:\n  {line}" for line in _repeated_yaml_keys(node, yaml)]
        loaded = json.loads(_HALVES.sub(_whole, json.dumps(yaml.safe_load(text), default=str)))
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        words = re.sub(r"^expected (.*?), but (got|found) .*", r"did not find expected \1", problem.problem or "")
        raise UnreadableYaml(f"yaml: line {line}: {words}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, TypeError, ValueError) as problem:
        raise UnreadableYaml(f"yaml: {' '.join(str(problem).split())}") from None
    return loaded, problems


def _expanded(node: Any, yaml: Any) -> int:
    """How many nodes a document has once its aliases are written out."""
    sizes: dict[int, int] = {}

    def size(current: Any) -> int:
        if id(current) not in sizes:
            sizes[id(current)] = MOST_NODES  # what contains itself has no end
            inside: list[Any] = []
            if isinstance(current, yaml.MappingNode):
                inside = [each for pair in current.value for each in pair]
            elif isinstance(current, yaml.SequenceNode):
                inside = current.value
            sizes[id(current)] = 1 + sum(size(each) for each in inside)
        return sizes[id(current)]

    return size(node)


def _repeated_yaml_keys(node: Any, yaml: Any) -> list[str]:
    lines: list[str] = []
    todo = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, yaml.MappingNode):
            seen = set()
            for key, value in current.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    lines.append(f'line {key.start_mark.line + 1}: key "{key.value}" already set in map')
                if isinstance(key, yaml.ScalarNode):
                    seen.add(key.value)
                todo.append(value)
        elif isinstance(current, yaml.SequenceNode):
            todo.extend(current.value)
    return lines
