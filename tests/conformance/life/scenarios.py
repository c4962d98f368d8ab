"""Scenarios are data: what is done to a Namespace, step by step (the words are in README.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.controllers.programs import AGNHOST

FOLDER = Path(__file__).parent
Json = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One story, and the steps that tell it."""

    theme: str
    name: str
    about: str
    steps: tuple[Json, ...]


def themes() -> list[str]:
    """The files of scenarios."""
    return sorted(path.stem for path in (FOLDER / "scenarios").glob("*.yaml"))


def scenarios(theme: str) -> list[Scenario]:
    """All scenarios of a theme, their manifests complete."""
    text = (FOLDER / "scenarios" / f"{theme}.yaml").read_text(encoding="utf-8")
    common = _read((FOLDER / "manifests.yaml").read_text(encoding="utf-8"))
    found = []
    for name, told in _read(text).items():
        if name.startswith("."):
            continue  # what several scenarios of the file refer to
        steps = tuple({word: _complete(word, what, common) for word, what in step.items()} for step in told["steps"])
        found.append(Scenario(theme, name, told["about"], steps))
    return found


def all_scenarios() -> list[Scenario]:
    """The scenarios of all themes."""
    return [scenario for theme in themes() for scenario in scenarios(theme)]


def _read(text: str) -> Json:
    found: Json = yaml.safe_load(text.replace("AGNHOST", AGNHOST))
    return found


def _complete(word: str, what: Any, common: Json) -> Any:
    """`create` names manifests of manifests.yaml, writes them out, or says how one differs from a named one."""
    if word != "create":
        return what
    complete = []
    for wish in what if isinstance(what, list) else [what]:
        if isinstance(wish, str):
            complete.append(common[wish])
        else:
            rest = {key: value for key, value in wish.items() if key != "like"}
            complete.append(merged(common[wish["like"]], rest) if "like" in wish else rest)
    return complete


def merged(base: Any, change: Any) -> Any:
    """`change` laid over `base`: mappings are merged, None removes, all else replaces."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    result = {key: value for key, value in base.items() if change.get(key, base) is not None}
    for key, value in change.items():
        if value is not None:
            result[key] = merged(base.get(key), value)
    return result
