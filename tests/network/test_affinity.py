"""How long a client is remembered, as kind did it (flows/affinity_over_time.json) and as the model does."""

import json
from itertools import pairwise
from pathlib import Path
from random import Random

from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import route
from servicelab.network.state import ClusterState

RECORD = json.loads((Path(__file__).parent / "flows" / "affinity_over_time.json").read_text())
STATE = ClusterState.from_objects(RECORD["objects"])
SPACE = "flow-affinity-over-time"
REQUESTS = [(one["seconds"], one["by"]) for one in RECORD["requests"]]
LIMIT = STATE.services[SPACE, "web"].affinity_seconds


class Memory:
    """Remembers with the time, which the test moves."""

    def __init__(self):
        self.now, self.kept = 0.0, {}

    def recall(self, key, seconds):
        address, when = self.kept.get(key, (None, 0.0))
        return address if self.now - when <= seconds else None

    def keep(self, key, address):
        self.kept[key] = address, self.now


def kept_and_changed(requests):
    """Whether a Pod stays, within the timeout and after it."""
    pairs = list(pairwise(requests))
    within = [before == by for (_, before), (waited, by) in pairs if waited < LIMIT]
    after = [before == by for (_, before), (waited, by) in pairs if waited > LIMIT]
    return within, after


def model():
    memory, randomness = Memory(), Random(3)
    target = parse_target(f"http://{STATE.services[SPACE, 'web'].cluster_ips[0]}/")
    for waited, _ in REQUESTS:
        memory.now += waited
        path = route(STATE, parse_place(f"pod/{SPACE}/c1"), target, randomness.choice, memory)
        yield waited, path.verdict.by


def test_on_kind_each_request_begins_the_timeout_anew_and_after_it_chance_chooses():
    within, after = kept_and_changed(REQUESTS)
    assert all(within)
    assert sum(waited for waited, _ in REQUESTS if 0 < waited < LIMIT) > LIMIT
    assert not all(after)


def test_the_model_does_the_same():
    within, after = kept_and_changed(list(model()))
    assert all(within)
    assert not all(after)
    assert {by for _, by in model()} == {by for _, by in REQUESTS}
