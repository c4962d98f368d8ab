"""A whole cluster without I/O: requests in, answers out, time as the given clock says."""

import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from servicelab.embedded.api.context import Activity, Api
from servicelab.embedded.api.handle import handle
from servicelab.embedded.api.messages import Answer, Attach, Exec, Request
from servicelab.embedded.clock import Clock, ManualClock
from servicelab.embedded.controllers import Controllers
from servicelab.embedded.controllers.kubelet import Kubelet
from servicelab.embedded.controllers.world_programs import WorldPrograms
from servicelab.embedded.resources import RESOURCES, Resource
from servicelab.embedded.store import Object, Store
from servicelab.embedded.system import install
from servicelab.embedded.users import Users

if TYPE_CHECKING:
    from servicelab.embedded.programs.container_command import ContainerCommand
    from servicelab.embedded.programs.process import Stdin
    from servicelab.embedded.programs.shell import Finished
    from servicelab.embedded.programs.world import World

DEFAULT_NAME = "lab"


class Core:
    """One embedded cluster. Synchronous, deterministic with a ManualClock, and for one thread at a time.

    `commit` is called when a request's writes (and what controllers made of them) are complete, before the answer is
    given away: the journal's chance to put them on disk. `settled`: see Controllers.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        randomness: random.Random,
        *,
        commit: Callable[[], None] = lambda: None,
        server_address: str = "127.0.0.1:6443",
        users: Users | None = None,
        settled: Controllers | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.randomness = randomness
        self.users = users or Users(store)
        self.controllers = Controllers(store, clock, randomness, WorldPrograms(lambda: self.world), settled)
        self._commit = commit
        self._world: World | None = None
        self._activity = Activity()
        self._api = Api(
            store,
            clock,
            randomness,
            self.settle,
            lambda: self.world,
            self._activity,
            server_address,
            self._laboratory,
        )

    @property
    def world(self) -> "World":
        """What programs and probes see; made when first needed."""
        if self._world is None:
            from servicelab.embedded.programs.world import World

            self._world = World(self.store, self.clock, self.randomness)
        return self._world

    def handle(self, request: Request) -> Answer:
        """Answer one request. What it wrote is kept and acted on by the controllers when this returns."""
        return handle(self._api, request)

    def settle(self) -> None:
        """Run the controllers until nothing changes at this moment of the clock, and keep what was written."""
        self.controllers.settle()
        self._commit()
        self._activity.tell()

    def next_due(self) -> float | None:
        """When a timer is due, in seconds since 1970; None when nothing waits for time to pass."""
        return self.controllers.next_due()

    def run_due(self) -> None:
        """Do what is due by now."""
        self.controllers.run_due()
        self._commit()
        self._activity.tell()

    def pass_time(self, seconds: float) -> None:
        """Let time pass on a ManualClock, stopping at every timer on the way."""
        clock = self.clock
        if not isinstance(clock, ManualClock):
            raise TypeError("only a ManualClock can be moved")
        end = clock.now() + seconds
        while (due := self.next_due()) is not None and due <= end:
            clock.advance(max(0.0, due - clock.now()))
            self.run_due()
        clock.advance(max(0.0, end - clock.now()))

    def execute(self, wish: Exec, stdin: "str | Stdin" = "") -> "Finished":
        """Run a command in a container; does not wait (see `Finished.seconds`).

        What a Stdin of the caller's own raises comes out of here.
        """
        from servicelab.embedded.programs import shell

        finished = shell.run(self.world, wish.namespace, wish.pod, wish.container, list(wish.command), stdin)
        self.settle()
        return finished

    def tell_command(self, wish: Attach, tell: "Callable[[ContainerCommand], None]") -> None:
        """Give the shell or client that runs in a container something to read, or interrupt it; others do not read."""
        command = self.world.command(wish.namespace, wish.pod, wish.container)
        if command is not None:
            tell(command)
            self.controllers.work.add(Kubelet.name, (wish.namespace, wish.pod))
            self.settle()

    def objects(self) -> list[tuple[Resource, Object]]:
        """All that is kept. Do not change what is returned."""
        return [(resource, one) for resource in RESOURCES for one in self.store.objects(resource)]

    def copy(self, seed: int | None = None, objects: Iterable[tuple[Resource, Object]] | None = None) -> "Core":
        """A cluster of its own at the same time, settled, with the same objects or these in their place; a fraction of
        the work of a fresh one.

        For one with a ManualClock, settled itself. `objects` are the same with other names.
        """
        clock, randomness = ManualClock(self.clock.now()), random.Random(seed)
        store = Store(clock, randomness)
        # no object is ever changed in place, so both may have it
        store.restore(self.store.revision, self.objects() if objects is None else objects)
        core = Core(store, clock, randomness, settled=self.controllers)
        core.settle()
        return core

    def _laboratory(self, request: Any) -> Answer | None:
        from servicelab.embedded.api.laboratory import laboratory

        answer = laboratory(self.world, self.users, request)
        self.settle()
        return answer


def fresh_core(clock: Clock | None = None, seed: int | None = None, cluster_name: str = DEFAULT_NAME) -> Core:
    """A new cluster as a learner gets it, settled: Nodes, namespaces, `kubernetes`, `kube-dns`.

    Takes a few milliseconds. With a ManualClock (the default) and a `seed` every run is the same.
    """
    clock = clock if clock is not None else ManualClock()
    randomness = random.Random(seed)
    store = Store(clock, randomness)
    install(store, clock, randomness, cluster_name)
    core = Core(store, clock, randomness)
    core.settle()
    return core
