"""A small embedded cluster for tests of the controllers: no API, a clock moved by hand."""

import random
from typing import Any

from servicelab.embedded.admission import admit
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.controllers import Controllers, Propagation, delete
from servicelab.embedded.controllers.programs import AGNHOST, Programs
from servicelab.embedded.resources import NAMESPACES, RESOURCES, Resource
from servicelab.embedded.store import Object, Store, copy_of
from servicelab.embedded.system import install

BY_KIND = {resource.kind: resource for resource in RESOURCES}


class Cluster:
    """Create, change and delete objects as the API would; `run` lets time pass."""

    def __init__(self, programs: Programs | None = None, namespace: str = "test") -> None:
        self.clock, self.randomness, self.namespace = ManualClock(), random.Random(7), namespace
        self.store = Store(self.clock, self.randomness)
        install(self.store, self.clock, self.randomness, "lab")
        self.controllers = Controllers(self.store, self.clock, self.randomness, programs)
        self.controllers.settle()
        self.create({"kind": "Namespace", "metadata": {"name": namespace}})

    def create(self, manifest: dict[str, Any]) -> Object:
        """Store a new object and let the controllers act."""
        resource = BY_KIND[manifest["kind"]]
        new = copy_of({"apiVersion": resource.api_version, **manifest})
        if resource.namespaced:
            new["metadata"].setdefault("namespace", self.namespace)
        created = self.store.create(resource, admit(self.store, resource, new, None, self.randomness).object)
        self.controllers.settle()
        return created

    def change(self, resource: Resource, name: str, **fields: Any) -> Object:
        """Set fields given by dotted path with `__` for the dots, as in spec__replicas=3; None removes one."""
        old = self.get(resource, name)
        new = copy_of(old)
        for path, value in fields.items():
            *parents, last = path.split("__")
            place = new
            for parent in parents:
                place = place.setdefault(parent, {})
            if value is None:
                place.pop(last, None)
            else:
                place[last] = value
        changed = self.store.update(resource, admit(self.store, resource, new, old, self.randomness).object)
        self.controllers.settle()
        return changed

    def delete(
        self, resource: Resource, name: str, way: Propagation = Propagation.BACKGROUND, grace: int | None = None
    ) -> None:
        """Delete an object and let the controllers act."""
        namespace = self.namespace if resource.namespaced else ""
        delete(self.store, resource, namespace, name, way, grace)
        self.controllers.settle()

    def run(self, seconds: float) -> None:
        """Let time pass, stopping at every timer."""
        end = self.clock.now() + seconds
        while (due := self.controllers.next_due()) is not None and due <= end:
            self.clock.advance(max(0.0, due - self.clock.now()))
            self.controllers.run_due()
        self.clock.advance(end - self.clock.now())

    def find(self, resource: Resource, name: str) -> Object | None:
        """An object of the test's Namespace, or None."""
        return self.store.get(resource, self.namespace if resource.namespaced else "", name)

    def get(self, resource: Resource, name: str) -> Object:
        """An object that must be there."""
        found = self.find(resource, name)
        assert found is not None, f"no {resource.kind} {name}"
        return found

    def all(self, resource: Resource) -> list[Object]:
        """All objects of a kind in the test's Namespace."""
        return list(self.store.objects(resource, self.namespace if resource.namespaced else None))

    def is_gone(self) -> bool:
        """Whether the test's Namespace is gone."""
        return self.store.get(NAMESPACES, "", self.namespace) is None


def deployment(name: str = "web", replicas: int = 3, **spec: Any) -> dict[str, Any]:
    """A Deployment of netexec."""
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec()}
    whole = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": whole}


def pod(name: str = "web", labels: dict[str, str] | None = None, **container: Any) -> dict[str, Any]:
    """A Pod of netexec; further fields are the container's."""
    return {
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": "web"}},
        "spec": pod_spec(**container),
    }


def pod_spec(**container: Any) -> dict[str, Any]:
    """One container of netexec, unless another command is given."""
    arguments = {} if "command" in container else {"args": ["netexec"]}
    return {"containers": [{"name": "c", "image": AGNHOST, **arguments, **container}]}


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    """A Service for `app: web`."""
    whole = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}], **spec}
    return {"kind": "Service", "metadata": {"name": name}, "spec": whole}
