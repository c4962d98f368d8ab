"""The exercise headless: the Service choir in the namespace opera, by whose name callers find each of two Pods.

What counts is what the DNS says and who answers: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.dns import dig
from servicelab.checks.evidence import virtual
from servicelab.checks.given import CLIENT, VISITOR, expect_pods_answer
from servicelab.checks.words import listed

SINGERS = {"app": "singer"}
VOICES = ("alto", "tenor")
URL_WITH_80, URL_OF_ONE = "http://choir:80/hostname", "http://alto.choir:8080/hostname"


def records(lab: Lab, name: str, type: str, wanted: set[str]) -> set[str]:
    """What the cluster's DNS answers in the end to a Pod in the first namespace that asks for this name there.

    Of a SRV record its port and host: priority and weight say nothing that a manifest decides.
    """
    found = set[str]()

    def as_wanted() -> bool:
        found.clear()
        lines = dig(lab, f"{name}.{lab.real(None)}.svc.cluster.local", type)
        found.update(line.split(" ", 2)[-1] for line in lines)
        return found == wanted

    lab.comes_true(f"the DNS's answer for {name}", as_wanted)
    return found


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach a Pod by its own address."""
    expect_pods_answer(lab, SINGERS)


with_80 = predict("with-80", CLIENT, URL_WITH_80, points=0.5)
from_afar = predict("from-afar", VISITOR, URL_OF_ONE, points=0.5)


@check("There is a Service choir in the namespace opera", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("choir"))


@check("Both singers stand ready behind it, and no others", points=1, after=service_exists)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("choir"), of=SINGERS)


@check("The name choir leads to the Pods' own addresses, and to no other", points=2, after=selects_the_pods)
def name_lists_the_pods(lab: Lab) -> None:
    name = lab.rendered("choir")
    pods = {str(pod.status and pod.status.podIP) for pod in lab.pods(SINGERS)}
    found = records(lab, name, "A", pods)
    if found != pods:
        facts = {"name": name, "found": listed(sorted(found)) or "nothing", "pods": listed(sorted(pods))}
        raise Failure(
            "name-not-of-pods",
            f"The DNS answers for {name} with the addresses of both Pods.",
            virtual(lab.expect_service(name)),
            **facts,
        )


@check("alto.choir and tenor.choir each reach the Pod of that name", points=1, after=selects_the_pods)
def each_by_its_name(lab: Lab) -> None:
    for voice in VOICES:
        for source, host in ((CLIENT, f"{voice}.choir"), (VISITOR, f"{voice}.choir.opera")):
            lab.expect_answer(source, lab.rendered(f"http://{host}:8080/hostname"), by={"voice": voice})


@check("The SRV record of the port song names both Pods, each with port 8080", points=2, after=name_lists_the_pods)
def srv_record(lab: Lab) -> None:
    name, port_name, asked = lab.rendered("choir"), lab.value("portName"), lab.value("targetPort")
    hosts = {f"{voice}.{name}.{lab.real(None)}.svc.cluster.local." for voice in VOICES}
    wanted = {f"{asked} {host}" for host in hosts}
    found = records(lab, f"_{port_name}._tcp.{name}", "SRV", wanted)
    expected = f"The SRV record of {name} for {port_name} over TCP names both Pods and port {asked}."
    if not found:
        service = lab.expect_service(name)
        ports = (service.spec and service.spec.ports) or []
        entries = listed([f"{port.name or 'no name'} ({port.protocol})" for port in ports]) or "none"
        first = f"[0].name is {ports[0].name or 'not there'}" if ports else " is not there"
        seen = f"spec.ports{first}, but the record asked for has name {port_name}, protocol TCP and port {asked}."
        raise Failure("srv-missing", expected, seen, name=name, port_name=port_name, entries=entries)
    if found != wanted:
        numbers = listed(sorted({line.split()[0] for line in found}))
        raise Failure("srv-other-port", expected, name=name, port_name=port_name, ports=numbers)


who_refused = explain(
    "who-refused",
    "You know who refuses a wrong port behind a headless Service",
    f"`{CLIENT}` asks `{URL_WITH_80}` and is refused. Who refuses?",
    CLIENT,
    URL_WITH_80,
    choices=(
        Choice(
            "the-pod",
            "the Pod whose address the name gave: none of the programs in its `spec.containers` listens there",
            "Pod opera/",
        ),
        Choice(
            "the-rules",
            "the node's rules for the Service `choir`: its `spec.ports` has no entry with this port",
            cause="explain-rules-of-headless",
        ),
        Choice(
            "the-dns",
            "the DNS: it knows the name `choir` together with one port only",
            cause="explain-dns-knows-ports",
        ),
        Choice(
            "the-slice",
            "the EndpointSlice of `choir`: without a virtual IP it lists no endpoints",
            cause="explain-headless-is-empty",
        ),
    ),
    points=1,
    after=name_lists_the_pods,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service with or without a virtual IP",
    f"Beside your Service a colleague makes this one. `{CLIENT}` asks `http://encore:8080/hostname`. How does it end?",
    CLIENT,
    "http://encore:8080/hostname",
    given=(
        colleagues_service("encore", "opera", clusterIP="None", app="singer", port=80, target=8080),
        colleagues_service("encore", "opera", app="singer", port=80, target=8080),
        colleagues_service("encore", "opera", clusterIP="None", app="nobody", port=8080, target=8080),
        colleagues_service("encore", "opera", app="nobody", port=8080, target=8080),
    ),
    points=1,
    after=selects_the_pods,
)
