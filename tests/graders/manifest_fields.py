"""The fields of a manifest, as `kubectl explain` shows them: which there are, of what type, and where they stand."""

import copy
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from servicelab.embedded import facts
from servicelab.manifests.paths import Step

Steps = tuple[Step, ...]
KINDS = {
    "Service": "io.k8s.api.core.v1.Service",
    "Pod": "io.k8s.api.core.v1.Pod",
    "Deployment": "io.k8s.api.apps.v1.Deployment",
    "StatefulSet": "io.k8s.api.apps.v1.StatefulSet",
    "NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
    "EndpointSlice": "io.k8s.api.discovery.v1.EndpointSlice",
}
"""What exercises ask for."""
REMOVED = object()
"""In place of a value: the field goes away."""


def kind_type(document: Any) -> str:
    """The type of a whole object; "" for a kind that no exercise asks for."""
    name = KINDS.get(document.get("kind", "")) if isinstance(document, dict) else None
    return f"@{name}" if name else ""


@cache
def members(type: str) -> Mapping[str, str]:
    """The fields of a struct by name, with their types; none for other types."""
    if not type.startswith("@"):
        return {}
    found: dict[str, str] = {}
    for field in facts.fields(type[1:]):
        if field.name is None:
            found |= members(field.type)
        else:
            found[field.name] = field.type.lstrip("*")
    return found if "metadata" not in found else {**found, "apiVersion": "string", "kind": "string"}


@cache
def every_name() -> frozenset[str]:
    """The names of all fields of all kinds that exercises ask for."""
    seen: set[str] = set()
    names: set[str] = set()

    def look(type: str) -> None:
        type = re.sub(r"^(\[\]|map:|\*)+", "", type)
        if type not in seen:
            seen.add(type)
            names.update(members(type))
            for name, below in members(type).items():
                if name != "status":  # nobody writes that
                    look(below)

    for name in KINDS.values():
        look(f"@{name}")
    return frozenset(names)


def choices(holder: str, name: str) -> list[str]:
    """The values that the schema allows for a field of a struct; none when it allows any."""
    if not holder.startswith("@"):
        return []
    return list(facts.schema(holder[1:]).get("properties", {}).get(name, {}).get("enum", ()))


def required(holder: str) -> list[str]:
    """The fields of a struct that must be there."""
    return list(facts.schema(holder[1:]).get("required", ())) if holder.startswith("@") else []


def below(type: str, step: Step) -> str:
    """The type of what stands at a step below something of this type; "" when there is no such field."""
    if isinstance(step, int):
        return type.removeprefix("[]") if type.startswith("[]") else ""
    return type.removeprefix("map:") if type.startswith("map:") else members(type).get(step, "")


def type_at(document: Any, steps: Steps) -> str:
    """The type of the field at a place of an object; "" when the schema has none there."""
    type = kind_type(document)
    for step in steps:
        type = below(type, step)
    return type


def value_at(document: Any, steps: Steps) -> Any:
    """What stands at a place; KeyError or IndexError when nothing does."""
    for step in steps:
        document = document[step]
    return document


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Every place of an object at which something stands, itself first."""
    yield steps
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield from places(one, (*steps, step))


def fits(steps: Steps, name: Steps) -> bool:
    """Whether a place ends as it is called: `ports.port` is the end of spec.ports[0].port."""
    if not any(isinstance(step, int) for step in name):
        steps = tuple(step for step in steps if isinstance(step, str))
    return len(name) <= len(steps) and steps[len(steps) - len(name) :] == name


def found_at(document: Any, name: Steps) -> list[Steps]:
    """Where a field of this name stands in an object, or could stand, the outermost first."""
    here = [steps for steps in places(document) if steps and type(steps[-1]) is type(name[-1]) and fits(steps, name)]
    *around, leaf = name
    could = [
        (*steps, leaf)
        for steps in places(document)
        if leaf in members(type_at(document, steps))
        and isinstance(value_at(document, steps), dict)
        and leaf not in value_at(document, steps)
        and fits(steps, tuple(around))
    ]
    return sorted(here, key=len) + sorted(could, key=len)


def edited(documents: list[Any], steps: Steps, value: Any) -> list[Any]:
    """The objects with another value at one place, or none there; the first step is the object's number."""
    made = copy.deepcopy(documents)
    holder = value_at(made, steps[:-1])
    if value is REMOVED:
        del holder[steps[-1]]
    else:
        holder[steps[-1]] = copy.deepcopy(value)
    return made


def written(documents: list[Any]) -> str:
    """The objects as a manifest."""
    return yaml.safe_dump_all(documents, sort_keys=False)


def coerced(value: Any, type: str, name: str) -> Any:
    """A value in the shape that the schema wants, when that follows from the value; else REMOVED."""
    match type:
        case "string":
            return (
                str(value[0])
                if isinstance(value, list) and value
                else REMOVED
                if isinstance(value, dict)
                else str(value)
            )
        case "bool":
            return {"true": True, "false": False}.get(str(value).lower(), REMOVED)
        case "int32" | "int-or-string":
            return int(value) if str(value).isdigit() else REMOVED
        case "map:string" if isinstance(value, dict):
            if len(value) == 1 and isinstance(inside := next(iter(value.values())), dict):
                return inside  # matchLabels, where labels stand by themselves
            texts = {key: coerced(one, "string", key) for key, one in value.items()}
            return REMOVED if REMOVED in texts.values() else texts
        case "[]string" if isinstance(value, str):
            return value.split()
        case _ if type.startswith("[]@") and isinstance(value, list) and len(needed := required(type[2:])) == 1:
            below_it = members(type[2:])[needed[0]]  # texts, where each is to be a map
            made = [one if isinstance(one, dict) else {needed[0]: coerced(one, below_it, needed[0])} for one in value]
            return REMOVED if made == value else made
    if type.startswith("[]") and isinstance(value, dict):
        return [value]
    if type.startswith("[]@") and not isinstance(value, list) and name.removesuffix("s") in members(type[2:]):
        return [{name.removesuffix("s"): value}]
    return REMOVED
