"""The lines of a manifest around some fields: of what the learner wrote, else of the object as the cluster holds it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from servicelab.manifests import Manifest, read
from servicelab.manifests.paths import path_steps
from servicelab.picture.moments import Cause

AROUND = 3
"""Lines shown before and after the fields' own."""
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Excerpt:
    """Lines of a text; `first` is the number of the first of them, `marked` those of the fields."""

    title: str
    lines: tuple[str, ...]
    first: int
    marked: tuple[int, ...]


@dataclass(frozen=True)
class _Text:
    title: str
    text: str


def excerpts(
    causes: Sequence[Cause], own: Mapping[str, str], objects: Iterable[Json], namespace: str
) -> tuple[Excerpt, ...]:
    """Where these fields stand, one excerpt for each text that has some; nothing for a field that no object has.

    `own` are the learner's texts by name, in which `namespace` is that of objects that name none; `objects` are the
    cluster's.
    """
    lines: dict[_Text, list[int]] = {}
    for cause in causes:
        places = (*_own(cause, own, namespace), *_of_cluster(cause, objects))
        text, manifest = next(
            ((text, one) for text, one in places if path_steps(cause.field) in one.marks), (None, None)
        )
        if text is not None and manifest is not None:
            lines.setdefault(text, []).append(manifest.position(cause.field)[0])
    return tuple(_around(text, marked) for text, marked in lines.items())


def _own(cause: Cause, own: Mapping[str, str], namespace: str) -> Iterator[tuple[_Text, Manifest]]:
    for name, text in own.items():
        for manifest in read(text, name).manifests:
            space = manifest.namespace or (namespace if cause.namespace else "")
            if (manifest.kind, space, manifest.name) == (cause.kind, cause.namespace, cause.name):
                yield _Text(f"Your {name}", text), manifest


def _of_cluster(cause: Cause, objects: Iterable[Json]) -> Iterator[tuple[_Text, Manifest]]:
    for one in objects:
        metadata = one["metadata"]
        known = (one["kind"], metadata.get("namespace", ""), metadata["name"])
        if known == (cause.kind, cause.namespace, cause.name):
            # kubectl leaves managedFields out, too
            shown = {key: value for key, value in metadata.items() if key != "managedFields"}
            text = yaml.safe_dump({**one, "metadata": shown}, sort_keys=False, width=1000)
            for manifest in read(text).manifests:
                yield _Text(f"{cause.kind} {cause.name}, as the cluster holds it", text), manifest


def _around(text: _Text, marked: Sequence[int]) -> Excerpt:
    lines = text.text.splitlines()
    first = max(1, min(marked) - AROUND)
    return Excerpt(text.title, tuple(lines[first - 1 : max(marked) + AROUND]), first, tuple(sorted(set(marked))))
