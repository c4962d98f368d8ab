"""The exercise repair-program: behind beacon the last steps of the walk fail: ready, targetPort, and the program.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.evidence import alone
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer
from servicelab.checks.objects import name_of
from servicelab.checks.repairs import current_pods, expect_probed, expect_ready, expect_served

LAMP = "lamp"
URL, URL_FROM_AFAR = "http://beacon:80/hostname", "http://beacon.island:80/hostname"
TALK, TALK_FROM_AFAR = "udp://beacon:90", "udp://beacon.island:90"
TALK_OF_BUOY = "udp://buoy:90"
URL_WITH_TALK_PORT = "http://beacon:90/hostname"


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has a program that answers: by TCP at the Pod's address, by UDP the Pod itself."""
    expect_pods_answer(lab, app_label(lab))
    for pod in lab.pods(app_label(lab)):
        lab.expect_answer(f"pod/{name_of(pod)}", f"udp://127.0.0.1:{lab.value('talkTarget')}")


now = predict("now", CLIENT, URL, points=0.5)
by_tcp = predict("by-tcp", CLIENT, URL_WITH_TALK_PORT, points=0.5)


@check("The Pod of lamp is ready", points=1.5)
def is_ready(lab: Lab) -> None:
    lab.expect_taken(f"The Pods of the Deployment {LAMP} are ready.")
    expect_ready(lab, str(lab.value("service")), LAMP)


@check("A client inside gets an answer at http://beacon:80", points=1.5, after=is_ready)
def answers_inside(lab: Lab) -> None:
    expect_served(lab, str(lab.value("service")), LAMP, CLIENT, lab.rendered(URL))


@check("It gets one at udp://beacon:90, too", points=2, after=answers_inside)
def talks_inside(lab: Lab) -> None:
    url = lab.rendered(TALK)
    try:
        lab.expect_answer(CLIENT, url)
    except Failure as failure:
        if failure.cause == "no-answer" and hears_itself_only(lab):
            facts = {"port": lab.value("talkTarget"), "namespace": lab.names.first}
            seen = alone(current_pods(lab, LAMP))
            raise Failure("hears-itself-only", failure.expected, seen, source=CLIENT, target=url, **facts) from None
        raise


def hears_itself_only(lab: Lab) -> bool:
    """Whether a Pod of lamp answers by UDP at its loopback address, and nobody who asks at its own."""
    port = lab.value("talkTarget")
    return any(
        lab.probe(f"pod/{name_of(pod)}", f"udp://127.0.0.1:{port}").answered
        and not lab.probe(CLIENT, f"udp://{pod.status and pod.status.podIP}:{port}").answered
        for pod in current_pods(lab, LAMP)
    )


@check("A client in another namespace gets both", points=1, after=talks_inside)
def answers_from_afar(lab: Lab) -> None:
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))
    lab.expect_answer(VISITOR, lab.rendered(TALK_FROM_AFAR))


@check("The Pod of lamp is still asked whether it is ready", points=1, after=is_ready)
def still_probed(lab: Lab) -> None:
    expect_probed(lab, LAMP)


why_refused = explain(
    "why-refused",
    "You know what decides that nobody is heard at another Service",
    f"`{CLIENT}` asks `{TALK_OF_BUOY}` and is refused, also after your repair. Its list of endpoints has one ready "
    "address, and the right port. Which object and field decide that?",
    CLIENT,
    TALK_OF_BUOY,
    choices=(
        Choice(
            "program",
            "Pod `buoy`, `containers[0].args`: its program takes packets for the address 127.0.0.1 only",
            "Pod island/buoy",
        ),
        Choice(
            "declared",
            "Pod `buoy`, `containers[0].ports`: the port is not declared, so the Pod does not open it",
            cause="explain-declared-ports",
        ),
        Choice(
            "protocol",
            "Service `buoy`, `spec.ports[0].protocol`: a virtual IP has no way for UDP",
            cause="explain-no-way-for-udp",
        ),
        Choice(
            "not-ready",
            "Pod `buoy`, `readinessProbe`: it asks by TCP, so the Pod is not ready for UDP",
            cause="explain-ready-for-one",
        ),
    ),
    points=1,
    after=talks_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://flare:80/hostname`. How does it end?",
    CLIENT,
    "http://flare:80/hostname",
    given=(
        colleagues_service("flare", "island", app="beacon", port=80, target=9191),
        colleagues_service("flare", "island", app="buoy", port=80, target=8080),
        colleagues_service("flare", "visitors", app="buoy", port=80, target=8080),
        colleagues_service("flare", "island", app="buoy", port=8080, target=80),
    ),
    points=1,
    after=talks_inside,
)
