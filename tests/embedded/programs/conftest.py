"""A small cluster in a store, and commands run in it."""

from random import Random

import pytest

from servicelab.embedded import resources
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.programs import shell
from servicelab.embedded.programs.world import World
from servicelab.embedded.store import Store
from tests.network.objects import service, shop

RESOURCES = {one.kind: one for one in resources.RESOURCES}


def fill(store: Store, objects) -> None:
    for one in objects:
        if one["kind"] == "Pod":
            one["status"]["containerStatuses"] = [
                {"name": container["name"], "restartCount": 0, "state": {"running": {}}}
                for container in one["spec"]["containers"]
            ]
        store.create(RESOURCES[one["kind"]], one)


@pytest.fixture
def world() -> World:
    clock = ManualClock()
    store = Store(clock)
    kubernetes = service("kubernetes", "10.96.0.1", [{"name": "https", "port": 443, "protocol": "TCP"}], "default")
    empty = service("empty", "10.96.1.9", [{"port": 80, "protocol": "TCP"}])
    fill(store, [kubernetes, empty])
    # Pods after Services: a container gets variables for the Services that are there when it starts.
    fill(store, sorted(shop(), key=lambda one: one["kind"] == "Pod"))
    return World(store, clock, Random(1))


@pytest.fixture
def run(world):
    """Run a command in Pod shop/client; a text runs as `sh -c`."""

    def go(command, stdin: str = "", pod: str = "client", namespace: str = "shop"):
        words = ["sh", "-c", command] if isinstance(command, str) else command
        return shell.run(world, namespace, pod, "", words, stdin)

    return go
