"""What the fixtures of all exercises give: two clients inside, and a door that is open to the outside."""

from collections.abc import Mapping
from itertools import product

from servicelab.checks.lab import Lab
from servicelab.cluster.base import MachineError

CLIENT, VISITOR = "pod/client", "pod/visitors/visitor"
"""One in the exercise's first namespace, one in another."""


def app_label(lab: Lab) -> dict[str, str]:
    """The label of the Pods that the exercise is about: its program is called as its Service."""
    return {"app": str(lab.value("service"))}


def open_door(lab: Lab) -> tuple[str, str]:
    """The client outside and a URL at which it surely gets an answer: as long as it does, silence elsewhere counts."""
    return "outside", lab.door("reception", "visitors")


def the_outside_client_works(lab: Lab) -> None:
    """The client outside reaches what is open to it."""
    lab.expect_answer(*open_door(lab))


def outside_address(lab: Lab) -> str:
    """The address of the client outside. MachineError when it does not run."""
    address = lab.cluster.outside_address()
    if address is None:
        raise MachineError("the client outside does not run", "Check again in a moment.")
    return address


def expect_pods_answer(lab: Lab, labels: Mapping[str, str], port: str = "targetPort") -> None:
    """Each Pod with these labels answers both clients at its own address and the variant's `port`."""
    addresses = [pod.status and pod.status.podIP for pod in lab.pods(labels)]
    asked = product((CLIENT, VISITOR), [f"http://{address}:{lab.value(port)}/hostname" for address in addresses])
    lab.each(lambda request: lab.expect_answer(*request, by=labels), asked)
