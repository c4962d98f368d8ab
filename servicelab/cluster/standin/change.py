"""`delete`, `label` and `scale`."""

import argparse
import json
import sys
from functools import partial

from servicelab.cluster.base import MachineError
from servicelab.cluster.rest import Refused
from servicelab.cluster.standin.apply import MERGE_PATCH, read_files
from servicelab.cluster.standin.connection import Connection, Kind
from servicelab.cluster.standin.errors import Usage
from servicelab.cluster.waiting import wait_in_real_time

GONE_WITHIN = 300.0


def delete(options: argparse.Namespace, connection: Connection) -> int:
    """Delete objects and wait until they are gone; 1 when one was not there."""
    code = 0
    going = []
    for kind, namespace, name in _to_delete(options, connection):
        path = kind.path(namespace, name)
        body: dict[str, object] = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        grace = 1 if options.now else options.grace_period
        if grace is not None:
            body["gracePeriodSeconds"] = grace
        try:
            connection.rest.send("DELETE", path, json=body)
        except Refused as refusal:
            if refusal.code != 404:
                raise
            if not options.ignore_not_found:
                print(f"Error from server ({refusal.reason}): {refusal}", file=sys.stderr)
                code = 1
            continue
        where = f" from {namespace} namespace" if kind.namespaced else ""
        print(f'{kind.shown} "{name}" deleted{where}')
        going.append(path)
    if options.wait:
        for path in going:
            wait_in_real_time(f"{path} to be gone", partial(_is_gone, connection, path), GONE_WITHIN)
    return code


def _to_delete(options: argparse.Namespace, connection: Connection) -> list[tuple[Kind, str, str]]:
    if options.filename:
        found = []
        for _, manifest in read_files(options.filename):
            metadata = manifest.get("metadata") or {}
            found.append(
                (
                    connection.kind_of(manifest),
                    metadata.get("namespace") or connection.namespace,
                    metadata.get("name", ""),
                )
            )
        return found
    targets = connection.targets(options.what)
    if all(name for _, name in targets):
        return [(kind, connection.namespace, name) for kind, name in targets]
    if not options.all and not options.selector:
        raise Usage("say which objects: names, a selector (-l) or --all.")
    query = {"labelSelector": options.selector} if options.selector else None
    return [
        (kind, connection.namespace, item["metadata"]["name"])
        for kind, _ in targets
        for item in connection.rest.items(kind.path(connection.namespace), query)
    ]


def _is_gone(connection: Connection, path: str) -> bool:
    return connection.rest.find(path) is None


def label(options: argparse.Namespace, connection: Connection) -> int:
    """Set labels (`key=value`) and remove them (`key-`)."""
    changes: dict[str, str | None] = {}
    objects: list[str] = []
    for word in options.what:
        key, equals, value = word.partition("=")
        if equals:
            changes[key] = value
        elif word.endswith("-") and "/" not in word and objects:
            changes[word[:-1]] = None
        else:
            objects.append(word)
    if not changes:
        raise Usage("say which labels, as in: kubectl label pod client tier=test.")
    for kind, name in connection.targets(objects):
        path = kind.path(connection.namespace, name)
        own = connection.rest.get(path)["metadata"].get("labels") or {}
        for key, wanted in changes.items():
            if wanted is not None and key in own and own[key] != wanted and not options.overwrite:
                raise MachineError(f"'{key}' already has a value ({own[key]}), and --overwrite is false")
        _merge(connection, path, {"metadata": {"labels": changes}})
        word = "unlabeled" if all(value is None for value in changes.values()) else "labeled"
        print(f"{kind.shown}/{name} {word}")
    return 0


def scale(options: argparse.Namespace, connection: Connection) -> int:
    """Set the number of replicas."""
    for kind, name in connection.targets(options.what):
        _merge(connection, f"{kind.path(connection.namespace, name)}/scale", {"spec": {"replicas": options.replicas}})
        print(f"{kind.shown}/{name} scaled")
    return 0


def _merge(connection: Connection, path: str, patch: object) -> None:
    connection.rest.send("PATCH", path, content=json.dumps(patch).encode(), headers={"Content-Type": MERGE_PATCH})
