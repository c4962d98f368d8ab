"""What a path of the API names."""

from dataclasses import dataclass

from servicelab.embedded.resources import CUSTOM, RESOURCES, Resource

BY_PATH = {(resource.group, resource.version, resource.plural): resource for resource in RESOURCES}
GROUPS = {resource.group for resource in RESOURCES if resource not in CUSTOM}


@dataclass(frozen=True)
class ResourcePath:
    """`namespace` is empty for all namespaces (and for kinds without), `name` for the whole collection."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def parse(path: str) -> ResourcePath | None:
    """Read `/api/v1/…` or `/apis/GROUP/VERSION/…`; None when the embedded cluster has no such kind there."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            return None
    match rest:
        case ["namespaces", namespace, plural, *tail] if (group, version, plural) in BY_PATH:
            resource = BY_PATH[(group, version, plural)]
            return _with_tail(resource, namespace, tail) if resource.namespaced else None
        case [plural, *tail] if (group, version, plural) in BY_PATH:
            resource = BY_PATH[(group, version, plural)]
            if resource.namespaced and tail:
                return None
            return _with_tail(resource, "", tail)
    return None


def names_group_version(path: str) -> bool:
    """Whether the path is inside one of our groups, in whatever version; custom ones are not told from none."""
    match path.split("/")[1:]:
        case ["api", _, *_]:
            return True
        case ["apis", group, _, *_]:
            return group in GROUPS
    return False


def _with_tail(resource: Resource, namespace: str, tail: list[str]) -> ResourcePath | None:
    match tail:
        case []:
            return ResourcePath(resource, namespace)
        case [name]:
            return ResourcePath(resource, namespace, name)
        case [name, subresource]:
            return ResourcePath(resource, namespace, name, subresource)
        case [name, "proxy", *_]:
            return ResourcePath(resource, namespace, name, "proxy")
    return None
