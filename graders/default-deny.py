"""The exercise default-deny: in the namespace bank, Pods with role teller may call the Pod ledger, and that is all.

What counts is what the network does: any policies that work pass. All values here are the reference's.
"""

from lightkube.resources.networking_v1 import NetworkPolicy

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_closing
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, open_door
from servicelab.checks.words import listed

GUEST = "pod/guest"
URL, URL_FROM_AFAR = "http://ledger:80/hostname", "http://ledger.bank:80/hostname"
ARCHIVE, ARCHIVE_FROM_AFAR = "http://archive:80/hostname", "http://archive.bank:80/hostname"
CONSOLE = 9376


@control
def the_pod_answers(lab: Lab) -> None:
    """Before there is any policy, both clients reach the Pod by its own address."""
    expect_pods_answer(lab, app_label(lab))


@control
def every_door_is_open(lab: Lab) -> None:
    """Before there is any policy, all callers are answered at all that is to be closed."""
    asked = ((GUEST, URL), (VISITOR, URL_FROM_AFAR), (CLIENT, ARCHIVE), (VISITOR, ARCHIVE_FROM_AFAR))
    lab.each(lambda request: lab.expect_answer(request[0], lab.rendered(request[1])), asked)
    lab.expect_answer("outside", lab.door(*map(str, (lab.value("service"), lab.value("namespace")))))
    lab.expect_answer(*open_door(lab))


to_the_archive = predict("to-the-archive", CLIENT, ARCHIVE, points=0.5)
from_afar = predict("from-afar", VISITOR, URL_FROM_AFAR, points=0.5)


@check("There is a NetworkPolicy in the namespace bank", points=1)
def policy_exists(lab: Lab) -> None:
    namespace = lab.names.first
    if list(lab.api.list(NetworkPolicy, namespace=lab.real(namespace))):
        return
    expected = f"There is a NetworkPolicy in the namespace {namespace}."
    lab.expect_taken(expected)
    elsewhere = [one for one in lab.names.real if list(lab.api.list(NetworkPolicy, namespace=lab.real(one)))]
    if elsewhere:
        raise Failure("policy-wrong-namespace", expected, namespace=namespace, others=listed(elsewhere))
    raise Failure("policy-missing", expected, namespace=namespace)


@check("A Pod with the role teller gets an answer at http://ledger:80", points=1, after=policy_exists)
def callers_are_let_in(lab: Lab) -> None:
    url = lab.rendered(URL)
    lab.expect_taken(f"{CLIENT} asks {url} and gets an answer.")
    lab.expect_answer(CLIENT, url, by=app_label(lab), cause="policy-keeps-out")


@check("A Pod of bank without this role gets no answer there", points=1, after=callers_are_let_in)
def guests_are_kept_out(lab: Lab) -> None:
    url = lab.rendered(URL)
    lab.expect_no_answer(GUEST, url, control=(CLIENT, url), cause="policy-lets-in", in_the_end=True)


@check("A Pod of another namespace gets no answer, whatever its role", points=1, after=callers_are_let_in)
def visitors_are_kept_out(lab: Lab) -> None:
    url, control = lab.rendered(URL_FROM_AFAR), (CLIENT, lab.rendered(URL))
    lab.expect_no_answer(VISITOR, url, control=control, cause="policy-lets-in", in_the_end=True)


@check("A client outside gets no answer at any node", points=1, after=callers_are_let_in)
def outside_is_kept_out(lab: Lab) -> None:
    service = lab.expect_service(str(lab.value("service")))
    port = service.spec and service.spec.ports and service.spec.ports[0].nodePort
    urls = [f"http://{address}:{port}/hostname" for address in lab.node_addresses()]
    expect_closing(lab, urls, cause="policy-lets-in")


@check("Nobody gets an answer at port 9376 of the Pod ledger", points=1, after=callers_are_let_in)
def other_ports_are_closed(lab: Lab) -> None:
    for pod in lab.pods(app_label(lab)):
        url = f"http://{pod.status and pod.status.podIP}:{CONSOLE}/hostname"
        control = (CLIENT, lab.rendered(URL))
        lab.expect_no_answer(CLIENT, url, control=control, cause="policy-other-port", in_the_end=True)


@check("Nobody gets an answer from the Pod archive", points=1, after=callers_are_let_in)
def other_pods_are_closed(lab: Lab) -> None:
    def expect_silence(request: tuple[str, str]) -> None:
        source, url = request
        control = (CLIENT, lab.rendered(URL))
        lab.expect_no_answer(source, lab.rendered(url), control=control, cause="policy-not-for-all", in_the_end=True)

    lab.each(expect_silence, ((CLIENT, ARCHIVE), (VISITOR, ARCHIVE_FROM_AFAR)))


why_silent = explain(
    "why-silent",
    "You know what keeps a guest from the Pod",
    f"`{GUEST}` asks `{URL}` and gets no answer. Which object and field decide that?",
    GUEST,
    URL,
    choices=(
        Choice(
            "no-rule",
            "the NetworkPolicies that select the Pod `ledger`: no rule in their `spec.ingress` lists this caller",
            "NetworkPolicy bank/",
        ),
        Choice(
            "the-service",
            "the Service `ledger`: since there are policies for it, its virtual IP is not for this caller",
            cause="explain-policy-on-the-service",
        ),
        Choice(
            "no-endpoint",
            "the EndpointSlice of `ledger`: a Pod that is closed to somebody is not ready, so its address is gone",
            cause="explain-policy-empties-slice",
        ),
        Choice(
            "the-port",
            "the `ports` of a NetworkPolicy: the caller uses port `80`, and the policy says `8080`",
            cause="explain-policy-port",
        ),
    ),
    points=1,
    after=guests_are_kept_out,
)

LATER = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: later
  namespace: bank
spec:
"""
NOTHING_IN = "  podSelector: {matchLabels: {app: ledger}}\n  policyTypes: [Ingress]\n"
ONLY_TO_IT = """\
  podSelector: {{matchLabels: {{role: teller}}}}
  policyTypes: [Egress]
  egress:
    - to: [{{podSelector: {{matchLabels: {{app: ledger}}}}}}]
      ports: [{{port: {port}}}]
"""
NAMES = "    - ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]\n"
changed = transfer(
    "changed",
    "You can tell what a further object does to a caller that was let in",
    f"A colleague applies this, too. `{CLIENT}` asks `{URL}`. How does it end?",
    CLIENT,
    URL,
    given=(
        LATER + NOTHING_IN,
        LATER + ONLY_TO_IT.format(port=8080),
        LATER + ONLY_TO_IT.format(port=8080) + NAMES,
        LATER + ONLY_TO_IT.format(port=80) + NAMES,
        colleagues_service("ledger", "bank", app="nobody", port=80, target=8080),
    ),
    points=1,
    after=callers_are_let_in,
)
