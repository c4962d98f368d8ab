"""Who may do what. The rules are those a real cluster gives its administrator, a user bound to the ClusterRole `admin`
in one namespace, and everybody who is logged in (facts/roles.json, read from SelfSubjectRulesReviews there)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from servicelab.embedded.api.errors import ApiError, not_supported
from servicelab.embedded.api.messages import Request
from servicelab.embedded.users import User

Rules = Mapping[str, list[dict[str, list[str]]]]
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "get", "HEAD": "get"}
OPEN_TO_ALL = ("/healthz", "/livez", "/readyz", "/version")
"""Paths that answer without login."""
BY_NAME = "metadata.name="
NO_IMPERSONATION = (
    "the embedded cluster does not let one user act as another (--as); "
    "use the kubeconfig that lab cluster kubeconfig --namespace makes"
)


@dataclass(frozen=True)
class Action:
    """What somebody wants to do: with a `resource`, or (when that is empty) with a `path`."""

    verb: str
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def full_resource(self) -> str:
        """`pods` or `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def action_of(request: Request) -> Action:
    """What a request would do, read from its path as a real API server reads it, of kinds that do not exist too."""
    words = [word for word in request.path.split("/") if word]
    match words:
        case ["api", _, _, *_]:
            group, rest = "", words[2:]
        case ["apis", group, _, _, *_]:
            rest = words[3:]
        case _:
            return Action(request.method.lower(), request.path)
    verb = VERBS.get(request.method, "")
    if rest[0] == "watch" and len(rest) > 1:
        verb, rest = "watch", rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ("status", "finalize"):
            rest = rest[2:]
    resource, name, subresource = (*rest[:3], "", "")[:3]
    if not name and verb == "get":
        verb = "watch" if request.flag("watch") else "list"
    if not name and verb == "delete":
        verb = "deletecollection"
    if verb in ("list", "watch", "deletecollection"):
        selected = request.parameter("fieldSelector")
        name = name or (selected.removeprefix(BY_NAME) if selected.startswith(BY_NAME) else "")
    return Action(verb, "", group, resource, subresource, namespace, name)


def check(request: Request) -> None:
    """Let a request pass, or refuse it in a real API server's words (ApiError, 403)."""
    if "impersonate-user" in request.headers:
        raise not_supported(NO_IMPERSONATION)
    action = action_of(request)
    if may(request.user, action):
        return
    who = f'User "{request.user.name}" cannot {action.verb}'
    if not action.resource:
        raise ApiError(403, "Forbidden", f'forbidden: {who} path "{action.path}"')
    qualified = f"{action.resource}.{action.group}" if action.group else action.resource
    named = f'{qualified} "{action.name}"' if action.name else qualified
    where = f'in the namespace "{action.namespace}"' if action.namespace else "at the cluster scope"
    what = f'resource "{action.full_resource}" in API group "{action.group}" {where}'
    details = {"name": action.name, "group": action.group, "kind": action.resource}
    raise ApiError(
        403, "Forbidden", f"{named} is forbidden: {who} {what}", {key: text for key, text in details.items() if text}
    )


def may(user: User, action: Action) -> bool:
    """Whether the rules let a user do that."""
    if user.namespace is None:
        return action.path in OPEN_TO_ALL
    rules = rules_for(user, action.namespace)
    if not action.resource:
        return any(
            _has(rule["verbs"], action.verb) and _has_path(rule["nonResourceURLs"], action.path)
            for rule in rules["nonResourceRules"]
        )
    return any(
        _has(rule["verbs"], action.verb)
        and _has(rule["apiGroups"], action.group)
        and _has(rule["resources"], action.full_resource)
        for rule in rules["resourceRules"]
    )


def rules_for(user: User, namespace: str) -> Rules:
    """A user's rules in a namespace (empty: for what is in none)."""
    if user.namespace is None:
        return {"resourceRules": [], "nonResourceRules": []}
    if user.namespace == "":
        return _roles()["everything"]
    return _roles()["namespace" if namespace == user.namespace else "elsewhere"]


def _has(listed: Iterable[str], one: str) -> bool:
    return any(entry in ("*", one) for entry in listed)


def _has_path(listed: Iterable[str], path: str) -> bool:
    return any(entry in ("*", path) or (entry.endswith("*") and path.startswith(entry[:-1])) for entry in listed)


@cache
def _roles() -> dict[str, Rules]:
    text = (resources.files("servicelab.embedded.facts") / "roles.json").read_text()
    roles: dict[str, Any] = json.loads(text)["roles"]
    return roles
