"""The exercise source-address: ballot sees its callers' own addresses at port 30080, and keeps each with one Pod.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import doors_with_a_pod, expect_node_port, expect_own_address
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works
from servicelab.checks.words import listed

GUARD = "pod/guard"
URL, URL_FROM_AFAR = "http://ballot:80/hostname", "http://ballot.townhall:80/hostname"
URL_WITH_NODE_PORT = "http://ballot:30080/hostname"
URL_NEARBY = "http://nearby:80/hostname"
CONNECTIONS = 24
"""Without affinity all of them go to one of two Pods once in eight million times."""


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach a Pod by its own address."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


from_afar = predict("from-afar", VISITOR, URL_FROM_AFAR, points=0.5)
both = predict("name-and-node-port", CLIENT, URL_WITH_NODE_PORT, points=0.5)


@check("Both ballot Pods stand ready behind the Service ballot in townhall, and no others", points=1)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("ballot"), of=app_label(lab))


@check("Clients inside get an answer at http://ballot:80, on any node", points=1, after=selects_the_pods)
def answers_inside(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))
    # on its node there is none of these Pods
    lab.expect_answer(GUARD, lab.rendered(URL), by=app_label(lab), cause="node-silent")


@check("A client outside gets an answer at port 30080 of nodes with such a Pod", points=1, after=answers_inside)
def answers_outside(lab: Lab) -> None:
    expect_node_port(lab, lab.rendered("ballot"), "a node with such a Pod")
    by = app_label(lab)
    lab.each(lambda url: lab.expect_answer("outside", url, by=by), doors_with_a_pod(lab, "/hostname"))


@check("There, the program sees the address of the client outside", points=2, after=answers_outside)
def sees_the_source(lab: Lab) -> None:
    for url in doors_with_a_pod(lab, "/clientip"):
        expect_own_address(lab, url)


@check("All connections of one client inside go to one Pod", points=2, after=answers_inside)
def stays_with_one(lab: Lab) -> None:
    url = lab.rendered(URL)
    lab.expect_answer(CLIENT, url, by=app_label(lab))
    verdicts = lab.cluster.probe_many(lab.place(CLIENT), lab.target(url), CONNECTIONS)
    pods = {(verdict.by or "nobody").partition("/")[2] or "nobody" for verdict in verdicts}
    if len(pods) > 1:
        expected = f"{CLIENT} asks {url} over {CONNECTIONS} new connections, and one Pod answers all of them."
        raise Failure("not-one-backend", expected, source=CLIENT, count=CONNECTIONS, pods=listed(sorted(pods)))


why_silent = explain(
    "why-silent",
    "You know which traffic policy concerns callers inside",
    f"`{GUARD}` is on the control plane. It asks `{URL_NEARBY}`, a Service with the same Pods behind it, and gets no "
    "answer. Which object and field decide that?",
    GUARD,
    URL_NEARBY,
    choices=(
        Choice(
            "internal-policy",
            "Service `nearby`, `spec.internalTrafficPolicy`: for callers inside, only Pods of the caller's node count",
            "Service townhall/nearby spec.internalTrafficPolicy",
        ),
        Choice(
            "external-policy",
            "Service `ballot`, `spec.externalTrafficPolicy`: these Pods answer callers of their own node only",
            cause="explain-policy-of-other-doors",
        ),
        Choice(
            "taint",
            "The node of `guard`, `spec.taints`: requests may not leave the control plane",
            cause="explain-taint",
        ),
        Choice(
            "selector",
            "Service `nearby`, `spec.selector`: no Pod matches it",
            cause="explain-empty-list",
        ),
    ),
    points=1,
    after=answers_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service with a traffic policy that you have not seen before",
    f"Beside your Service a colleague makes this one. `{GUARD}`, on the control plane, asks "
    "`http://recount:80/hostname`. How does it end?",
    GUARD,
    "http://recount:80/hostname",
    given=(
        colleagues_service(
            "recount", "townhall", type="NodePort", externalTrafficPolicy="Local", app="ballot", port=80, target=8080
        ),
        colleagues_service("recount", "townhall", internalTrafficPolicy="Local", app="ballot", port=80, target=8080),
        colleagues_service(
            "recount", "townhall", type="NodePort", externalTrafficPolicy="Local", app="booth", port=80, target=8080
        ),
        colleagues_service("recount", "visitors", internalTrafficPolicy="Cluster", app="ballot", port=80, target=8080),
    ),
    points=1,
    after=answers_inside,
)
