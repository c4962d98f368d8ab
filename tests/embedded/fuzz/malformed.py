"""Requests that no client should send: right ones, bent in every place. Hypothesis makes them and shrinks failures.

Manifests come from the admission cases, so that what is bent was a Service, a Pod or a Deployment once.
"""

import json
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from servicelab.embedded.api.messages import Request
from servicelab.embedded.resources import RESOURCES
from tests.embedded.admission.recording import THEMES, WITH_MANIFEST, Case, Write, cases

NAMES = (
    "web",
    "client",
    "kubernetes",
    "kube-dns",
    "default",
    "lab-worker",
    "nobody",
    "",
    "UPPER",
    "a" * 300,
    "ü",
    "..",
)
NAMESPACES = ("default", "default", "default", "kube-system", "fuzz", "nobody", "", "ÜBER")
SUBRESOURCES = ("", "", "", "", "/status", "/scale", "/log", "/exec", "/eviction", "/binding", "/proxy/", "/odd", "//")
CONTENT_TYPES = (
    "application/json",
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/strategic-merge-patch+json",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/apply-patch+yaml",
    "text/plain",
    "",
    "application/json; charset=ebcdic",
    "\x7f",
)
ACCEPTS = (
    "application/json",
    "*/*",
    "",
    "application/vnd.kubernetes.protobuf",
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;as=Nonsense;v=v9;g=x",
    "application/com.github.proto-openapi.spec.v3@v1.0+protobuf",
    "image/png",
)
PARAMETERS: dict[str, tuple[str, ...]] = {
    "labelSelector": ("app=web", "app in (a,b)", "!x", "a==b,", "in (", "=", "a!=b,,", "x notin ()", "\x00", "é=ü"),
    "fieldSelector": (
        "metadata.name=web",
        "status.phase!=Running",
        "spec.nodeName=",
        "odd.field=1",
        "=",
        "\\",
        "a=b=c",
    ),
    "limit": ("1", "0", "-1", "x", "99999999999999999999"),
    "continue": ("x", "", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ", "AAAA", "%%%", "eyJ2IjoxfQ=="),
    "resourceVersion": ("0", "1", "x", "-5", "999999999", "99999999999999999999999", ""),
    "resourceVersionMatch": ("Exact", "NotOlderThan", "x", ""),
    "watch": ("true", "1", "false", "maybe"),
    "timeoutSeconds": ("1", "0", "-1", "x", "1e9"),
    "allowWatchBookmarks": ("true", "x"),
    "sendInitialEvents": ("true", "false", "x"),
    "dryRun": ("All", "None", "", "x"),
    "fieldManager": ("tests", "", "x" * 200, "\x01"),
    "force": ("true", "x"),
    "fieldValidation": ("Strict", "Warn", "Ignore", "x"),
    "propagationPolicy": ("Foreground", "Background", "Orphan", "x"),
    "gracePeriodSeconds": ("0", "1", "-1", "x", "99999999999"),
    "pretty": ("true",),
    "container": ("agnhost", "x", ""),
    "command": ("true", "sh", ""),
    "tailLines": ("1", "-1", "x"),
    "sinceSeconds": ("1", "0", "-1", "x"),
    "follow": ("true", "x"),
}
ODD_LEAVES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    10**30,
    1e308,
    "",
    "x",
    "None",
    "web",
    "80",
    "10.96.0.1",
    "é\u0000\ud7ff",
    "\ud800x",
    "a" * 5000,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": ""},
    {"a": {"b": {"c": [1, "2", None]}}},
)
ALIASES = "".join(
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n",
        *(f"{name}: &{name} [{','.join([f'*{last}'] * 9)}]\n" for last, name in pairwise("abcdefghijkl")),
    ]
).encode()
"""Less than 500 bytes of YAML that stand for billions of values."""
ODD_BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"5",
    b'"x"',
    b"\xff\xfe\x00",
    b"k8s\x00",
    b"k8s\x00\x0a\xff\xff\xff\xff\x0f",
    b"a: [b",
    b"a: &a [*a]",
    b"!!python/object:os.system x",
    b'{"a":1,"a":2}',
    b"[" * 3000,
    b'{"a":' * 3000,
    b"NaN",
    b'{"x":1e999}',
    b"--- 1\n--- 2\n",
    b'{"kind":"Service"}',
    b'{"apiVersion":"v1","kind":"List","items":[]}',
    ALIASES,
)


_OWN_FAULT = re.compile(rb"Internal error occurred: [A-Z]\w*: ")


def is_a_crash(status: int, body: bytes) -> bool:
    """Whether an answer names one of our own exceptions. Kubernetes answers 500 to some requests too, in its words."""
    return status == 500 and _OWN_FAULT.search(body) is not None


def _root(resource: Any) -> str:
    return f"/apis/{resource.api_version}" if "/" in resource.api_version else f"/api/{resource.api_version}"


COLLECTIONS = tuple((f"{_root(resource)}", resource.plural, resource.namespaced) for resource in RESOURCES)
OTHER_PATHS = (
    "/",
    "/api",
    "/apis",
    "/api/v1",
    "/apis/apps",
    "/apis/apps/v1",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/api/v1",
    "/openapi/v3/x",
    "/version",
    "/healthz",
    "/readyz",
    "/livez",
    "/metrics",
    "/logs",
    "/lab/v1/probe",
    "/lab/v1/nodes/lab-worker/exec",
    "/lab/v1/nodes/nobody/exec",
    "/api/v1/watch/pods",
    "/apis/x/v1/y",
    "//api//v1",
    "/api/v2/pods",
    "/api/v1/namespaces/default/finalize",
    "/.well-known/openid-configuration",
    "/é",
    "/api/v1/nodes/lab-worker/proxy",
)


