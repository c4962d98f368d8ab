"""Label selectors and field selectors, as `kubectl -l` and `--field-selector` send them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from servicelab.embedded.api import errors
from servicelab.embedded.resources import (
    EVENTS,
    IP_ADDRESS_POOLS,
    JOBS,
    L2_ADVERTISEMENTS,
    NAMESPACES,
    NODES,
    PODS,
    SECRETS,
    SERVICES,
    Resource,
)
from servicelab.embedded.store import Object

Matches = Callable[[Object], bool]
NAME = re.compile(r"[\w./-]+\Z")
TOKEN = re.compile(r"\s*(!=|==|=|!|,|\(|\)|<|>|[^\s!=,()<>]+)")
OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")
OF_ALL_KINDS = ("metadata.name", "metadata.namespace")
FIELDS: dict[str, tuple[str, ...]] = {
    PODS.qualified: (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    SERVICES.qualified: ("spec.clusterIP", "spec.type"),
    NODES.qualified: ("spec.unschedulable",),
    NAMESPACES.qualified: ("status.phase",),
    SECRETS.qualified: ("type",),
    JOBS.qualified: ("status.successful",),
    IP_ADDRESS_POOLS.qualified: (),
    L2_ADVERTISEMENTS.qualified: (),
    EVENTS.qualified: (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
}
"""What kube-apiserver can select by, beside name and namespace; it refuses others of these kinds in other words."""


def label_selector(text: str) -> Matches:
    """Read `app=web,tier!=db,env in (a,b),!old`. ApiError (400) when it cannot be read."""
    tests = _Parser(text).requirements()
    return lambda object: _all(tests, object["metadata"].get("labels") or {})


def field_selector(text: str, resource: Resource) -> Matches:
    """Read `spec.nodeName=worker,status.phase!=Running`. ApiError (400) when it cannot be read or is not offered."""
    if not text:
        return lambda object: True
    tests: list[Matches] = []
    for term in text.split(","):
        match = re.fullmatch(r"([^!=]*)(!=|==|=)(.*)", term)
        if not match:
            raise errors.bad_request(f"invalid selector: '{text}'; can't understand '{term}'")
        path, operator, value = match.groups()
        if not _is_offered(path, resource):
            raise errors.bad_request(_refusal(path, resource))
        tests.append(_field_test(path, operator, value))
    return lambda object: all(test(object) for test in tests)


def _is_offered(path: str, resource: Resource) -> bool:
    if path == "metadata.namespace" and resource in (NAMESPACES, NODES):
        return False
    return path in (*OF_ALL_KINDS, *FIELDS.get(resource.qualified, ()))


def _refusal(path: str, resource: Resource) -> str:
    if resource is JOBS:
        return f'field label "{path}" not supported for Job'
    if resource.qualified in FIELDS:
        return f"field label not supported: {path}"
    return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def both(labels: Matches, fields: Matches) -> Matches:
    """An object that both select."""
    return lambda object: labels(object) and fields(object)


def _field_test(path: str, operator: str, value: str) -> Matches:
    names = path.split(".")
    wanted = operator != "!="

    def test(object: Object) -> bool:
        found: Any = object
        for name in names:
            found = (found or {}).get(name) if isinstance(found, Mapping) else None
        if path == "source":
            found = (object.get("source") or {}).get("component") or object.get("reportingComponent")
        elif path == "status.successful":
            found = (object.get("status") or {}).get("succeeded", 0)
        elif path == "reportingComponent":
            found = found or (object.get("source") or {}).get("component")
        text = str(found).lower() if isinstance(found, bool) else "" if found is None else str(found)
        if path in ("spec.unschedulable", "spec.hostNetwork") and not text:
            text = "false"
        return (text == value) is wanted

    return test


LabelTest = Callable[[Mapping[str, str]], bool]


def _all(tests: list[LabelTest], labels: Mapping[str, str]) -> bool:
    return all(test(labels) for test in tests)


class _Parser:
    """One label selector, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = TOKEN.findall(text)
        self.position = 0

    def requirements(self) -> list[LabelTest]:
        tests: list[LabelTest] = []
        while self.position < len(self.tokens):
            tests.append(self._requirement())
            if self.position < len(self.tokens):
                found = self._next()
                if found != ",":
                    raise errors.bad_request(f"found '{found}', expected: ',' or 'end of string'")
                if not self._peek():
                    raise errors.bad_request("found '', expected: identifier after ','")
        return tests

    def _next(self) -> str:
        token: str = self.tokens[self.position] if self.position < len(self.tokens) else ""
        self.position += 1
        return token

    def _peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _unexpected(self, found: str, expected: tuple[str, ...]) -> errors.ApiError:
        return errors.bad_request(f"unable to parse requirement: found '{found}', expected: {', '.join(expected)}")

    def _requirement(self) -> LabelTest:
        key = self._next()
        if key == "!":
            absent = self._next()
            if not NAME.match(absent):
                raise self._unexpected(absent, ("identifier",))
            return lambda labels: absent not in labels
        if not NAME.match(key):
            raise errors.bad_request(f"found '{key}', expected: !, identifier, or 'end of string'")
        operator = self._peek()
        if operator in ("", ","):
            return lambda labels: key in labels
        self._next()
        match operator:
            case "=" | "==":
                value = self._value()
                return lambda labels: labels.get(key) == value
            case "!=":
                value = self._value()
                return lambda labels: labels.get(key) != value
            case "in":
                values = self._values()
                return lambda labels: labels.get(key) in values
            case "notin":
                values = self._values()
                return lambda labels: labels.get(key) not in values
            case ">" | "<" | "gt" | "lt":
                return self._comparison(key, operator in (">", "gt"))
        raise self._unexpected(operator, OPERATORS)

    def _comparison(self, key: str, greater: bool) -> LabelTest:
        text = self._value()
        if not re.fullmatch(r"[+-]?\d+", text):
            raise errors.bad_request(
                f'unable to parse requirement: values[0]: Invalid value: "{text}": '
                "for 'Gt', 'Lt' operators, the value must be an integer"
            )
        limit = int(text)

        def test(labels: Mapping[str, str]) -> bool:
            value = labels.get(key, "")
            if not re.fullmatch(r"[+-]?\d+", value):
                return False
            return int(value) > limit if greater else int(value) < limit

        return test

    def _value(self) -> str:
        if self._peek() in ("", ","):
            return ""
        value = self._next()
        if not NAME.match(value):
            raise self._unexpected(value, ("identifier",))
        return value

    def _values(self) -> frozenset[str]:
        opening = self._next()
        if opening != "(":
            raise errors.bad_request(f"unable to parse requirement: found '{opening}' expected: '('")
        values: set[str] = set()
        before = ","
        while True:
            token = self._next()
            if token == ")":
                return frozenset(values or {""})
            if token == "" or (token != "," and before != ","):
                raise self._unexpected(token, ("',' or ')'",))
            if token != ",":
                values.add(token)
            elif self._peek() in (",", ")"):
                values.add("")
            before = token
