"""States made by chance: Pods, Services and policies that nobody thought of together. A seed always makes the same one.

Some neighbouring seeds have their Pods in common (a world), since Pods take longest to start. The ports and addresses
that a cluster has only once (hostPorts, ports on the nodes' network, external IPs) come from the numbers, so that
neighbours can stand in one cluster at the same time.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.network.flows.states import OTHER, Json, State, client, no_selector, pod, service
from tests.network.flows.states_policy import block, policy

SEEDS: tuple[int, ...] = ()
"""Those kept in the corpus. (What `random-…` there was made of is no longer made; it stays as it was recorded.)"""
FLOWS = 10
ROOM = 16
"""Port numbers for one world."""
STATES_OF_A_WORLD = 10
LABELS = ({"app": "web"}, {"app": "web", "tier": "gold"}, {"app": "api"}, {"app": "api", "tier": "gold"})
NOBODY = {"app": "nobody"}
SELECTORS = ({"app": "web"}, {"app": "web"}, {"app": "api"}, {"tier": "gold"}, NOBODY)
CLIENTS = {"app": "client"}
EVERYWHERE = "0.0.0.0/0"
BLOCKS = ("10.244.0.0/16", "{range:1}", "{range:2}", "172.18.0.0/16", "{outside}/32", "{node:1}/32", EVERYWHERE)
EXCEPTIONS = {"10.244.0.0/16": ("{range:1}", "{c1}/32"), EVERYWHERE: ("{outside}/32", "{range:2}", "{a}/32")}
TARGET_PORTS = ("8080", "8080", "http", "9090", "9999", "")
UDP_PORTS = ("8081", "8081", "datagrams", "9999")


@dataclass
class World:
    """The Pods of some states, and what flows may be aimed at there."""

    number: int
    objects: list[Json] = field(default_factory=list)
    never_ready: list[str] = field(default_factory=list)
    dialers: set[str] = field(default_factory=set)
    """Pods of the state's first namespace that can send datagrams: netexec, on the port that clients have."""
    targets: dict[str, list[str]] = field(default_factory=dict)
    """By kind of target, so that flows ask each kind about as often."""

    def aim(self, kind: str, *targets: str) -> None:
        self.targets.setdefault(kind, []).extend(targets)


