"""The exercise capstone: a shop with an address for customers, and a vault that one role only may ask.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import (
    balancer_addresses,
    expect_answer_at,
    expect_closed,
    expect_closing,
    expect_external_address,
    expect_own_address,
    ways_in,
)
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works

CLERK = "pod/runner"
URL, URL_FROM_AFAR = "http://boutique:80/hostname", "http://boutique.emporium:80/hostname"
VAULT, VAULT_FROM_AFAR = "http://vault:90/hostname", "http://vault.emporium:90/hostname"


def vault(lab: Lab) -> dict[str, str]:
    """The labels of the Pod that is for clerks."""
    return {"app": str(lab.value("second"))}


@control
def the_programs_answer(lab: Lab) -> None:
    """Before there is any Service or policy, clients reach the programs by the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))
    expect_pods_answer(lab, vault(lab), "vaultTarget")


outside_works = control(the_outside_client_works)


inside_the_namespace = predict("inside-the-namespace", CLIENT, VAULT, points=0.5)
from_afar = predict("from-afar", VISITOR, URL, points=0.5)


@check("Clients in emporium and in other namespaces get answers of boutique by its name", points=1)
def boutique_inside(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("boutique"), of=app_label(lab))
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check(
    "Customers outside get an answer at port 80 of an address that belongs to no node", points=1, after=boutique_inside
)
def boutique_outside(lab: Lab) -> None:
    expect_answer_at(lab, lab.rendered("boutique"), lab.value("port"), by=app_label(lab))


@check("There, the program sees the customers' own address", points=1, after=boutique_outside)
def sees_customers(lab: Lab) -> None:
    address = expect_external_address(lab, lab.rendered("boutique"))
    expect_own_address(lab, f"http://{address}:{lab.value('port')}/clientip")


@check("Customers outside get no answer of boutique by any other way", points=1, after=boutique_outside)
def no_other_way(lab: Lab) -> None:
    name = lab.rendered("boutique")
    meant = balancer_addresses(lab.expect_service(name))
    others = [url for url in ways_in(lab, name) if lab.target(url).host not in meant]
    expect_closing(lab, others, cause="another-way")


@check("A Pod of emporium with the role clerk gets an answer at http://vault:90", points=1)
def clerk_is_answered(lab: Lab) -> None:
    url = lab.rendered(VAULT)
    lab.expect_endpoints(lab.rendered("vault"), of=vault(lab))
    try:
        lab.expect_answer(CLERK, url, by=vault(lab))
    except Failure as failure:
        if failure.cause != "no-answer":
            raise  # it is about the Service
    else:
        # the network learns of a policy a moment after the API, and only then it may keep a clerk out
        lab.comes_true("the policies", lambda: not lab.probe(CLIENT, url).answered)
    lab.expect_answer(CLERK, url, by=vault(lab), cause="policy-keeps-out")


@check(
    "Pods of emporium without this role, and Pods elsewhere, get no answer of vault", points=1, after=clerk_is_answered
)
def others_are_kept_out(lab: Lab) -> None:
    def expect_silence(request: tuple[str, str]) -> None:
        source, url = request
        lab.expect_no_answer(
            source, lab.rendered(url), control=(CLERK, lab.rendered(VAULT)), cause="policy-lets-in", in_the_end=True
        )

    lab.each(expect_silence, ((CLIENT, VAULT), (VISITOR, VAULT_FROM_AFAR)))


@check("A client outside gets no answer of vault", points=1, after=clerk_is_answered)
def vault_closed(lab: Lab) -> None:
    expect_closed(lab, lab.rendered("vault"))


why_silent = explain(
    "why-silent",
    "You know what keeps a Pod of the same namespace from the vault",
    f"`{CLIENT}` asks `{VAULT}` and gets no answer. Which object and field decide that?",
    CLIENT,
    VAULT,
    choices=(
        Choice(
            "no-rule",
            "the NetworkPolicies that select the Pod: no rule in their `spec.ingress` lists this caller",
            "NetworkPolicy emporium/",
        ),
        Choice(
            "the-service",
            "the Service `vault`: since there is a policy for it, its virtual IP is not for this caller",
            cause="explain-policy-on-the-service",
        ),
        Choice(
            "no-endpoint",
            "the EndpointSlice of `vault`: a Pod that is closed to somebody is not ready, so its address is gone",
            cause="explain-policy-empties-slice",
        ),
        Choice(
            "the-port",
            "the `ports` of a NetworkPolicy: the caller uses port `90`, and the program listens on `8181`",
            cause="explain-policy-port",
        ),
    ),
    points=1,
    after=others_are_kept_out,
)

changed = transfer(
    "changed",
    "You can tell what a further Service changes for a Pod that is kept out",
    f"Beside yours a colleague makes this Service. `{CLIENT}` asks `http://deposit:80/hostname`. How does it end?",
    CLIENT,
    "http://deposit:80/hostname",
    given=(
        colleagues_service("deposit", "emporium", type="NodePort", app="vault", port=80, target=8181),
        colleagues_service("deposit", "emporium", app="shelves", port=80, target=8181),
        colleagues_service("deposit", "emporium", app="boutique", port=80, target=8080),
        colleagues_service("deposit", "visitors", app="vault", port=80, target=8181),
    ),
    points=1,
    after=others_are_kept_out,
)
