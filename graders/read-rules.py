"""The exercise read-rules: of the Service tickets only rules of a node are left; from them it is written anew.

What counts is what a node's rules are: any manifest that leads to the same ones passes. All values here are the
reference's.
"""

import re
from operator import eq

from lightkube.resources.core_v1 import Service

from servicelab.checks import Choice, Failure, Lab, check, control, predict, read_off, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, expect_pods_answer
from servicelab.checks.objects import name_of
from servicelab.checks.words import listed, port_words

FRONT = {"row": "front"}
URL, URL_FROM_AFAR = "http://tickets:80/hostname", "http://tickets.funfair:80/hostname"
TALK_BY_TCP, TALK = "http://tickets:90/hostname", "udp://tickets.funfair:90"
DNAT = re.compile(r"-A (KUBE-SEP-\w+) .*-j DNAT --to-destination (\S+)")


def nat_rules(lab: Lab) -> list[str]:
    """The rules in the table nat of the client's node, as `iptables-save` prints them."""
    client = lab.pod("client")
    node = str(client and client.spec and client.spec.nodeName)
    saved = lab.cluster.execute_on_node(node, ["iptables-save", "-t", "nat"]).stdout
    return [line for line in saved.splitlines() if line.startswith("-A ")]


def doors(lab: Lab, rules: list[str], service: str) -> dict[str, str]:
    """What leads to a Service's chains from its virtual IP: `web tcp 80` and the chain's name."""
    name = re.escape(f"{lab.real(None)}/{service}")
    door = re.compile(
        rf'-A KUBE-SERVICES -d \S+ -p (\w+) -m comment --comment "{name}:?([\w-]*) cluster IP" .*--dport (\d+) -j (\S+)'
    )
    found = [at for rule in rules if (at := door.match(rule))]
    return {f"{at[2] or 'no name'} {at[1]} {at[3]}": at[4] for at in found}


def drawn(rules: list[str], chain: str) -> list[tuple[str, str]]:
    """Of a Service's chain, from the top: the probability of each rule (empty: always) and where its DNAT leads."""
    targets = {at[1]: at[2] for rule in rules if (at := DNAT.match(rule))}
    found = [rule for rule in rules if rule.startswith(f"-A {chain} ") and "-j KUBE-SEP-" in rule]
    chances = [re.search(r"--probability (\S+)", rule) for rule in found]
    ends = [targets.get(rule.rpartition(" ")[2], "") for rule in found]
    return [(chance[1] if chance else "", end) for chance, end in zip(chances, ends, strict=True)]


def expect_door(lab: Lab, port_name: str, protocol: str, port: int | str, target: int | str) -> None:
    """On the client's node the Service's port leads, by lot, to just the Pods in front, at this port of theirs."""
    name = str(lab.value("service"))
    wanted_door = f"{port_name} {protocol} {port}"
    found_doors = dict[str, str]()
    found, wanted = set[str](), set[str]()

    def alike() -> bool:
        rules = nat_rules(lab)
        found_doors.clear()
        found_doors.update(doors(lab, rules, name))
        found.clear()
        found.update(end for _, end in drawn(rules, found_doors.get(wanted_door, "")))
        wanted.clear()
        wanted.update(f"{pod.status and pod.status.podIP}:{target}" for pod in lab.pods(FRONT))
        return found == wanted

    expected = f"In KUBE-SERVICES, {name} has a rule for {wanted_door}, which leads to {target} of each Pod in front."
    if lab.comes_true("the node's rules", alike):
        return
    seen = door_words(lab.expect_service(name), port_name, protocol.upper(), int(port), target)
    if wanted_door not in found_doors:
        raise Failure("rules-missing", expected, seen, name=name, found=listed(sorted(found_doors)) or "none")
    raise Failure("rules-lead-elsewhere", expected, seen, name=name, door=wanted_door, found=listed(sorted(found)))


