"""Looks at random states on kind, on the model and on the embedded cluster, batch by batch."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from servicelab.cluster.kind_cluster import KindCluster
from tests.network.differential.batch import Found, Standing
from tests.network.differential.embedded import OnEmbedded, Side, flow_differs, objects_differ
from tests.network.flows.states_random import STATES_OF_A_WORLD, random_state


@dataclass
class Tally:
    """What was compared, and every difference in one line, with the seed that makes it again."""

    states: int = 0
    flows: int = 0
    requests: int = 0
    asked_again: int = 0
    """Flows that differed at first, because something had not come to rest, and no longer did."""
    on_embedded: int = 0
    """States made on the embedded cluster, too."""
    outcomes: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def add(self, found: Found) -> None:
        """Take in what one look at some states found."""
        self.states += len(found.names)
        for flow in found.flows:
            self.flows += 1
            self.requests += len(flow.requests)
            for outcome in {str(one.outcome) for one in flow.requests}:
                self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
            if flow.said:
                self.differences.append(f"seed {flow.seed}: {flow.text}: {flow.said}")
            elif flow.asked > 1:
                self.asked_again += 1


def look(standing: Standing, seeds: Iterable[int], tally: Tally) -> None:
    """Compare the states of these seeds, one of each world that stands."""
    found = standing.look(seeds)
    tally.add(found)
    for seed, names in found.names.items():
        kind, embedded = Side(names, found.objects), OnEmbedded(random_state(seed))
        tally.on_embedded += 1
        tally.differences += [f"seed {seed} on embedded: {one}" for one in objects_differ(kind, embedded)]
        for flow in found.flows:
            if flow.seed == seed and not flow.said and (said := flow_differs(kind, embedded, flow.text, flow.requests)):
                tally.differences.append(f"seed {seed} on embedded: {said}")


def look_at_worlds(cluster: KindCluster, numbers: Iterable[int], tally: Tally) -> None:
    """Compare all states of these worlds."""
    numbers = list(numbers)
    with Standing(cluster, numbers) as standing:
        for state in range(STATES_OF_A_WORLD):
            look(standing, [number * STATES_OF_A_WORLD + state for number in numbers], tally)
