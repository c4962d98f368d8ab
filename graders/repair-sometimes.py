"""The exercise repair-sometimes: the Service pastry also takes Pods of another program, which refuse its callers.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from lightkube.resources.apps_v1 import Deployment

from servicelab.checks import Choice, Failure, Lab, check, control, predict, read_off, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, expect_pods_answer
from servicelab.checks.objects import find, name_of
from servicelab.checks.repairs import current_pods, expect_ready, expect_selected, rolled_out, template_labels
from servicelab.network import prediction
from servicelab.network.path import HopKind

SELLER, BAKER = "seller", "baker"
AT_THE_COUNTER, AT_THE_OVEN = {"part": "counter"}, {"part": "oven"}
URL, URL_FROM_AFAR = "http://pastry:80/hostname", "http://pastry.cakeshop:80/hostname"
URL_OF_OVENS, OVENS_FROM_AFAR = "http://ovens:80/hostname", "http://ovens.cakeshop:80/hostname"
URL_OF_SAMPLES = "http://samples:80/hostname"
CONNECTIONS = 12
"""Asked for at once: that all end alike, where half of the Pods answer and half refuse, is one chance in 2048."""


def at_the_counter(lab: Lab) -> dict[str, str]:
    """A label that only the Pods of the Deployment seller have: it cannot be taken from them."""
    return {"part": str(lab.value("part"))}


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has programs that answer, each at its own port of the Pods' own addresses."""
    expect_pods_answer(lab, at_the_counter(lab))
    expect_pods_answer(lab, AT_THE_OVEN, "ovenPort")


of_the_ovens = predict("of-the-ovens", VISITOR, OVENS_FROM_AFAR, points=0.25)
their_port = predict("their-port", CLIENT, "http://pastry:9090/hostname", points=0.25)


@check("Behind the Service pastry stand the Pods of seller, ready, and no others", points=0.75)
def selects_the_sellers(lab: Lab) -> None:
    name = str(lab.value("service"))
    rolled_out(lab, BAKER)  # whose old Pods may stand behind it until they are gone
    expect_selected(lab, name, SELLER)
    expect_ready(lab, name, SELLER)
    lab.expect_endpoints(name, of=template_labels(current_pods(lab, SELLER)))


def expect_every_connection(lab: Lab, source: str, url: str) -> None:
    """None of many connections is left unanswered, and each of the sellers answers some."""
    sellers = {f"{lab.real(None)}/{name_of(pod)}" for pod in current_pods(lab, SELLER)}

    def only_sellers() -> bool:
        return {one.by for one in lab.cluster.probe_many(lab.place(source), lab.target(url), CONNECTIONS)} <= sellers

    lab.comes_true("the nodes' rules to follow the list", only_sellers)
    lab.expect_every_backend(source, url, by=at_the_counter(lab))


@check("Every connection of a client inside is answered, and each of these Pods gets some", points=1,
       after=selects_the_sellers)  # fmt: skip
def every_connection(lab: Lab) -> None:
    expect_every_connection(lab, CLIENT, lab.rendered(URL))


@check("So is every one of a client in another namespace", points=0.25, after=every_connection)
def every_one_from_afar(lab: Lab) -> None:
    expect_every_connection(lab, VISITOR, lab.rendered(URL_FROM_AFAR))


@check("The Service ovens is answered by a Pod of baker, as before", points=0.5, after=selects_the_sellers)
def ovens_answer(lab: Lab) -> None:
    url = lab.rendered(URL_OF_OVENS)
    found = find(lab.api, Deployment, BAKER, lab.real(None))
    if found and found.spec and found.spec.replicas == 0:
        expected = f"{CLIENT} asks {url} and gets an answer from a Pod of the Deployment {BAKER}."
        seen = f"Deployment {BAKER} spec.replicas is 0, but 2 Pods answered before."
        raise Failure("other-program-away", expected, seen, deployment=BAKER)
    lab.expect_answer(CLIENT, url, by=AT_THE_OVEN)


DECIDES = {HopKind.NAME: "the-dns", HopKind.VIRTUAL_IP: "drawn"}
"""By the hop at which two ways of one request part: what it is called among the choices."""


def parts_at(lab: Lab) -> str | None:
    """Where the ways of a request to samples part, once connections are seen to be answered and to be refused."""
    source, target = lab.place(CLIENT), lab.target(lab.rendered(URL_OF_SAMPLES))
    paths = prediction.predict(lab.network(), source, target).paths
    seen = {one.outcome for one in lab.cluster.probe_many(source, target, CONNECTIONS)}
    if len(seen) < 2 or seen != {path.verdict.outcome for path in paths}:
        return None
    steps = zip(*(path.hops for path in paths), strict=False)
    return next((DECIDES.get(step[0].kind) for step in steps if len({hop.destination_after for hop in step}) > 1), None)


what_decides = read_off(
    "what-decides",
    "You know what decides which of two requests is answered",
    "The Service `samples` is still there. It selects the Pods of `seller` and of `baker`, and all are ready. "
    f"`{CLIENT}` asks `{URL_OF_SAMPLES}` again and again: some requests are answered, some are refused. "
    "What decides that?",
    parts_at,
    choices=(
        Choice(
            "drawn",
            "the node's rules: they draw one address of the list for each new connection, whatever runs there",
            cause="explain-wrong",
        ),
        Choice(
            "another-try",
            "the Service: when a Pod refuses, it tries another one, and sometimes there is no time left",
            cause="explain-tries-another",
        ),
        Choice(
            "in-turn",
            "the Service: it sends one request to `seller`, the next to `baker`, and so on in turn",
            cause="explain-in-turn",
        ),
        Choice(
            "the-dns",
            "the DNS: each time the name leads to the address of another Pod",
            cause="explain-dns-draws",
        ),
        Choice(
            "readiness",
            "the readiness probes: while a Pod refuses callers it is not ready",
            cause="explain-refusing-is-unready",
        ),
    ),
    points=1,
    after=(every_connection, ovens_answer),
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://recipes:80/hostname`. How does it end?",
    CLIENT,
    "http://recipes:80/hostname",
    given=(
        colleagues_service("recipes", "cakeshop", selector=AT_THE_OVEN, port=80, target=8080),
        colleagues_service("recipes", "cakeshop", selector=AT_THE_COUNTER, port=80, target=8080),
        colleagues_service("recipes", "cakeshop", selector=AT_THE_OVEN, port=9090, target=8080),
        colleagues_service("recipes", "cakeshop", selector=AT_THE_OVEN, port=80, target=9090),
    ),
    points=1,
    after=(every_connection, ovens_answer),
)
