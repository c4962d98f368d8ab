"""The exercise repair-headless: the members of pilot have no names, and are asked at a port that nobody translates.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from collections.abc import Mapping

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.dns import addresses
from servicelab.checks.evidence import addressed, selecting, virtual
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer
from servicelab.checks.repairs import expect_ready
from servicelab.checks.words import listed

OWNER, MEMBERS = "pilot", ("pilot-0", "pilot-1")
MEMBER_LABEL = "statefulset.kubernetes.io/pod-name"
ROSTER = "roster"
URL_OF_ROSTER = "http://roster:80/hostname"


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has programs that answer, at the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))


now = predict("now", CLIENT, URL_OF_ROSTER, points=1)


def expect_name_of(lab: Lab, name: str, labels: Mapping[str, str]) -> None:
    """The DNS answers for a name of the first namespace with the addresses of all Pods with these labels, no other."""
    found, pods = list[str](), list[str]()

    def alike() -> bool:
        pods[:] = sorted(str(pod.status and pod.status.podIP) for pod in lab.pods(labels))
        found[:] = addresses(lab, f"{name}.{lab.real(None)}.svc.cluster.local")
        return found == pods

    if not lab.comes_true(f"the DNS's answer for {name}", alike):
        facts = {"name": name, "found": listed(found) or "nothing", "pods": listed(pods)}
        expected = f"The DNS answers for {name} with the addresses of its Pods."
        service = lab.expect_service(name.rpartition(".")[2])  # behind a member's own name
        seen = virtual(service) or f"{selecting(lab, service, app_label(lab))} {addressed(service)}".strip()
        raise Failure("name-not-of-pods", expected, seen, **facts)


@check("The names crew, pilot-0.crew and pilot-1.crew lead to the Pods' own addresses", points=2.5)
def name_leads_to_members(lab: Lab) -> None:
    name = str(lab.value("service"))
    lab.expect_taken(f"The name {name} leads to the Pods of the StatefulSet {OWNER}.")
    expect_ready(lab, ROSTER, OWNER, "StatefulSet")
    lab.expect_service(name)
    expect_name_of(lab, name, app_label(lab))
    for member in MEMBERS:
        expect_name_of(lab, f"{member}.{name}", {MEMBER_LABEL: member})


def expect_each_member(lab: Lab, source: str, service: str) -> None:
    """Each of two members answers a caller at its own name and the port that callers use."""
    for member in MEMBERS:
        url = lab.rendered(f"http://{member}.{service}:80/hostname")
        lab.expect_answer(source, url, by={MEMBER_LABEL: member}, cause="port-not-translated")


@check("A client inside is answered by each of pilot-0.crew and pilot-1.crew, at port 80", points=2,
       after=name_leads_to_members)  # fmt: skip
def answers_by_name(lab: Lab) -> None:
    expect_each_member(lab, CLIENT, "crew")


@check("So is a client in another namespace, at pilot-0.crew.airport and pilot-1.crew.airport", points=1.5,
       after=answers_by_name)  # fmt: skip
def answers_from_afar(lab: Lab) -> None:
    expect_each_member(lab, VISITOR, "crew.airport")


@check("The name roster still leads to the Pods", points=1, after=name_leads_to_members)
def roster_stays(lab: Lab) -> None:
    expect_name_of(lab, ROSTER, app_label(lab))


why_answered = explain(
    "why-answered",
    "You know what decides at which port a name without a virtual IP is answered",
    f"After your repair, `{CLIENT}` asks `{URL_OF_ROSTER}` and is answered. Which object and field decide that it "
    "is at this port?",
    CLIENT,
    URL_OF_ROSTER,
    choices=(
        Choice(
            "program",
            "the Pod whose address the name gave, `containers[0].args`: its program listens there",
            "Pod airport/pilot-",
        ),
        Choice(
            "entry",
            "Service `roster`, `spec.ports[0].port`: the node's rules take the packet there and pass it on",
            cause="explain-rules-of-headless",
        ),
        Choice(
            "the-dns",
            "the DNS: with the name it gave the port that the Service has",
            cause="explain-dns-knows-ports",
        ),
        Choice(
            "slice",
            "EndpointSlice of `roster`, `ports`: it says at which port its endpoints are reached",
            cause="explain-slice-carries",
        ),
    ),
    points=1,
    after=(answers_by_name, roster_stays),
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://standby:8080/hostname`. How does it end?",
    CLIENT,
    "http://standby:8080/hostname",
    given=(
        colleagues_service("standby", "airport", clusterIP="None", app="crew", port=8080, target=80),
        colleagues_service("standby", "airport", app="crew", port=8080, target=80),
        colleagues_service("standby", "airport", clusterIP="None", app="pilot", port=8080, target=80),
        colleagues_service("standby", "airport", app="pilot", port=8080, target=80),
    ),
    points=1,
    after=answers_by_name,
)