def door_words(service: Service, name: str, protocol: str, port: int, target: int | str) -> str:
    """By which fields a Service has not the entry whose rules the extract shows: of the entry that is most like it."""
    spec = service.spec
    if spec and spec.clusterIP == "None":
        return "spec.clusterIP is None, and rules are made from a virtual IP."
    entries = [(one.name or "not there", one.protocol or "TCP", one.port) for one in (spec and spec.ports) or []]
    wanted = (name, protocol, port)
    alike = [sum(map(eq, entry, wanted)) for entry in entries]
    if max(alike, default=0) < 2:
        there = port_words([one[2] for one in entries])
        return f"The Service {name_of(service)} has no port {port} for {protocol}; it has {there}."
    number = alike.index(max(alike))
    place, fields = f"spec.ports[{number}]", zip(("name", "protocol", "port"), entries[number], wanted, strict=True)
    said = [
        f"{place}.{field} is {there}, but the extract has {asked}." for field, there, asked in fields if there != asked
    ]
    leads = ((spec and spec.ports) or [])[number].targetPort or port
    return " ".join(said) or f"{place}.targetPort is {leads}, but the DNAT in the extract is to {target}."


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach the Pods in front by their own addresses."""
    expect_pods_answer(lab, FRONT)


by_tcp = predict("by-tcp", CLIENT, TALK_BY_TCP, points=0.5)
far = predict("far", VISITOR, URL, points=0.5)


@check("The Service tickets selects the Pods in front, and no others", points=1)
def selects_the_front(lab: Lab) -> None:
    lab.expect_taken("There is a Service tickets.")
    lab.expect_endpoints(str(lab.value("service")), of=FRONT)


@check(
    "A node has the rules of the port web: TCP, 80, and DNAT to 8080 of both Pods", points=2, after=selects_the_front
)
def rules_of_web(lab: Lab) -> None:
    expect_door(lab, "web", "tcp", lab.value("port"), lab.value("targetPort"))


@check("It has those of the port talk: UDP, 90, and DNAT to 9191 of both Pods", points=2, after=selects_the_front)
def rules_of_talk(lab: Lab) -> None:
    expect_door(lab, "talk", "udp", lab.value("talkPort"), lab.value("talkTarget"))


@check("No rule of a node port leads to it", points=1, after=(rules_of_web, rules_of_talk))
def no_node_port(lab: Lab) -> None:
    name = str(lab.value("service"))
    mark = f'"{lab.real(None)}/{name}:'
    found = [rule for rule in nat_rules(lab) if rule.startswith("-A KUBE-NODEPORTS ") and mark in rule]
    if found:
        ports = listed(sorted({at[1] for rule in found if (at := re.search(r"--dport (\d+)", rule))}))
        raise Failure("rules-of-node-port", f"{name} has no rules in KUBE-NODEPORTS.", name=name, ports=ports)


@check("Clients in both namespaces are answered", points=1, after=(rules_of_web, rules_of_talk))
def answers(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=FRONT)
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=FRONT)
    lab.expect_answer(VISITOR, lab.rendered(TALK))


CHANCES = {1.0: "always", 0.5: "half", 0.333: "third", 0.25: "quarter"}


def first_chance(lab: Lab) -> str | None:
    """With which probability the first rule in the chain of lottery fits; None while it has not a rule for each Pod."""
    rules = nat_rules(lab)
    pods = sum(len(one.endpoints or []) for one in lab.slices("lottery"))
    for chain in doors(lab, rules, "lottery").values():
        chances = [float(chance or 1) for chance, _ in drawn(rules, chain)]
        if len(chances) == pods:
            return CHANCES[round(chances[0], 3)]
    return None


def lottery(**selector: str) -> str:
    """A colleague's Service that leads to all Pods with these labels."""
    ports = [{"port": 80, "targetPort": 8080}]
    return colleagues_service("lottery", "funfair", selector=selector, ports=ports)


first_rule = read_off(
    "first-rule",
    "You know with which probability a node's first rule draws a Pod",
    "Beside yours a colleague makes this one. (Look whom its selector finds.) In its chain `KUBE-SVC-…` on a node, "
    "with which probability does the first of the rules fit that lead to a chain `KUBE-SEP-…`?",
    first_chance,
    choices=(
        Choice("always", "always: the rule says nothing of a probability", cause="explain-probability"),
        Choice("half", "0.5", cause="explain-probability"),
        Choice("third", "0.333", cause="explain-probability"),
        Choice("quarter", "0.25", cause="explain-probability"),
    ),
    given=(lottery(app="tickets"), lottery(row="front"), lottery(row="back"), lottery(team="fair")),
    points=1,
    after=(rules_of_web, rules_of_talk),
)

UDP = {"selector": FRONT, "ports": [{"port": 80, "targetPort": 9191, "protocol": "UDP"}]}

changed = transfer(
    "changed",
    "You can tell from a Service which rules a packet meets, and how it ends",
    f"Somebody else makes this one. `{CLIENT}` asks `http://raffle:80/hostname`. How does it end?",
    CLIENT,
    "http://raffle:80/hostname",
    given=(
        colleagues_service("raffle", "funfair", **UDP),
        colleagues_service("raffle", "funfair", app="tickets", port=80, target=8080),
        colleagues_service("raffle", "funfair", app="nobody", port=80, target=8080),
        colleagues_service("raffle", "visitors", app="nobody", port=80, target=8080),
    ),
    points=1,
    after=(rules_of_web, rules_of_talk),
)
