"""Which cluster, and which kinds it has."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.core.exceptions import ConfigError

from servicelab.cluster.base import MachineError
from servicelab.cluster.rest import Object, Rest
from servicelab.cluster.standin.errors import Usage

DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True)
class Kind:
    """One kind of object, and where it is."""

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    short_names: tuple[str, ...]
    namespaced: bool
    categories: tuple[str, ...]

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def shown(self) -> str:
        """As kubectl names it: `service`, `deployment.apps`."""
        return f"{self.singular}.{self.group}" if self.group else self.singular

    def answers_to(self, word: str) -> bool:
        """Whether a word on the command line means this kind."""
        names = {self.plural, self.singular, *self.short_names}
        return word.lower() in names | {f"{name}.{self.group}" for name in names}

    def path(self, namespace: str | None, name: str = "") -> str:
        """The path of the objects of a namespace (None: of all), or of one object."""
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        space = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{base}{space}/{self.plural}" + (f"/{name}" if name else "")


class Connection:
    """The cluster that the kubeconfig and the options name."""

    def __init__(self, config: SingleConfig, namespace: str) -> None:
        self.config = config
        self.namespace = namespace
        self.rest = Rest(config)

    @classmethod
    def open(cls, options: argparse.Namespace) -> "Connection":
        """MachineError when there is no usable kubeconfig."""
        place = options.kubeconfig or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
        path = place.split(os.pathsep)[0]
        try:
            config = KubeConfig.from_file(path).get(context_name=options.context)
        except (OSError, ConfigError) as problem:
            raise MachineError(
                f"the kubeconfig {path} cannot be used: {problem}", "Set KUBECONFIG to $(lab cluster kubeconfig)."
            ) from None
        if config is None:
            raise MachineError(
                f"the kubeconfig {path} names no cluster", "Set KUBECONFIG to $(lab cluster kubeconfig)."
            )
        return cls(config, options.namespace or config.namespace)

    @cached_property
    def kinds(self) -> list[Kind]:
        """All kinds the server has."""
        return [kind for root in ("/api", "/apis") for kind in self._discover(root)]

    def _discover(self, root: str) -> Iterator[Kind]:
        found = self.rest.send("GET", root, headers={"Accept": DISCOVERY}).json()
        for group in found["items"]:
            version = group["versions"][0]
            for resource in version["resources"]:
                yield Kind(
                    group["metadata"].get("name", ""),
                    version["version"],
                    resource["resource"],
                    resource.get("singularResource") or resource["responseKind"]["kind"].lower(),
                    resource["responseKind"]["kind"],
                    tuple(resource.get("shortNames", ())),
                    resource["scope"] == "Namespaced",
                    tuple(resource.get("categories", ())),
                )

    def kind(self, word: str) -> Kind:
        """The kind a word means, as in `svc`, `services` or `deployment.apps`."""
        for kind in self.kinds:
            if kind.answers_to(word):
                return kind
        raise MachineError(f'the server doesn\'t have a resource type "{word}"')

    def kind_of(self, manifest: Object) -> Kind:
        """The kind of an object from a file."""
        for kind in self.kinds:
            if (
                kind.kind == manifest.get("kind")
                and kind.group == str(manifest.get("apiVersion", "")).rpartition("/")[0]
            ):
                return kind
        raise MachineError(
            f'no matches for kind "{manifest.get("kind")}" in version "{manifest.get("apiVersion")}"',
            "Look for a typing error in kind and apiVersion.",
        )

    def targets(self, words: list[str]) -> list[tuple[Kind, str]]:
        """Kinds and names from the command line: `svc web`, `svc/web pod/client`, `pods,svc`; a name may be empty."""
        if any("/" in word for word in words):
            if not all("/" in word for word in words):
                raise Usage("write all objects as KIND/NAME, or one kind and names.")
            pairs = (word.split("/", 1) for word in words)
            return [(self.kind(kind), name) for kind, name in pairs]
        if not words:
            raise Usage("say which objects.")
        kinds = [kind for word in words[0].split(",") for kind in self._kinds_named(word)]
        return [(kind, name) for kind in kinds for name in words[1:] or [""]]

    def _kinds_named(self, word: str) -> list[Kind]:
        category = [kind for kind in self.kinds if word in kind.categories]
        return category or [self.kind(word)]
