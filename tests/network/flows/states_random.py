"""States made by chance, from kept seeds: Pods, Services and policies that nobody thought of together."""

from random import Random

from tests.network.flows.states import OTHER, Json, State, client, each, pod, service
from tests.network.flows.states_policy import block, policy

SEEDS = (*range(1, 14), 15, 16, 19, 20, 21)
"""Not 14: its load balancer had an address used shortly before, and a node's stale ARP entry led to a refusal."""
SOURCES = ("pod/c1", "pod/c2", "pod/other/far", "node/1", "node/2", "outside")
LABELS = ({"app": "web"}, {"app": "web", "tier": "gold"}, {"app": "api"}, {"app": "api", "tier": "gold"})
SELECTORS = ({"app": "web"}, {"app": "api"}, {"tier": "gold"}, {"app": "nobody"})
BLOCKS = (
    "10.244.0.0/16",
    "10.244.1.0/24",
    "10.244.2.0/24",
    "172.18.0.0/16",
    "{outside}/32",
    "{node:1}/32",
    "0.0.0.0/0",
)


def _pods(chance: Random) -> tuple[list[Json], tuple[str, ...]]:
    names = ["a", "b", "c", "d"][: chance.randint(2, 4)]
    waiting = tuple(name for name in names if chance.random() < 0.2)
    pods = [pod(one, chance.choice((1, 2)), labels=chance.choice(LABELS), ready=one not in waiting) for one in names]
    return pods, waiting


def _service(chance: Random, name: str) -> Json:
    spec: Json = {
        "type": chance.choice(("ClusterIP", "NodePort", "LoadBalancer")),
        "selector": chance.choice(SELECTORS),
    }
    if chance.random() < 0.3:
        spec["internalTrafficPolicy"] = "Local"
    if chance.random() < 0.2:
        spec["trafficDistribution"] = "PreferSameNode"
    if chance.random() < 0.1:
        spec["publishNotReadyAddresses"] = True
    if spec["type"] != "ClusterIP" and chance.random() < 0.4:
        spec["externalTrafficPolicy"] = "Local"
    if spec["type"] == "LoadBalancer" and chance.random() < 0.3:
        spec["loadBalancerSourceRanges"] = chance.sample(BLOCKS[:5], 2)
    target = chance.choice(("8080", "8080", "8080", "9999"))
    return service(name, f"80:{target}", **spec)


def _rule(chance: Random, key: str) -> Json:
    rule: Json = {}
    if chance.random() < 0.85:
        rule[key] = [_peer(chance) for _ in range(chance.randint(1, 2))]
    if chance.random() < 0.4:
        rule["ports"] = [{"protocol": "TCP", "port": chance.choice((80, 8080, 8080))}]
        if chance.random() < 0.3:
            rule["ports"][0]["endPort"] = 9000
    return rule


def _peer(chance: Random) -> Json:
    match chance.randrange(4):
        case 0:
            return {"podSelector": {"matchLabels": chance.choice((*LABELS, {"app": "client"}))}}
        case 1:
            return {"namespaceSelector": {"matchLabels": {"team": chance.choice(("home", "far"))}}}
        case 2:
            spaces = {"matchLabels": {"team": chance.choice(("home", "far"))}}
            return {"namespaceSelector": spaces, "podSelector": {"matchLabels": {"app": "client"}}}
    wide = chance.choice(BLOCKS)
    return (
        block(wide, "10.244.1.0/25")
        if wide in ("10.244.0.0/16", "0.0.0.0/0") and chance.random() < 0.5
        else block(wide)
    )


def _policy(chance: Random, name: str) -> Json:
    selects = {"matchLabels": chance.choice(({"app": "web"}, {"app": "api"}, {"app": "client"}, {"tier": "gold"}))}
    ingress = [_rule(chance, "from") for _ in range(chance.randint(0, 2))] if chance.random() < 0.8 else None
    egress = (
        [_rule(chance, "to") for _ in range(chance.randint(0, 2))] if ingress is None or chance.random() < 0.3 else None
    )
    return policy(name, selects if chance.random() < 0.85 else {}, ingress, egress)


def random_state(seed: int) -> State:
    """The state of a seed: always the same one."""
    chance = Random(seed)
    pods, waiting = _pods(chance)
    services = [_service(chance, name) for name in ("one", "two", "three")[: chance.randint(2, 3)]]
    policies = [_policy(chance, f"p{number}") for number in range(chance.choice((0, 1, 1, 2, 3)))]
    clients = [client("c1", 1), client("c2", 2), client("far", chance.choice((1, 2)), OTHER)]
    targets = [f"http://{{{one['metadata']['name']}}}:8080" for one in pods]
    for one in services:
        name, type_ = one["metadata"]["name"], one["spec"]["type"]
        targets.append(f"http://{{svc:{name}}}")
        if type_ != "ClusterIP":
            targets += [f"http://{{node:{index}}}:{{port:{name}/0}}" for index in (1, 2)]
        if type_ == "LoadBalancer":
            targets.append(f"http://{{lb:{name}}}")
    every = [
        flow for flow in each(" ".join(SOURCES), " ".join(targets)) if not flow.startswith("outside -> http://{a}")
    ]
    flows = chance.sample(every, min(18, len(every)))
    about = f"made by chance from the seed {seed}"
    return State(f"random-{seed}", about, [*pods, *clients, *services, *policies], flows, waiting, mixed=bool(policies))


STATES = [random_state(seed) for seed in SEEDS]
