"""All controllers together, run one step at a time."""

import random
from collections.abc import Iterable

from servicelab.embedded.clock import Clock
from servicelab.embedded.controllers.cordon import Cordons
from servicelab.embedded.controllers.daemonset import DaemonSets
from servicelab.embedded.controllers.deployment import Deployments
from servicelab.embedded.controllers.disruption import Budgets
from servicelab.embedded.controllers.endpoints import EndpointsKeeper
from servicelab.embedded.controllers.endpointslice import EndpointSlices
from servicelab.embedded.controllers.events import Recorder
from servicelab.embedded.controllers.garbage import GarbageCollector
from servicelab.embedded.controllers.housekeeping import Heartbeats, OldEvents
from servicelab.embedded.controllers.job import Jobs
from servicelab.embedded.controllers.kubelet import Kubelet
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.metallb import MetalLB
from servicelab.embedded.controllers.metallb_speakers import Speakers
from servicelab.embedded.controllers.mirroring import Mirroring
from servicelab.embedded.controllers.namespace import Namespaces
from servicelab.embedded.controllers.node_boot import NodeBoot
from servicelab.embedded.controllers.node_eviction import TaintEviction
from servicelab.embedded.controllers.node_leases import NodeLeases
from servicelab.embedded.controllers.node_lifecycle import NodeLifecycle
from servicelab.embedded.controllers.programs import ModelledPrograms, Programs
from servicelab.embedded.controllers.replicaset import ReplicaSets
from servicelab.embedded.controllers.scheduler import Scheduler
from servicelab.embedded.controllers.service_addresses import ServiceAddresses
from servicelab.embedded.controllers.statefulset import StatefulSets
from servicelab.embedded.controllers.work import Controller, Work
from servicelab.embedded.managed_fields.tracking import written_by
from servicelab.embedded.resources import KEPT, RESOURCES
from servicelab.embedded.store import Change, ChangeKind, Store

CONTROLLER_MANAGER = "kube-controller-manager"
MANAGERS = {
    "scheduler": "kube-scheduler",
    "kubelet": "kubelet",
    "heartbeat": "kubelet",
    "node-leases": "kubelet",
    "node-boot": "kubelet",
    "service-addresses": "kube-apiserver",
    "metallb": "controller",
    "metallb-speaker": "speaker",
}
"""As which program a controller writes (`metadata.managedFields`), where it is not the controller manager."""
REMEMBER_NOTHING = frozenset(
    one.name
    for one in (
        Deployments,
        ReplicaSets,
        StatefulSets,
        DaemonSets,
        Budgets,
        Cordons,
        EndpointSlices,
        EndpointsKeeper,
        Mirroring,
        ServiceAddresses,
        GarbageCollector,
    )
)
"""Those that decide from the objects alone: where all is settled, they have nothing to do but what a timer of theirs
waits for."""
STEPS_AT_LEAST = 10_000
STEPS_PER_OBJECT = 100


class Unsettled(Exception):
    """Controllers kept changing things without end; a bug of ours, never the user's."""


class Controllers:
    """The controller manager, the scheduler and the kubelets, deterministic and in one thread.

    Writes to the store only queue work; `settle` does it. Time passes only by the given clock: whoever moves it (or
    waits for it) calls `run_due` when `next_due` has come. `programs` says how the programs in Pods behave (without
    it: what the model of their listeners knows). `settled` are the controllers of another store with these objects,
    settled at the same time: what they would not do is not tried again.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        randomness: random.Random,
        programs: Programs | None = None,
        settled: "Controllers | None" = None,
    ) -> None:
        self.store = store
        self.work = work = Work(store, clock, randomness)
        self._lookup = lookup = Lookup(store)
        recorder = Recorder(store)
        controllers: list[Controller] = [
            Namespaces(work),
            Deployments(work, lookup, recorder),
            ReplicaSets(work, lookup, recorder),
            StatefulSets(work, lookup, recorder),
            DaemonSets(work, lookup, recorder),
            Jobs(work, lookup, recorder),
            Budgets(work, lookup, recorder),
            Cordons(work, recorder),
            Scheduler(work, recorder),
            Kubelet(work, recorder, programs or ModelledPrograms()),
            EndpointSlices(work, lookup),
            EndpointsKeeper(work, lookup),
            Mirroring(work, lookup),
            ServiceAddresses(work),
            GarbageCollector(work, lookup),
            Heartbeats(work),
            NodeLeases(work),
            NodeBoot(work, recorder),
            NodeLifecycle(work, lookup, recorder),
            TaintEviction(work, lookup, recorder),
            MetalLB(work, recorder),
            Speakers(work, lookup, recorder),
            OldEvents(work),
        ]
        self._controllers = {controller.name: controller for controller in controllers}
        self._stop_listening = store.on_change(self._queue_for)
        idle = REMEMBER_NOTHING - settled.work.waiting() if settled is not None else ()
        looking = [controller for controller in controllers if controller.name not in idle]
        for resource in KEPT:
            for object in list(store.objects(resource)):
                self._queue(looking, Change(store.revision, ChangeKind.ADDED, resource, object, None))

    def close(self) -> None:
        """Hear of no more writes."""
        self._stop_listening()
        self._lookup.close()

    def settle(self) -> None:
        """Run controllers until nothing is left to do at this moment of the clock."""
        limit: int | None = None
        steps = 0
        while (item := self.work.take()) is not None:
            name, key = item
            with written_by(self.store, MANAGERS.get(name, CONTROLLER_MANAGER), subresource=None):
                self._controllers[name].reconcile(key)
            steps += 1
            if steps >= STEPS_AT_LEAST:
                if limit is None:
                    limit = STEPS_AT_LEAST + STEPS_PER_OBJECT * sum(1 for r in RESOURCES for _ in self.store.objects(r))
                if steps > limit:
                    raise Unsettled(f"the {name} controller does not settle; last at {'/'.join(key)}")

    def next_due(self) -> float | None:
        """When something is to be done next, in seconds since 1970; None when nothing waits for time to pass."""
        return self.work.next_due()

    def run_due(self) -> None:
        """Do what is due by now, and settle."""
        self.work.release_due()
        self.settle()

    def _queue_for(self, change: Change) -> None:
        self._queue(self._controllers.values(), change)

    def _queue(self, controllers: Iterable[Controller], change: Change) -> None:
        for controller in controllers:
            for key in controller.keys_for(change):
                self.work.add(controller.name, key)