class Chance:
    """What is drawn, in the words of the drawing."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def happens(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))


class MakingPods(Chance):
    """The Pods of a world being drawn."""

    def __init__(self, draw: st.DrawFn, world: World) -> None:
        super().__init__(draw)
        self.world = world
        self.port = 20_000 + ROOM * (world.number % 500)

    def own_port(self) -> int:
        self.port += 1
        return self.port

    def pod(self, name: str, space: str = "") -> Json:
        """A server somewhere, with some program, perhaps never ready."""
        labels, on = self.one_of(*LABELS), self.one_of(1, 2)
        ready = not self.happens(15)
        if not ready and not space:
            self.world.never_ready.append(name)
        ready = ready or bool(space)
        match self.one_of(
            "usual", "usual", "usual", "other port", "loopback", "hostname", "silent", "host", "hostPort"
        ):
            case "other port":
                args, ports = "netexec --http-port=9090 --udp-port=8081", _ports(9090)
            case "loopback":
                args, ports = "netexec --http-port=8080 --udp-listen-addresses=127.0.0.1", _ports(8080)
                self.world.aim("direct", f"udp://{{{name}}}:8081") if not space else None
            case "hostname":
                args, ports = "serve-hostname --port=8080", _ports(8080)
            case "silent":
                args, ports = "pause", []
            case "host" if not space:
                number = self.own_port()
                self.world.aim("host", f"http://{{node:{on}}}:{number}", f"http://{{node:{3 - on}}}:{number}")
                args = f"netexec --http-port={number} --udp-port={self.own_port()}"
                ports = [{"name": "http", "containerPort": number}]
                return pod(name, on, args, labels, ready, ports=ports, hostNetwork=True)
            case "hostPort" if not space:
                args, ports = "netexec --http-port=8080 --udp-port=8081", _ports(8080)
                number = ports[0]["hostPort"] = self.own_port()
                self.world.aim("host", *(f"http://{{node:{one}}}:{number}" for one in (on, on, 3 - on)))
                self.world.aim("host", f"http://127.0.0.1:{number}")
            case _:
                args, ports = "netexec --http-port=8080 --udp-port=8081", _ports(8080)
        if not space:
            if args.startswith("netexec --http-port=8080"):
                self.world.dialers.add(name)
            self.world.aim("direct", f"http://{{{name}}}:8080", f"http://{{{name}}}:9090", f"udp://{{{name}}}:8081")
            self.world.aim("direct", f"http://{{{name}}}:8080", f"ping://{{{name}}}")
        return pod(name, on, args, labels, ready, space, ports=ports)

    def deployment(self, name: str) -> Json:
        """Some equal Pods on one node."""
        labels = {**self.one_of(*LABELS), "from": name}
        template = pod("", self.one_of(1, 2), labels=labels, ports=_ports(8080))
        del template["apiVersion"], template["kind"], template["metadata"]["name"], template["metadata"]["namespace"]
        replicas = self.one_of(1, 2, 3)
        self.world.aim("direct", f"http://{{{name}/0}}:8080")
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": ""},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"from": name}}, "template": template},
        }


class MakingRest(Chance):
    """The Services, policies and flows of a state being drawn, for the Pods of its world."""

    def __init__(self, draw: st.DrawFn, world: World, seed: int) -> None:
        super().__init__(draw)
        self.dialers = world.dialers
        self.targets = {kind: list(some) for kind, some in world.targets.items()}
        self.external = f"172.18.253.{seed % 250 + 1}"
        self.claimed = False

    def aim(self, kind: str, *targets: str) -> None:
        self.targets.setdefault(kind, []).extend(targets)

    def service(self, name: str) -> list[Json]:
        """A Service of any sort; with hand-written endpoints where it selects nothing."""
        match self.one_of(
            "ClusterIP", "ClusterIP", "NodePort", "NodePort", "LoadBalancer", "None", "ExternalName", "by hand"
        ):
            case "ExternalName":
                to = self.one_of("one.{ns}", "{ns}-other", "one.{ns}-other", "two.{ns}")
                self.aim_at_names(name, [80])
                return [no_selector(name, type="ExternalName", externalName=f"{to}.svc.cluster.local")]
            case "None":
                return [self.headless(name)]
            case "by hand":
                return self.by_hand(name)
            case type_:
                return [self.balanced(name, type_)]

    def headless(self, name: str) -> Json:
        spec: Json = {"clusterIP": "None", "selector": self.one_of(*SELECTORS)}
        if self.happens(30):
            spec["publishNotReadyAddresses"] = True
        self.aim_at_names(name, [8080, 80])
        self.aim("name", f"http://{name}:8080", f"ping://{name}")
        return service(name, self.one_of("80:8080", "8080", "80:http"), **spec)

    def by_hand(self, name: str) -> list[Json]:
        """A Service without a selector and its EndpointSlice, to Pods or to an address that nobody has."""
        one = no_selector(name, "80:8080")
        addresses = [self.one_of("a", "b", "c1", "nobody:1") for _ in range(self.one_of(0, 1, 2))]
        endpoints: list[Json] = [{"addresses": [f"{{{address}}}"]} for address in dict.fromkeys(addresses)]
        for endpoint in endpoints:
            if self.happens(30):
                endpoint["conditions"] = {"ready": self.happens(50)}
        slice_ = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-by-hand", "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "ports": [{"port": self.one_of(8080, 8080, 9090), "protocol": "TCP"}],
            "endpoints": endpoints,
        }
        self.aim_at_names(name, [80, 8080])
        self.aim("virtual", f"http://{{svc:{name}}}")
        return [one, slice_]

    def balanced(self, name: str, type_: str) -> Json:
        """A Service with a virtual IP, and perhaps more addresses."""
        spec: Json = {"type": type_, "selector": self.one_of(*SELECTORS)}
        ports = [f"web=80:{self.one_of(*TARGET_PORTS)}".removesuffix(":")]
        if self.happens(40):
            ports.append(f"more=81:{self.one_of(*TARGET_PORTS)}".removesuffix(":"))
        if self.happens(50):
            ports.append(f"udp={self.one_of(80, 82)}:{self.one_of(*UDP_PORTS)}/UDP")
        numbers = [80, 81, 8080]
        if self.happens(25):
            spec["internalTrafficPolicy"] = "Local"
        if self.happens(20):
            spec["sessionAffinity"] = "ClientIP"
        if self.happens(15):
            spec["trafficDistribution"] = self.one_of("PreferSameNode", "PreferClose")
        if self.happens(15):
            spec["publishNotReadyAddresses"] = True
        # Which of two Services with endpoints kube-proxy serves at one address is chance.
        has_external = self.happens(15) and not (self.claimed and spec["selector"] != NOBODY)
        if has_external:
            spec["externalIPs"] = [self.external]
            self.claimed |= spec["selector"] != NOBODY
            self.aim("external", f"http://{self.external}", f"http://{self.external}:81")
        if (type_ != "ClusterIP" or has_external) and self.happens(35):
            spec["externalTrafficPolicy"] = "Local"
        if type_ == "LoadBalancer":
            if self.happens(30):
                spec["loadBalancerSourceRanges"] = list(dict.fromkeys(self.one_of(*BLOCKS[:6]) for _ in range(2)))
            self.aim("balanced", f"http://{{lb:{name}}}", f"http://{{lb:{name}}}", f"http://{{lb:{name}}}:81")
            self.aim("balanced", f"udp://{{lb:{name}}}:80", f"http://{{lb:{name}}}:8080")
        if type_ == "LoadBalancer" and self.happens(15):
            spec["allocateLoadBalancerNodePorts"] = False
        elif type_ != "ClusterIP":
            for index in range(len(ports)):
                at = [f"{{node:{one}}}:{{port:{name}/{index}}}" for one in (0, 1, 2)]
                self.aim("node port", *(f"http://{one}" for one in at))
                if "UDP" in ports[index]:
                    self.aim("node port", f"udp://{at[1]}", f"udp://{at[2]}")
            self.aim("loopback", f"http://127.0.0.1:{{port:{name}/0}}", f"http://{{gateway:1}}:{{port:{name}/0}}")
        self.aim_at_names(name, numbers)
        self.aim("virtual", *(f"http://{{svc:{name}}}:{number}" for number in numbers), f"ping://{{svc:{name}}}")
        self.aim("virtual", f"http://{{svc:{name}}}", f"udp://{{svc:{name}}}:80", f"udp://{{svc:{name}}}:82")
        return service(name, *ports, **spec)

    def aim_at_names(self, name: str, ports: list[int]) -> None:
        for form in (name, f"{name}.{{ns}}", f"{name}.{{ns}}.svc.cluster.local"):
            self.aim("name", *(f"http://{form}:{port}" for port in ports))

    def policy(self, name: str) -> Json:
        selects = self.one_of({"app": "web"}, {"app": "api"}, CLIENTS, {"tier": "gold"}, None)
        ingress = [self.rule("from") for _ in range(self.one_of(0, 1, 2))] if self.happens(75) else None
        egress = [self.rule("to") for _ in range(self.one_of(0, 1, 2))] if ingress is None or self.happens(25) else None
        space = OTHER if self.happens(10) else ""
        return policy(name, {"matchLabels": selects} if selects else {}, ingress, egress, space)

    def rule(self, key: str) -> Json:
        rule: Json = {}
        if self.happens(80):
            rule[key] = [self.peer() for _ in range(self.one_of(1, 2))]
        if self.happens(45):
            rule["ports"] = [self.port_of_rule() for _ in range(self.one_of(1, 1, 2))]
        return rule

    def port_of_rule(self) -> Json:
        match self.one_of("number", "number", "name", "range", "protocol", "udp"):
            case "number":
                return {"protocol": "TCP", "port": self.one_of(80, 8080, 9090)}
            case "name":
                return self.one_of({"protocol": "TCP", "port": "http"}, {"protocol": "UDP", "port": "datagrams"})
            case "range":
                first, last = self.one_of((1, 8079), (8000, 9000), (9090, 30000), (8080, 8080))
                return {"protocol": "TCP", "port": first, "endPort": last}
            case "udp":
                return {"protocol": "UDP", "port": self.one_of(53, 8081)}
        return {"protocol": self.one_of("TCP", "UDP")}

    def peer(self) -> Json:
        match self.one_of("pods", "spaces", "both", "block", "block"):
            case "pods":
                return {"podSelector": self.one_of({}, *({"matchLabels": one} for one in (*LABELS, CLIENTS)))}
            case "spaces":
                return {"namespaceSelector": self.one_of({}, *_TEAMS)}
            case "both":
                return {"namespaceSelector": self.one_of(*_TEAMS), "podSelector": {"matchLabels": CLIENTS}}
        wide = self.one_of(*BLOCKS)
        return block(wide, self.one_of(*EXCEPTIONS[wide])) if wide in EXCEPTIONS and self.happens(50) else block(wide)

    def flow(self) -> str:
        """From somewhere to something that is there, or nearly."""
        source = self.one_of(
            *["pod/c1"] * 4, "pod/other/far", "pod/a", "pod/b", "node/0", "node/1", "node/1", "node/2", *["outside"] * 2
        )
        target = self.one_of(*self.targets[self.one_of(*sorted(self.targets))])
        scheme = target.partition(":")[0]
        server = source.removeprefix("pod/")
        if scheme == "ping" and source.startswith("node/"):
            return f"pod/c1 -> {target}"
        if source == "outside" and "127.0.0.1" in target:
            return f"node/1 -> {target}"
        # Datagrams are sent by netexec's /dial, on the port that clients have; pings by the image's ping.
        if scheme == "udp" and server in ("a", "b") and server not in self.dialers:
            return f"pod/c1 -> {target}"
        return f"{source} -> {target}"


_TEAMS = tuple({"matchLabels": {"team": team}} for team in ("home", "far"))


def _ports(http: int) -> list[Json]:
    return [
        {"name": "http", "containerPort": http},
        {"name": "datagrams", "containerPort": 8081, "protocol": "UDP"},
    ]


@st.composite
def worlds(draw: st.DrawFn, number: int) -> World:
    """Any Pods."""
    world = World(number)
    make = MakingPods(draw, world)
    world.objects += [make.pod(name) for name in ("a", "b", "c", "d")[: make.one_of(2, 3, 4)]]
    if make.happens(35):
        world.objects.append(make.deployment("e"))
    if make.happens(25):
        world.objects.append(make.pod("z", OTHER))
    world.objects += [client("c1", make.one_of(1, 2)), client("far", make.one_of(1, 2), OTHER)]
    return world


@st.composite
def states(draw: st.DrawFn, world: World, seed: int) -> State:
    """Any Services, policies and flows for a world's Pods."""
    make = MakingRest(draw, world, seed)
    objects = list(world.objects)
    for name in ("one", "two", "three", "four")[: make.one_of(2, 3, 4)]:
        objects += make.service(name)
    policies = [make.policy(f"p{number}") for number in range(make.one_of(0, 0, 1, 1, 2, 3))]
    flows = list(dict.fromkeys(make.flow() for _ in range(3 * FLOWS)))[:FLOWS]
    about = f"made by chance from the seed {seed}"
    return State(f"chance-{seed}", about, [*objects, *policies], flows, tuple(world.never_ready), mixed=bool(policies))


T = TypeVar("T")


def drawn(strategy: st.SearchStrategy[T], seed: int) -> T:
    """What Hypothesis draws for a seed: always the same."""
    found: list[T] = []

    # Hypothesis begins with the simplest example, which all seeds have in common: the second one is the seed's own.
    @seeded(seed)
    @settings(
        max_examples=2, database=None, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def collect(one: T) -> None:
        found.append(one)

    collect()
    return found[-1]


@cache
def world_of(number: int) -> World:
    """The Pods that STATES_OF_A_WORLD neighbouring seeds have in common."""
    return drawn(worlds(number), number)


def random_state(seed: int) -> State:
    """The state of a seed: always the same one."""
    return drawn(states(world_of(seed // STATES_OF_A_WORLD), seed), seed)


STATES = [random_state(seed) for seed in SEEDS]
