"""What the fixtures of all exercises give: two clients inside, and a door that is open to the outside."""

from collections.abc import Mapping

from servicelab.checks.lab import Lab

CLIENT, VISITOR = "pod/client", "pod/visitors/visitor"
"""One in the exercise's first namespace, one in another."""


def open_door(lab: Lab) -> tuple[str, str]:
    """The client outside and a URL at which it surely gets an answer: as long as it does, silence elsewhere counts."""
    return "outside", lab.door("reception", "visitors")


def expect_pods_answer(lab: Lab, labels: Mapping[str, str]) -> None:
    """Each Pod with these labels answers both clients at its own address and the variant's `targetPort`."""
    for address in [pod.status and pod.status.podIP for pod in lab.pods(labels)]:
        for source in (CLIENT, VISITOR):
            lab.expect_answer(source, f"http://{address}:{lab.value('targetPort')}/hostname", by=labels)
