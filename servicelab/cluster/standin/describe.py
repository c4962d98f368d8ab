"""`describe`: an object's own fields and its events, in words; shorter than kubectl's."""

import argparse
from typing import Any

from servicelab.cluster.rest import Object
from servicelab.cluster.standin.connection import Connection, Kind

LEFT_OUT = ("managedFields", "uid", "resourceVersion", "generation", "creationTimestamp")


def run(options: argparse.Namespace, connection: Connection) -> int:
    """Print everything about some objects."""
    first = True
    for kind, name in connection.targets(options.what):
        path = kind.path(connection.namespace, name)
        query = {"labelSelector": options.selector} if options.selector else None
        for found in [connection.rest.get(path)] if name else connection.rest.items(path, query):
            if not first:
                print("\n")
            first = False
            print("\n".join(_lines(found) + _endpoints(connection, kind, found) + _events(connection, kind, found)))
    return 0


def _lines(found: Object) -> list[str]:
    metadata = found["metadata"]
    lines = [f"Name:  {metadata['name']}"]
    if metadata.get("namespace"):
        lines.append(f"Namespace:  {metadata['namespace']}")
    for key, title in (("labels", "Labels"), ("annotations", "Annotations")):
        values = {name: value for name, value in (metadata.get(key) or {}).items() if "last-applied" not in name}
        lines += _told(title, values or "<none>", 0)
    for key, value in found.items():
        if key not in ("metadata", "kind", "apiVersion"):
            lines += _told(_title(key), value, 0)
    return lines


def _told(title: str, value: Any, depth: int) -> list[str]:
    """A field as indented lines."""
    blanks = "  " * depth
    if isinstance(value, dict) and value:
        inner = [line for key, entry in value.items() if key not in LEFT_OUT for line in _told(key, entry, depth + 1)]
        return [f"{blanks}{title}:", *inner]
    if isinstance(value, list) and value:
        if not any(isinstance(entry, dict | list) for entry in value):
            return [f"{blanks}{title}:  {', '.join(map(str, value))}"]
        return [f"{blanks}{title}:"] + [line for entry in value for line in _entry(entry, depth + 1)]
    shown = "<none>" if value in (None, {}, []) else str(value).lower() if isinstance(value, bool) else value
    return [f"{blanks}{title}:  {shown}"]


def _entry(entry: Any, depth: int) -> list[str]:
    if not isinstance(entry, dict):
        return _told("-", entry, depth)
    lines = [line for key, value in entry.items() for line in _told(key, value, depth + 1)]
    return ["  " * depth + "- " + lines[0].lstrip(), *lines[1:]] if lines else []


def _title(key: str) -> str:
    return key[0].upper() + key[1:]


def _endpoints(connection: Connection, kind: Kind, found: Object) -> list[str]:
    """For a Service: which addresses are behind it."""
    if kind.plural != "services":
        return []
    metadata = found["metadata"]
    slices = connection.rest.items(
        connection.kind("endpointslices.discovery.k8s.io").path(metadata["namespace"]),
        {"labelSelector": f"kubernetes.io/service-name={metadata['name']}"},
    )
    ready = [
        address
        for slice_ in slices
        for endpoint in slice_.get("endpoints") or ()
        if endpoint.get("conditions", {}).get("ready", True)
        for address in endpoint["addresses"]
    ]
    return [f"Endpoints:  {', '.join(ready) or '<none>'}"]


def _events(connection: Connection, kind: Kind, found: Object) -> list[str]:
    metadata = found["metadata"]
    about = {"involvedObject.name": metadata["name"], "involvedObject.kind": kind.kind}
    selector = ",".join(f"{key}={value}" for key, value in about.items())
    path = f"/api/v1/namespaces/{metadata.get('namespace', 'default')}/events"
    events = connection.rest.items(path, {"fieldSelector": selector})
    if not events:
        return ["Events:  <none>"]
    lines = [f"  {event.get('type')}  {event.get('reason')}  {event.get('message')}" for event in events]
    return ["Events:", *lines]
