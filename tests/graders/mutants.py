"""Every small change of a manifest: a scalar changed, a key removed, an element of a list dropped."""

import copy
from collections.abc import Iterator
from typing import Any

import yaml

Documents = list[Any]


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """Each mutant's name, such as `removed 0.spec.selector`, and its text."""
    documents = list(yaml.safe_load_all(text))
    for path, value in list(_places(documents, ())):
        if not isinstance(value, dict | list):
            changed = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
            yield f"changed {_name(path)}", _text(_with(documents, path, changed))
        if len(path) > 1:  # a document removed is a manifest that is missing, which is a known mistake
            yield (
                f"{'removed' if isinstance(path[-1], str) else 'dropped'} {_name(path)}",
                _text(_without(documents, path)),
            )


def _places(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inside:
        yield (*path, key), below
        yield from _places(below, (*path, key))


def _with(documents: Documents, path: tuple[str | int, ...], value: Any) -> Documents:
    made = copy.deepcopy(documents)
    _holder(made, path)[path[-1]] = value
    return made


def _without(documents: Documents, path: tuple[str | int, ...]) -> Documents:
    made = copy.deepcopy(documents)
    del _holder(made, path)[path[-1]]
    return made


def _holder(documents: Documents, path: tuple[str | int, ...]) -> Any:
    value: Any = documents
    for step in path[:-1]:
        value = value[step]
    return value


def _name(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def _text(documents: Documents) -> str:
    return yaml.safe_dump_all(documents, sort_keys=False)
