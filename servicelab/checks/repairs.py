"""What checks of repairs need: the objects are there before, so what was refused would go unseen; Pods are replaced."""

from collections.abc import Callable, Iterable

from lightkube.resources.core_v1 import Pod

from servicelab.checks import evidence, services
from servicelab.checks.causes import Failure
from servicelab.checks.lab import Lab
from servicelab.checks.objects import TEMPLATE_HASH, name_of
from servicelab.checks.words import labels_words, listed

REVISION = "deployment.kubernetes.io/revision"
ROLLOUT = 20.0
"""Seconds, of the cluster, within which a Pod is to come, to be ready, or to go: a rollout where none does stands."""
STAGES = 12
"""How often that happens at most until two Pods are replaced, one after the other."""
COUNTS = ("replicas", "updatedReplicas", "readyReplicas")


def current_pods(lab: Lab, deployment: str) -> list[Pod]:
    """The Pods that a given Deployment makes now; those of its former templates, which may stay, left out."""
    sets = [
        found["metadata"]
        for found in lab.cluster.rest.items(f"/apis/apps/v1/namespaces/{lab.real(None)}/replicasets")
        if found["metadata"]["ownerReferences"][0]["name"] == deployment
    ]
    newest = max(sets, key=lambda found: int(found["annotations"][REVISION]))
    return lab.pods({TEMPLATE_HASH: newest["labels"][TEMPLATE_HASH]})


def _owned_pods(lab: Lab, kind: str, name: str) -> list[Pod]:
    """The Pods of an object that makes its Pods itself."""

    def owners(pod: Pod) -> set[tuple[str, str]]:
        return {(one.kind, one.name) for one in (pod.metadata and pod.metadata.ownerReferences) or []}

    return [pod for pod in lab.pods() if (kind, name) in owners(pod)]


def rolled_out(lab: Lab, name: str, kind: str = "Deployment") -> bool:
    """Whether all Pods of a given Deployment (or `StatefulSet`) are new and ready. Waits as long as it goes on."""
    path = f"/apis/apps/v1/namespaces/{lab.real(None)}/{kind.lower()}s/{name}"

    def stage() -> tuple[bool, list[int]]:
        found = lab.cluster.rest.get(path)
        told, wanted = found["status"], found["spec"]["replicas"]
        counts = [told.get(key, 0) for key in COUNTS]
        seen = told.get("observedGeneration") == found["metadata"]["generation"]
        return seen and all(count == wanted for count in counts), counts

    def goes_on_from(before: tuple[bool, list[int]]) -> Callable[[], bool]:
        return lambda: stage() != before

    for _ in range(STAGES):
        before = stage()
        if before[0]:
            return True
        if not lab.comes_true(f"the new Pods of {name}", goes_on_from(before), ROLLOUT):
            return False
    return stage()[0]


def template_labels(pods: Iterable[Pod]) -> dict[str, str]:
    """The labels that Pods have by their template, all together."""
    labels = {key: value for pod in pods for key, value in ((pod.metadata and pod.metadata.labels) or {}).items()}
    return {key: value for key, value in labels.items() if key != TEMPLATE_HASH}


def expect_selected(lab: Lab, service: str, deployment: str) -> None:
    """A given Service selects a given Deployment's Pods, and no others, whether they are ready or not."""
    selects = f"The Service {service} selects the Pods of the Deployment {deployment}"
    lab.expect_taken(f"{selects}, and no others.")
    rolled_out(lab, deployment)
    pods = current_pods(lab, deployment)
    labels = template_labels(pods)
    shown = f", which have {labels_words(labels)}" if labels else ""
    expected = f"{selects}{shown}, and no others."
    found = lab.expect_service(service)
    wrong = services.why_selected(lab, service, found, pods, expected)
    if wrong:
        is_given = labels and not evidence.is_made(lab, found)
        raise wrong.with_evidence(evidence.labelled(found, f"Deployment {deployment}", labels) if is_given else "")


def expect_ready(lab: Lab, service: str, owner: str, kind: str = "Deployment") -> None:
    """A given Deployment's (or `StatefulSet`'s) Pods are ready by themselves, and in the Service's list."""
    if not rolled_out(lab, owner, kind):
        expected = f"The Pods of the {kind} {owner} are ready."
        waiting = current_pods(lab, owner) if kind == "Deployment" else _owned_pods(lab, kind, owner)
        facts = {"name": service, "others": listed(sorted(map(name_of, waiting))), "namespace": lab.names.first}
        raise Failure("pods-not-ready", expected, evidence.probed(lab, waiting), **facts)


def expect_probed(lab: Lab, deployment: str) -> None:
    """Every container of a given Deployment still has a readiness probe."""
    for pod in current_pods(lab, deployment):
        if not all(container.readinessProbe for container in (pod.spec and pod.spec.containers) or []):
            expected = f"Every container of {deployment} has a readiness probe."
            raise Failure("probe-missing", expected, evidence.asking([pod]), deployment=deployment)


def expect_served(lab: Lab, service: str, deployment: str, source: str, url: str) -> None:
    """A given Service selects a given Deployment's Pods, and a new connection to it is answered by one of them."""
    expect_selected(lab, service, deployment)
    try:
        lab.expect_answer(source, url)
    except Failure as failure:
        if failure.cause != "no-answer":
            raise
        # what is right of the Service was looked at before: the port is declared
        found, port = lab.expect_service(service), lab.target(url).port
        entry = services.port_entry(found, port)
        seen = evidence.targeted(lab, found, port, current_pods(lab, deployment))
        facts = {"name": service, "target_port": entry.targetPort or entry.port, "namespace": lab.names.first}
        raise Failure("declared-not-listening", failure.expected, seen, **facts) from None
