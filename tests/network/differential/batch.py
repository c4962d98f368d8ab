"""Random states on a real cluster, several at once: made, asked, compared with the model, removed."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace

from servicelab.cluster.base import MachineError, WaitedTooLong
from servicelab.cluster.kind_cluster import KindCluster
from servicelab.network.places import Place, Target, parse_place, parse_target
from servicelab.tracing.reading import read_objects, state_of
from tests.network.differential.asking import Request, ask
from tests.network.differential.comparing import difference
from tests.network.flows.building import Built, build, make_objects, remove, unmake_objects
from tests.network.flows.placeholders import Names, place_of
from tests.network.flows.states import Json, State, no_selector
from tests.network.flows.states_random import STATES_OF_A_WORLD, random_state, world_of

PLACES_AT_ONCE = 8
PATIENCE = 45.0
"""Seconds for which flows that differ are asked again: programs start, and rules, addresses and neighbours' tables
come to rest at their own pace."""
MARKER = "made-last"
"""A Service made after all others: once kube-proxy has its rule, it knows of the others, too."""


@dataclass
class Flow:
    """One flow of a state, and what was found."""

    seed: int
    text: str
    place: Place
    target: Target
    asked: int = 0
    requests: list[Request] = field(default_factory=list)
    """What came of them, at the last look."""
    said: str = ""
    """How that differs from what the model says; empty where it does not."""


@dataclass
class Found:
    """Some states: what they are called there, their flows, and the objects that those were last compared with."""

    names: dict[int, Names]
    flows: list[Flow]
    objects: list[Json] = field(default_factory=list)


class Standing:
    """Worlds of Pods on a cluster, in which one state after the other is made."""

    def __init__(self, cluster: KindCluster, numbers: Iterable[int]) -> None:
        self.cluster = cluster
        nodes, outside_address = cluster.rest.items("/api/v1/nodes"), cluster.outside_address()
        assert outside_address, "the client outside does not run"
        self.worlds: dict[int, Built] = {}
        for number in numbers:
            world = world_of(number)
            state = State(f"world-{number}", "", world.objects, [], tuple(world.never_ready))
            self.worlds[number] = state, Names(state, nodes, outside_address)

    def __enter__(self) -> "Standing":
        try:
            build(self.cluster.rest, self.cluster.wait_until, self.worlds.values())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        remove(self.cluster.rest, self.worlds.values())

    def look(self, seeds: Iterable[int]) -> Found:
        """Make the states of these seeds (one of a world), ask all their flows, and remove them."""
        states = {seed: random_state(seed) for seed in seeds}
        built = [self._without_pods(seed, state) for seed, state in states.items()]
        marker = no_selector(f"{MARKER}-{min(states)}", "80")
        built.append((State("", "", [marker], []), built[0][1]))
        try:
            make_objects(self.cluster.rest, self.cluster.wait_until, built)
            self._wait_for_kube_proxy(f"{built[0][1].space}/{marker['metadata']['name']}")
            names = {seed: copy(there) for seed, (_, there) in zip(states, built, strict=False)}
            flows = [self._flow(seed, text, names[seed]) for seed, state in states.items() for text in state.flows]
            found = Found(names, flows)
            self._compare(found)
            return found
        finally:
            unmake_objects(self.cluster.rest, built)

    def _without_pods(self, seed: int, state: State) -> Built:
        world, names = self.worlds[seed // STATES_OF_A_WORLD]
        return replace(state, objects=[one for one in state.objects if one not in world.objects]), names

    def _flow(self, seed: int, text: str, names: Names) -> Flow:
        source, _, target = text.partition(" -> ")
        return Flow(seed, text, parse_place(place_of(source, names)), parse_target(names.fill(target)))

    def _wait_for_kube_proxy(self, key: str) -> None:
        """Until every node has the rule of this Service, which has no endpoints: one that refuses."""
        for node in self.cluster.rest.items("/api/v1/nodes"):
            name = node["metadata"]["name"]

            def has_rule(name: str = name) -> bool:
                return f'"{key}' in self.cluster.execute_on_node(name, ["iptables-save", "-t", "filter"]).stdout

            self.cluster.wait_until(f"kube-proxy on {name} to know the last Service", has_rule, timeout=60)

    def _compare(self, found: Found) -> None:
        """Ask all flows; those that differ are asked again, alone, until they agree or patience ends."""
        self._ask(found, found.flows)

        def agree() -> bool:
            differing = [one for one in found.flows if one.said]
            if differing:
                self._ask(found, differing, one_by_one=True)
            return not any(one.said for one in differing)

        # What still differs then stands in the flows.
        with suppress(WaitedTooLong):
            self.cluster.wait_until("kind to do as the model says", agree, timeout=PATIENCE)

    def _ask(self, found: Found, flows: list[Flow], *, one_by_one: bool = False) -> None:
        by_place: dict[Place, list[Flow]] = {}
        for flow in flows:
            by_place.setdefault(flow.place, []).append(flow)

        def ask_from(place: Place) -> list[list[Request]] | MachineError:
            try:
                return ask(self.cluster, place, [one.target for one in by_place[place]], one_by_one=one_by_one)
            except MachineError as problem:
                return problem  # a client that found no time on a busy machine: asked again

        with ThreadPoolExecutor(PLACES_AT_ONCE) as pool:
            asked = list(pool.map(ask_from, by_place))
        # The objects as they are after the answers: what changed meanwhile differs once, and agrees the next time.
        objects = read_objects(self.cluster)
        found.objects = [one for one in objects if not one["metadata"]["name"].startswith(f"{MARKER}-")]
        state = state_of(self.cluster, found.objects)
        pods = [one for one in found.objects if one["kind"] == "Pod"]
        for place, answers in zip(by_place, asked, strict=True):
            for index, flow in enumerate(by_place[place]):
                flow.asked += 1
                if isinstance(answers, MachineError):
                    flow.said = f"could not be asked: {answers}"
                else:
                    flow.requests = answers[index]
                    flow.said = difference(state, pods, place, flow.target, flow.requests)
