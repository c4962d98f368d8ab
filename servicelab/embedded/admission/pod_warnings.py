"""What kubectl prints as `Warning:` although a Pod, or a workload with this Pod template, is stored."""

from typing import Any

from servicelab.embedded.admission import words
from servicelab.embedded.admission.effects import warn_without_effect
from servicelab.embedded.api.quantity import amount
from servicelab.embedded.store import Object

Json = dict[str, Any]


def warn_pod(pod: Object, old: Object | None) -> list[str]:
    """All of a Pod."""
    warnings = []
    problems = words.label(pod["metadata"]["name"])
    if old is None and problems:
        warnings.append(
            "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(problems[:1])}]"
        )
    return warnings + warn_pod_spec(pod["spec"], "spec")


def warn_pod_spec(spec: Json, field: str) -> list[str]:
    """Ports and variables that are there twice, odd amounts, and what has no effect here."""
    warnings = []
    for index, secret in enumerate(spec.get("imagePullSecrets", [])):
        if not secret.get("name"):
            warnings.append(f'{field}.imagePullSecrets[{index}].name: invalid empty name ""')
    ports = _Ports()
    for index, container in enumerate(spec.get("containers", [])):
        place = f"{field}.containers[{index}]"
        warnings += _warn_amounts(container.get("resources", {}), f"{place}.resources")
        warnings += _warn_variables(container.get("env", []), f"{place}.env")
        for number, port in enumerate(container.get("ports", [])):
            warnings += ports.warn(port, f"{place}.ports[{number}]")
    return warnings + warn_without_effect(spec, field)


def _warn_amounts(resources: Json, field: str) -> list[str]:
    found = []
    for kind in ("limits", "requests"):
        for name, given in sorted(resources.get(kind, {}).items()):
            if name in ("memory", "ephemeral-storage") and amount(given).denominator != 1:
                found.append(f'{field}.{kind}[{name}]: fractional byte value "{given}" is invalid, must be an integer')
    return found


def _warn_variables(variables: list[Json], field: str) -> list[str]:
    found, names = [], set()
    for index, variable in enumerate(variables):
        name = variable.get("name", "")
        if name in names:
            found.append(
                f'{field}[{index}]: hides previous definition of "{name}", which may be dropped when using apply'
            )
        names.add(name)
    return found


class _Ports:
    """The ports seen so far, over all containers of a Pod, which share one address."""

    def __init__(self) -> None:
        self.places: dict[tuple[Any, ...], str] = {}
        self.names: dict[str, str] = {}

    def warn(self, port: Json, place: str) -> list[str]:
        """What is odd about one more."""
        key = (port["protocol"], port.get("hostIP"), port.get("hostPort"), port.get("containerPort"))
        found, name = [], port.get("name", "")
        if key in self.places:
            found.append(f"{place}: duplicate port definition with {self.places[key]}")
        self.places.setdefault(key, place)
        if name in self.names:
            first = self.names[name]
            does = f"services and probes that select ports by name will use {first}"
            found.append(f'{place}: duplicate port name "{name}" with {first}, {does}')
        if name:
            self.names.setdefault(name, place)
        return found
