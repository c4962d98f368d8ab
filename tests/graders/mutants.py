"""Every small change of a manifest: a scalar changed, a key removed, an element of a list dropped."""

from collections.abc import Iterator

import yaml

from tests.graders.manifest_fields import REMOVED, Steps, edited, places, value_at, written


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """Each mutant's name, such as `removed 0.spec.selector`, and its text."""
    documents = list(yaml.safe_load_all(text))
    for path in places(documents):
        value = value_at(documents, path)
        if not isinstance(value, dict | list):
            changed = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
            yield f"changed {_name(path)}", written(edited(documents, path, changed))
        if len(path) > 1:  # a document removed is a manifest that is missing, which is a known mistake
            done = "removed" if isinstance(path[-1], str) else "dropped"
            yield f"{done} {_name(path)}", written(edited(documents, path, REMOVED))


def _name(path: Steps) -> str:
    return ".".join(map(str, path))
