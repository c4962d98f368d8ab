"""`wait`: until objects have a condition, are gone, or a field has a value."""

import argparse
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from servicelab.cluster.base import WaitedTooLong
from servicelab.cluster.rest import Object, Refused
from servicelab.cluster.standin.connection import Connection
from servicelab.cluster.standin.errors import Usage
from servicelab.cluster.waiting import wait_in_real_time

UNITS = {"s": 1, "m": 60, "h": 3600, "": 1}


def run(options: argparse.Namespace, connection: Connection) -> int:
    """Wait for each of the objects; 1 when the time is up."""
    is_met, word = _condition(options.condition)
    code = 0
    for kind, name in connection.targets(options.what):
        path = kind.path(connection.namespace, name)
        if name:
            names = [name]
        elif options.all or options.selector:
            query = {"labelSelector": options.selector} if options.selector else None
            names = [item["metadata"]["name"] for item in connection.rest.items(path, query)]
        else:
            raise Usage("say which objects: names, a selector (-l) or --all.")
        for one in names:
            shown = f"{kind.shown}/{one}"
            single = kind.path(connection.namespace, one)
            if is_met is not None:
                connection.rest.get(single)
            try:
                wait_in_real_time(shown, partial(_holds, connection, single, is_met), seconds(options.timeout))
                print(f"{shown} {word}")
            except WaitedTooLong:
                print(f"error: timed out waiting for the condition on {kind.plural}/{one}", file=sys.stderr)
                code = 1
    return code


def _holds(connection: Connection, path: str, is_met: Callable[[Object], bool] | None) -> bool:
    """Whether the object is as wanted; `is_met` None means gone."""
    try:
        found = connection.rest.get(path)
    except Refused as refusal:
        if refusal.code != 404 or is_met is not None:
            raise
        return True
    return is_met is not None and is_met(found)


def _condition(text: str) -> tuple[Callable[[Object], bool] | None, str]:
    """What `--for` means, and kubectl's words for when it has come."""
    if text == "delete":
        return None, "condition met"
    match = re.fullmatch(r"condition=([^=]+)(?:=(.+))?", text)
    if match:
        name, wanted = match[1].lower(), (match[2] or "True").lower()
        return lambda found: _has_condition(found, name, wanted), "condition met"
    match = re.fullmatch(r"jsonpath='?\{?\.?([\w.\[\]-]+)\}?'?=(.+)", text)
    if match:
        steps, value = re.findall(r"[\w-]+", match[1]), match[2]
        return lambda found: _text(_field(found, steps)) == value, "condition met"
    raise Usage(f"it waits for delete, condition=NAME and jsonpath={{.field}}=VALUE, not for `{text}`.")


def _has_condition(found: Object, name: str, wanted: str) -> bool:
    return any(
        condition["type"].lower() == name and condition["status"].lower() == wanted
        for condition in found.get("status", {}).get("conditions") or ()
    )


def _field(found: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict):
            found = found.get(step)
        else:
            return None
    return found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def seconds(text: str) -> float:
    """`30s`, `2m` or `1h` in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not match:
        raise Usage(f"`{text}` is no time; write for example 30s or 2m.")
    return float(match[1]) * UNITS[match[2]]
