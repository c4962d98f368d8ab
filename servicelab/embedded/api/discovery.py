"""Which kinds there are: what kubectl asks first (`/api`, `/apis`, aggregated or one group at a time)."""

from functools import cache
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.messages import Request, Response, encoded, json_response
from servicelab.embedded.resources import RESOURCES

AGGREGATED = "as=APIGroupDiscoveryList"
CORE = "v1"
BY_NAME = {(resource.api_version, resource.plural): resource for resource in RESOURCES}


def discovery(request: Request, server_address: str) -> Response | None:
    """The answer to a discovery request, None when the path is none."""
    path = request.path.rstrip("/")
    if path in ("/api", "/apis") and AGGREGATED in request.accept:
        return _aggregated(path, request.accept)
    match path.split("/")[1:]:
        case ["api"]:
            client = {"clientCIDR": "0.0.0.0/0", "serverAddress": server_address}
            return json_response({"kind": "APIVersions", "versions": [CORE], "serverAddressByClientCIDRs": [client]})
        case ["apis"]:
            groups = [_group(name) for name in _groups()]
            return json_response({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        case ["api", version] if version in _resource_lists():
            return json_response(_resource_list(version))
        case ["apis", group] if group in _groups():
            return json_response({"kind": "APIGroup", "apiVersion": "v1"} | _group(group))
        case ["apis", group, version] if f"{group}/{version}" in _resource_lists():
            return json_response(_resource_list(f"{group}/{version}"))
    return None


@cache
def _resource_lists() -> dict[str, list[dict[str, Any]]]:
    """The kinds per group and version; of their subresources those that are there."""
    found: dict[str, list[dict[str, Any]]] = facts.facts()["discovery"]
    return {
        group_version: [entry for entry in entries if _is_served(group_version, entry["name"])]
        for group_version, entries in found.items()
    }


def _is_served(group_version: str, name: str) -> bool:
    plural, _, subresource = name.partition("/")
    resource = BY_NAME.get((group_version, plural))
    return not subresource or (resource is not None and subresource in resource.subresources)


def _resource_list(group_version: str) -> dict[str, Any]:
    resources = _resource_lists()[group_version]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}


def _groups() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for group_version in _resource_lists():
        if "/" in group_version:
            group, _, version = group_version.partition("/")
            groups.setdefault(group, []).append(version)
    return groups


def _group(name: str) -> dict[str, Any]:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in _groups()[name]]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


@cache
def _aggregated(path: str, accept: str) -> Response:
    version = "v2" if "v=v2;" in accept or "v=v2" in accept.replace("v=v2beta1", "") else "v2beta1"
    groups = {"": [CORE]} if path == "/api" else _groups()
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [
                {
                    "version": group_version,
                    "resources": _nested(f"{name}/{group_version}" if name else group_version),
                    "freshness": "Current",
                }
                for group_version in versions
            ],
        }
        for name, versions in groups.items()
    ]
    value = {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }
    content_type = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    return Response(200, encoded(value), content_type, (("Vary", "Accept"),))


def _nested(group_version: str) -> list[dict[str, Any]]:
    """The flat list of kinds and subresources as aggregated discovery nests it."""
    nested: dict[str, dict[str, Any]] = {}
    for entry in _resource_lists()[group_version]:
        name, _, subresource = entry["name"].partition("/")
        kind = {"group": entry.get("group", ""), "version": entry.get("version", ""), "kind": entry["kind"]}
        if subresource:
            parent = nested.setdefault(name, {"resource": name})
            parent.setdefault("subresources", []).append(
                {"subresource": subresource, "responseKind": kind, "verbs": entry["verbs"]}
            )
            continue
        described = {
            "resource": name,
            "responseKind": kind,
            "scope": "Namespaced" if entry["namespaced"] else "Cluster",
            "singularResource": entry["singularName"],
            "verbs": entry["verbs"],
        }
        described |= {key: entry[key] for key in ("shortNames", "categories") if key in entry}
        nested.setdefault(name, {}).update(described)
    return list(nested.values())
