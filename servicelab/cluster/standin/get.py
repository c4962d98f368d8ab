"""`get` and `version`: the server's tables, and objects as they are."""

import argparse
import json
import sys

import yaml

from servicelab.cluster.rest import Object, Refused
from servicelab.cluster.standin.connection import Connection, Kind
from servicelab.cluster.standin.errors import Usage

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
GAP = 3


def run(options: argparse.Namespace, connection: Connection) -> int:
    """Print objects."""
    if options.output not in ("", "wide", "name", "json", "yaml"):
        raise Usage(f"it prints wide, name, json and yaml, not `{options.output}`.")
    targets = connection.targets(options.what)
    if options.output in ("", "wide"):
        return _tables(options, connection, targets)
    query = _query(options)
    found: list[Object] = []
    for kind, name in targets:
        path = kind.path(None if options.all_namespaces else connection.namespace, name)
        if name:
            found.append(connection.rest.get(path))
        else:
            for item in connection.rest.items(path, query):
                found.append({"apiVersion": kind.api_version, "kind": kind.kind, **item})
    for item in found:
        item["metadata"].pop("managedFields", None)
    if options.output == "name":
        for item in found:
            print(f"{connection.kind_of(item).shown}/{item['metadata']['name']}")
        return 0
    whole = found[0] if len(found) == 1 and targets[0][1] else _list_of(found)
    if options.output == "json":
        print(json.dumps(whole, indent=4, ensure_ascii=False))
    else:
        print(yaml.safe_dump(whole, sort_keys=True, allow_unicode=True), end="")
    return 0


def _list_of(items: list[Object]) -> Object:
    return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}


def _query(options: argparse.Namespace) -> dict[str, str]:
    asked = {"labelSelector": options.selector, "fieldSelector": options.field_selector}
    return {key: value for key, value in asked.items() if value}


def _tables(options: argparse.Namespace, connection: Connection, targets: list[tuple[Kind, str]]) -> int:
    several = len({kind for kind, _ in targets}) > 1
    printed, failed = False, False
    for kind, names in _by_kind(targets):
        table: Object = {}
        for name in names:
            try:
                part = _table(options, connection, kind, name)
            except Refused as refusal:
                if refusal.code != 404 or not name:
                    raise
                if not options.ignore_not_found:
                    print(f"Error from server ({refusal.reason}): {refusal}", file=sys.stderr)
                    failed = True
                continue
            if table:
                table["rows"] += part["rows"]
            else:
                table = part
        if not table or not table.get("rows"):
            continue
        if printed:
            print()
        print("\n".join(_lines(options, table, f"{kind.shown}/" if several else "")))
        printed = True
    if not printed and not failed:
        where = (
            "" if options.all_namespaces or not targets[0][0].namespaced else f" in {connection.namespace} namespace"
        )
        print(f"No resources found{where}.", file=sys.stderr)
    return 1 if failed else 0


def _by_kind(targets: list[tuple[Kind, str]]) -> list[tuple[Kind, list[str]]]:
    names: dict[Kind, list[str]] = {}
    for kind, name in targets:
        names.setdefault(kind, []).append(name)
    return list(names.items())


def _table(options: argparse.Namespace, connection: Connection, kind: Kind, name: str) -> Object:
    path = kind.path(None if options.all_namespaces else connection.namespace, name)
    answer = connection.rest.send("GET", path, query={} if name else _query(options), headers={"Accept": TABLE})
    for warning in answer.headers.get_list("warning"):
        print(f"Warning: {warning.split(' ', 2)[-1].strip(chr(34))}", file=sys.stderr)
    found: Object = answer.json()
    return found


def _lines(options: argparse.Namespace, table: Object, prefix: str) -> list[str]:
    """A table as kubectl prints it: columns three blanks apart."""
    columns = table["columnDefinitions"]
    shown = [
        number for number, column in enumerate(columns) if options.output == "wide" or not column.get("priority", 0)
    ]
    labels = [label for label in options.label_columns.split(",") if label]
    header = [columns[number]["name"].upper() for number in shown]
    header += [label.rpartition("/")[2].upper() for label in labels] + (["LABELS"] if options.show_labels else [])
    rows = []
    for row in table["rows"]:
        metadata = row["object"]["metadata"]
        cells = [_cell(row["cells"][number]) for number in shown]
        cells[0] = prefix + cells[0]
        own = metadata.get("labels") or {}
        cells += [own.get(label, "") for label in labels]
        if options.show_labels:
            cells.append(",".join(f"{key}={value}" for key, value in sorted(own.items())) or "<none>")
        rows.append(([metadata.get("namespace", "")] if options.all_namespaces else []) + cells)
    if options.all_namespaces:
        header.insert(0, "NAMESPACE")
    if not options.no_headers:
        rows.insert(0, header)
    widths = [max(len(row[number]) for row in rows) + GAP for number in range(len(rows[0]))]
    return ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return "<none>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def version(options: argparse.Namespace, connection: Connection) -> int:
    """Print what this is, and the server's version."""
    print("Client Version: a stand-in of Service Lab, not kubectl")
    if not options.client:
        print(f"Server Version: {connection.rest.get('/version')['gitVersion']}")
    return 0
