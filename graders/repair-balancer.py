"""The exercise repair-balancer: cruises waits for an address that nobody has, and lets in callers that nobody is.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_answer_at, expect_external_address
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works
from servicelab.checks.repairs import expect_selected
from servicelab.network.path import HopKind

URL, URL_FROM_AFAR = "http://cruises:443/hostname", "http://cruises.pier:443/hostname"
URL_WITH_THE_PROGRAMS_PORT = "http://cruises.pier:8080/hostname"
URL_OF_BOATS = "http://boats:443/hostname"
NOBODYS = {
    "type": "LoadBalancer",
    "loadBalancerClass": "example.com/nobody",
    "loadBalancerSourceRanges": ["192.0.2.0/24"],
}


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has programs that answer, at the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


now = predict("now", CLIENT, URL, points=0.5)
programs_port = predict("programs-port", VISITOR, URL_WITH_THE_PROGRAMS_PORT, points=0.5)


@check("A load balancer has given cruises an address", points=2)
def has_an_address(lab: Lab) -> None:
    name = str(lab.value("service"))
    lab.expect_taken(f"The Service {name} has an external IP.")
    expect_external_address(lab, name)


@check("Clients inside get answers by the name, as before", points=1.5, after=has_an_address)
def still_inside(lab: Lab) -> None:
    expect_selected(lab, str(lab.value("service")), "office")
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("A client outside gets an answer at the address and port 443", points=2.5, after=still_inside)
def answers_outside(lab: Lab) -> None:
    expect_answer_at(lab, str(lab.value("service")), lab.value("port"), by=app_label(lab))


@check("Each of the two Pods answers some of the requests from outside", points=1, after=answers_outside)
def every_backend(lab: Lab) -> None:
    address = expect_external_address(lab, str(lab.value("service")))
    lab.expect_every_backend("outside", f"http://{address}:{lab.value('port')}/hostname", by=app_label(lab))


which_way = explain(
    "which-way",
    "You know for whom source ranges hold",
    f"`{CLIENT}` asks `{URL_OF_BOATS}` and is answered. `boats` has `loadBalancerSourceRanges`, and the client's "
    "address is in none of them. Which object and field brought its packet to a Pod?",
    CLIENT,
    URL_OF_BOATS,
    choices=(
        Choice(
            "entry",
            "Service `boats`, `spec.ports[0]`: the rule for its virtual IP, which knows no ranges",
            "Service pier/boats spec.ports",
        ),
        Choice(
            "ranges",
            "Service `boats`, `spec.loadBalancerSourceRanges`: Pods of the cluster count as being in all of them",
            cause="explain-ranges-for-pods",
        ),
        Choice(
            "balancer",
            "Service `boats`, `status.loadBalancer`: the balancer takes packets from inside, too, and knows callers",
            cause="explain-by-the-balancer",
        ),
        Choice(
            "node-port",
            "Service `boats`, `spec.ports[0].nodePort`: the client's node sends it to its own node port",
            cause="explain-by-a-node-port",
        ),
    ),
    hop=HopKind.VIRTUAL_IP,
    points=1,
    after=answers_outside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a LoadBalancer Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://yachts:443/hostname`. How does it end?",
    CLIENT,
    "http://yachts:443/hostname",
    given=(
        colleagues_service("yachts", "pier", app="office", port=443, target=8080, **NOBODYS),
        colleagues_service("yachts", "pier", app="cruises", port=443, target=8080, **NOBODYS),
        colleagues_service("yachts", "visitors", app="cruises", port=443, target=8080, **NOBODYS),
        colleagues_service("yachts", "pier", app="cruises", port=8080, target=443, **NOBODYS),
    ),
    points=1,
    after=answers_outside,
)
