"""An exercise's own names of namespaces, and addresses that stand for others, and what both are in this run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NAME_OF_A_NAMESPACE = "kubernetes.io/metadata.name"
"""The label that every namespace has, with its name as value."""


@dataclass(frozen=True)
class Names:
    """`real` maps the exercise's names (`shop`) to those on the cluster (`shop-4f2a1c`), in the exercise's order;
    `addresses` those that a task writes (`192.0.2.10`) to those that they stand for in this run.
    """

    real: Mapping[str, str]
    addresses: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The exercise's main namespace, by its own name."""
        return next(iter(self.real))

    def on_cluster(self, namespace: str) -> str:
        """The name on the cluster; other namespaces are themselves."""
        return self.real.get(namespace, namespace)

    def shown(self, text: str) -> str:
        """A text for the learner: names and addresses on the cluster replaced by the exercise's."""
        for own, real in self.real.items():
            text = text.replace(real, own)
        for written, real in self.addresses.items():
            text = re.sub(rf"(?<![\d.]){re.escape(real)}(?!\.?\d)", written, text)
        return text

    def host(self, host: str) -> str:
        """A host name such as `web.shop`, `pod.web.shop` or `web.shop.svc.cluster.local`, as it is on the cluster."""
        labels = host.split(".")
        if len(labels) >= 2 and not re.fullmatch(r"[0-9.]+", host):
            place = (labels.index("svc") if "svc" in labels else len(labels)) - 1
            labels[place] = self.on_cluster(labels[place])
        return ".".join(labels)

    def in_manifest(self, manifest: Any) -> Any:
        """A manifest that names namespaces, in selectors or in an alias, or addresses: with those on the cluster."""
        match manifest:
            case str() if manifest in self.addresses:
                return self.addresses[manifest]
            case {"key": key, "values": list() as values} if key == NAME_OF_A_NAMESPACE:
                return {**manifest, "values": [self._selected(value) for value in values]}
            case dict():
                return {key: self._below(key, below) for key, below in manifest.items()}
            case list():
                return [self.in_manifest(below) for below in manifest]
        return manifest

    def _below(self, key: Any, value: Any) -> Any:
        if key == NAME_OF_A_NAMESPACE:
            return self._selected(value)
        return self.host(value) if key == "externalName" and isinstance(value, str) else self.in_manifest(value)

    def _selected(self, value: Any) -> Any:
        return self.on_cluster(value) if isinstance(value, str) else value
