"""Whether a cluster's network enforces NetworkPolicies, told from the DaemonSets that run it.

Kubernetes itself does not enforce them: the API server takes every NetworkPolicy, and without a program that acts on it
nothing changes. CustomResourceDefinitions are no evidence, since they stay when such a program is removed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from servicelab.network.objects import Json

ENFORCE = {
    r"calico.*/(node|felix)|/calico-(node|felix)": "Calico",
    r"/cilium$": "Cilium",
    r"/antrea-agent": "Antrea",
    r"/kube-router$": "kube-router",
    r"/weave-npc$": "Weave Net",
    r"/kube-network-policies$": "kube-network-policies",
}
"""By the name of a container's image, without its tag."""
DO_NOT = {r"/flannel$": "flannel"}
KINDNET = r"/kindnetd$"
KINDNET_WITHOUT, KINDNET_WITH = 20240513, 20240813
"""Days in the tags of kindnet's images: the last without policies (kind 0.23), the first with them (kind 0.24)."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """`enforced` is None where it is not known; `by` names the program; `said` is for learners."""

    enforced: bool | None
    by: str
    said: str
    because: str


NOT_KNOWN = Enforcement(
    None,
    "",
    "Whether this cluster's network enforces NetworkPolicies is not known: no DaemonSet is of a network known here. "
    "Predictions take it that they are enforced.",
    "no DaemonSet of a known network",
)


def policy_enforcement(objects: Iterable[Json]) -> Enforcement:
    """What the DaemonSets among the objects say; any program that enforces policies is enough."""
    found = [told for one in objects if one.get("kind") == "DaemonSet" for told in _told(one)]
    return next((one for one in found if one.enforced), found[0] if found else NOT_KNOWN)


def _told(daemon_set: Json) -> Iterable[Enforcement]:
    metadata = daemon_set["metadata"]
    key = f"{metadata.get('namespace', 'default')}/{metadata['name']}"
    for index, container in enumerate(daemon_set["spec"]["template"]["spec"]["containers"]):
        name, _, tag = f"/{container['image']}".partition("@")[0].rpartition(":")
        because = f"DaemonSet {key} spec.template.spec.containers[{index}].image: {container['image']}"
        enforced, by = _by_image(name, tag)
        if enforced is not None:
            yield Enforcement(enforced, by, _said(enforced, by), because)


def _by_image(name: str, tag: str) -> tuple[bool | None, str]:
    for pattern, by in ENFORCE.items():
        if re.search(pattern, name):
            return True, by
    for pattern, by in DO_NOT.items():
        if re.search(pattern, name):
            return False, by
    day = re.match(r"v(\d{8})", tag)
    if re.search(KINDNET, name) and day and not KINDNET_WITHOUT < int(day[1]) < KINDNET_WITH:
        return int(day[1]) >= KINDNET_WITH, "kindnet"
    return None, ""


def _said(enforced: bool, by: str) -> str:
    if enforced:
        return f"NetworkPolicies are enforced here by {by}."
    return (
        f"The network of this cluster ({by}) does not enforce NetworkPolicies: Kubernetes takes and shows them, and "
        "they change nothing; every Pod stays open to everybody."
    )
