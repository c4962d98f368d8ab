"""`apply -f`: create what is missing, change what differs, and remember what was applied as kubectl does."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from servicelab.cluster.base import MachineError
from servicelab.cluster.rest import Object, Refused
from servicelab.cluster.standin.connection import Connection

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
STRICT = "strict decoding error"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
MERGE_KEYS = {
    "ports": ("containerPort", "port"),
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
}
"""The lists that strategic merge patches merge, by the key of their entries (source: Kubernetes' OpenAPI)."""
MERGE_PATCH = "application/merge-patch+json"


def run(options: argparse.Namespace, connection: Connection) -> int:
    """Apply all objects of the files, in order; 1 when any was refused."""
    code = 0
    for source, manifest in read_files(options.filename):
        try:
            print(_apply(connection, manifest, options.dry_run == "server"))
        except Refused as refusal:
            message = str(refusal)
            if STRICT in message:  # before it the server repeats the whole object
                message = message[message.index(STRICT) :]
            said = f"Error from server ({refusal.reason}): " if refusal.reason != "Invalid" else ""
            print(f"{said}error when applying {source}: {message}", file=sys.stderr)
            code = 1
    return code


def _apply(connection: Connection, manifest: Object, dry_run: bool) -> str:
    kind = connection.kind_of(manifest)
    metadata = manifest.get("metadata") or {}
    name = metadata.get("name")
    if not name:
        raise MachineError(f"a {kind.kind} without metadata.name cannot be applied", "Give it a name.")
    namespace = metadata.get("namespace") or connection.namespace
    wanted = _remembering(manifest, namespace if kind.namespaced else None)
    query = {"fieldManager": "kubectl-client-side-apply", "fieldValidation": "Strict"}
    if dry_run:
        query["dryRun"] = "All"
    suffix = " (server dry run)" if dry_run else ""
    shown = f"{kind.shown}/{name}"
    try:
        there = connection.rest.get(kind.path(namespace, name))
    except Refused as refusal:
        if refusal.code != 404:
            raise
        connection.rest.send("POST", kind.path(namespace), json=wanted, query=query)
        return f"{shown} created{suffix}"
    before = json.loads((there["metadata"].get("annotations") or {}).get(LAST_APPLIED, "{}"))
    if without_memory(wanted) == without_memory(before):
        return f"{shown} unchanged{suffix}"
    patch = strategic_patch(before, wanted)
    answer = connection.rest.send(
        "PATCH",
        kind.path(namespace, name),
        content=json.dumps(patch).encode(),
        query=query,
        headers={"Content-Type": STRATEGIC_PATCH},
    ).json()
    same = answer["metadata"].get("resourceVersion") == there["metadata"].get("resourceVersion")
    return f"{shown} {'unchanged' if same else 'configured'}{suffix}"


def _remembering(manifest: Object, namespace: str | None) -> Object:
    """The manifest with its namespace, and with itself in the annotation that the next apply compares with."""
    plain = json.loads(json.dumps(manifest, default=str))
    metadata = plain.setdefault("metadata", {})
    if namespace:
        metadata["namespace"] = namespace
    annotations = metadata.setdefault("annotations", {}) or {}
    annotations.pop(LAST_APPLIED, None)
    metadata["annotations"] = annotations
    remembered = json.dumps(plain, separators=(",", ":"), sort_keys=True) + "\n"
    whole: Object = plain | {"metadata": metadata | {"annotations": annotations | {LAST_APPLIED: remembered}}}
    return whole


def without_memory(manifest: Object) -> Object:
    """A manifest without the annotation that remembers it."""
    metadata = dict(manifest.get("metadata") or {})
    annotations = dict(metadata.get("annotations") or {})
    annotations.pop(LAST_APPLIED, None)
    return manifest | {"metadata": metadata | {"annotations": annotations}}


def strategic_patch(before: Any, wanted: Any) -> Any:
    """A strategic merge patch to `wanted` that also removes what was applied `before` and is wanted no more."""
    if not isinstance(before, dict) or not isinstance(wanted, dict):
        return wanted
    patch: Object = {key: None for key in before if key not in wanted}
    for key, value in wanted.items():
        if isinstance(value, list) and isinstance(before.get(key), list):
            patch[key] = _list_patch(key, before[key], value)
        else:
            patch[key] = strategic_patch(before.get(key), value)
    return patch


def _list_patch(field: str, before: list[Any], wanted: list[Any]) -> list[Any]:
    """The list as it is wanted, and for lists that the server merges, orders to remove what went."""
    key = _merge_key(field, [*before, *wanted])
    if key is None:
        return wanted
    old = {entry[key]: entry for entry in before}
    removed = [{key: value, "$patch": "delete"} for value in old if value not in {entry[key] for entry in wanted}]
    return [strategic_patch(old.get(entry[key]), entry) for entry in wanted] + removed


def _merge_key(field: str, entries: list[Any]) -> str | None:
    """By which field the server tells the entries of a list apart; None when it replaces the list as a whole."""
    for key in MERGE_KEYS.get(field, ()):
        if all(isinstance(entry, dict) and isinstance(entry.get(key), str | int) for entry in entries):
            return key
    return None


def read_files(names: list[str]) -> Iterator[tuple[str, Object]]:
    """All objects in files, in all files of directories, or (`-`) in standard input, with where they came from."""
    for source in (place for name in names for place in _sources(name)):
        try:
            text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
            documents = list(yaml.safe_load_all(text))
        except OSError as problem:
            raise MachineError(f"the path {source!r} cannot be read: {problem.strerror}") from None
        except yaml.YAMLError as problem:
            raise MachineError(f"error parsing {source}: {problem}") from None
        for document in documents:
            if document is None:
                continue
            if not isinstance(document, dict):
                raise MachineError(
                    f"{source} holds something that is no object", "Write apiVersion, kind and metadata."
                )
            for manifest in document.get("items", ()) if document.get("kind") == "List" else [document]:
                yield f'"{source}"', manifest


def _sources(name: str) -> list[str]:
    place = Path(name)
    if name != "-" and place.is_dir():
        return [str(file) for file in sorted(place.iterdir()) if file.suffix in (".yaml", ".yml", ".json")]
    return [name]
