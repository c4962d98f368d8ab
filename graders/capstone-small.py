"""The exercise capstone-small: a shop exposed as a brief says: storefront to all, stock to callers inside only.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_closed, expect_every_node, expect_node_port, node_doors, ways_in
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, open_door, the_outside_client_works
from servicelab.network.faults import NODE_PORTS

URL, URL_FROM_AFAR = "http://storefront:80/hostname", "http://storefront.market:80/hostname"
URL_OF_THE_STOCK, STOCK_FROM_AFAR = "http://stock:8181/hostname", "http://stock.market:8181/hostname"
STOCK_AT_ANOTHER_PORT = "http://stock.market:80/hostname"


def stock(lab: Lab) -> dict[str, str]:
    """The labels of the Pods that are for callers inside."""
    return {"app": str(lab.value("second"))}


@control
def the_programs_answer(lab: Lab) -> None:
    """Before there is any Service, clients reach the programs by the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))
    expect_pods_answer(lab, stock(lab), "secondPort")


outside_works = control(the_outside_client_works)


from_afar = predict("stock-from-afar", VISITOR, STOCK_FROM_AFAR, points=1)


@check("Clients in market and in other namespaces get answers of storefront by its name", points=1)
def storefront_inside(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("storefront"), of=app_label(lab))
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("Customers outside get an answer at port 30080 of every node", points=2, after=storefront_inside)
def storefront_outside(lab: Lab) -> None:
    expect_node_port(lab, lab.rendered("storefront"), "every node")
    expect_every_node(lab, app_label(lab))


@check("Both Pods of storefront answer some of the requests", points=1, after=storefront_inside)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A client in market gets an answer at http://stock:8181", points=1)
def stock_inside(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("stock"), of=stock(lab))
    lab.expect_answer(CLIENT, lab.rendered(URL_OF_THE_STOCK), by=stock(lab))


@check("A client outside gets no answer of stock", points=1, after=stock_inside)
def stock_closed(lab: Lab) -> None:
    expect_closed(lab, lab.rendered("stock"))


@check("A client outside gets no answer of storefront by any other way", points=1, after=storefront_outside)
def no_other_door(lab: Lab) -> None:
    for url in ways_in(lab, lab.rendered("storefront")):
        if url not in node_doors(lab):
            cause = "another-door" if NODE_PORTS.covers(lab.target(url).port) else "exposed-outside"
            lab.expect_no_answer("outside", url, control=open_door(lab), cause=cause)


why_silent = explain(
    "why-silent",
    "You know what keeps a caller of another namespace out, and what does not",
    f"`{VISITOR}` asks `{STOCK_AT_ANOTHER_PORT}` and gets no answer. Which object and field decide that?",
    VISITOR,
    STOCK_AT_ANOTHER_PORT,
    choices=(
        Choice("entry", "Service `stock`, `spec.ports`: no entry has this port", "Service market/stock spec.ports"),
        Choice(
            "own-namespace",
            "Service `stock`, `metadata.namespace`: a Service is for callers of its own namespace",
            cause="explain-own-namespace",
        ),
        Choice(
            "internal-type",
            "Service `stock`, `spec.type`: ClusterIP keeps callers of other namespaces out",
            cause="explain-own-namespace",
        ),
        Choice(
            "no-node-port",
            "Service `stock`, `spec.ports[0].nodePort`: without one only Pods of the same node are answered",
            cause="explain-missing-door",
        ),
    ),
    points=1,
    after=stock_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    "Beside your Services a colleague repairs one that answered nobody. Its selector was wrong and is mended now; this "
    f"is what stands there. `{CLIENT}` asks `http://returns:80/hostname`. How does it end?",
    CLIENT,
    "http://returns:80/hostname",
    given=(
        colleagues_service("returns", "market", app="stock", port=80, target=8080),
        colleagues_service("returns", "market", app="stock", port=80, target=8181),
        colleagues_service("returns", "visitors", app="stock", port=80, target=8181),
        colleagues_service("returns", "market", app="stock", port=8181, target=80),
    ),
    points=1,
    after=stock_inside,
)