def _manifests(of: Callable[[Case], Iterable[Write]]) -> list[dict[str, Any]]:
    found = []
    for write in (write for theme in THEMES for case in cases(theme) for write in of(case)):
        if write.verb in WITH_MANIFEST and isinstance(write.body.get("metadata"), dict):
            metadata = {key: value for key, value in write.body["metadata"].items() if key != "namespace"}
            found.append(write.body | {"metadata": metadata})
    return found


ACCEPTED = _manifests(lambda case: case.before)
"""What stands there before a case begins, so Kubernetes takes it."""
MANIFESTS = _manifests(lambda case: (*case.before, case.last))


@st.composite
def _paths(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(OTHER_PATHS))
    root, plural, namespaced = draw(st.sampled_from(COLLECTIONS))
    middle = f"/namespaces/{draw(st.sampled_from(NAMESPACES))}" if namespaced and draw(st.integers(0, 9)) else ""
    path = f"{root}{middle}/{plural}"
    if draw(st.booleans()):
        path += f"/{draw(st.sampled_from(NAMES))}{draw(st.sampled_from(SUBRESOURCES))}"
    return path


@st.composite
def _bent(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value with one to three places changed, removed, repeated or added."""
    bent = json.loads(json.dumps(value, default=str))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(bent))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        how = draw(st.sampled_from(("leaf", "leaf", "remove", "wrap", "repeat", "add")))
        if how == "leaf":
            holder[key] = json.loads(json.dumps(draw(st.sampled_from(ODD_LEAVES))))
        elif how == "remove":
            del holder[key]
        elif how == "wrap":
            holder[key] = [holder[key]]
        elif how == "repeat" and isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[key])))
        elif isinstance(holder, dict):
            name = draw(st.sampled_from(("odd", "name", "status", "namespace", "finalizers", "$patch", "uid", "Spec")))
            holder[name] = json.loads(json.dumps(draw(st.sampled_from(ODD_LEAVES))))
    return bent


def _places(value: Any) -> Any:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(inside):
        yield value, key
        yield from _places(inner)


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.one_of(st.sampled_from(ODD_BODIES), st.binary(max_size=200)))
    manifest = draw(st.sampled_from(MANIFESTS))
    if kind == 1:
        operations = st.fixed_dictionaries(
            {
                "op": st.sampled_from(("add", "remove", "replace", "test", "move", "copy", "odd")),
                "path": st.sampled_from(
                    ("/spec", "/metadata/labels/a~1b", "/spec/ports/0/port", "", "x", "/spec/ports/-")
                ),
            },
            optional={"value": st.sampled_from(ODD_LEAVES), "from": st.sampled_from(("/spec", "/metadata", "x", ""))},
        )
        return json.dumps(draw(st.lists(operations, max_size=4))).encode()
    if kind == 2:
        part = draw(st.sampled_from(("spec", "metadata", "status", "data")))
        return json.dumps({part: draw(_bent(manifest.get(part, {})))}).encode()
    if kind == 3:
        policy = st.sampled_from(("Foreground", "Orphan", "x", 5, None))
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": draw(policy)}
        return json.dumps(draw(_bent(options))).encode()
    return json.dumps(draw(_bent(manifest))).encode()


_QUERIES = st.lists(
    st.sampled_from(sorted(PARAMETERS)).flatmap(
        lambda name: st.tuples(st.just(name), st.one_of(st.sampled_from(PARAMETERS[name]), st.text(max_size=12)))
    ),
    max_size=3,
)


@st.composite
def _fitting(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A manifest sent to where it belongs: these are the ones that get far."""
    manifest = draw(st.sampled_from(ACCEPTED if draw(st.booleans()) else MANIFESTS))
    found = [each for each in RESOURCES if each.kind == manifest["kind"]]
    resource = found[0] if found else RESOURCES[0]
    namespace = "/namespaces/default" if resource.namespaced else ""
    path = f"{_root(resource)}{namespace}/{resource.plural}"
    method = draw(st.sampled_from(("POST", "POST", "PUT", "PATCH")))
    if method != "POST":
        path += f"/{manifest.get('metadata', {}).get('name', 'web')}"
    return method, path, json.dumps(draw(_bent(manifest))).encode()


@st.composite
def malformed(draw: st.DrawFn) -> Request:
    """One request."""
    if draw(st.booleans()):
        method, path, body = draw(_fitting())
    else:
        methods = ("GET", "GET", "POST", "PUT", "PATCH", "DELETE", "DELETE", "HEAD", "OPTIONS", "ODD")
        method, path, body = draw(st.sampled_from(methods)), draw(_paths()), b""
        if method not in ("GET", "HEAD"):
            body = draw(_bodies())
    headers = {"accept": draw(st.sampled_from(ACCEPTS))}
    if body:
        usual = CONTENT_TYPES[4:8] if method == "PATCH" else CONTENT_TYPES[:1]
        headers["content-type"] = draw(st.sampled_from(CONTENT_TYPES if draw(st.integers(0, 3)) == 0 else usual))
    query: dict[str, list[str]] = {}
    for name, value in draw(_QUERIES) if draw(st.booleans()) else ():
        query.setdefault(name, []).append(value)
    return Request(method, path, query, headers, body)
