"""Programs and clocks that must fit each other: kind, kubectl, Docker's time."""

from servicelab.cluster.machine.facts import Facts
from servicelab.cluster.machine.finding import Finding, Severity

INSTALL_KIND = "Install kind (https://kind.sigs.k8s.io/docs/user/quick-start/), or name a bundle with `--bundle DIR`."
SKEW = 1
"""How many minor versions kubectl may differ from the API server (source: Kubernetes' version skew policy)."""
NOTICED = 30.0
"""Seconds of difference that one notices, in ages and in events."""
BACKDATED = 300.0
"""Seconds by which kubeadm dates certificates back (seen on kind: five minutes before the node was made)."""


def no_kind() -> Finding:
    """There is no program `kind`."""
    return Finding(
        "kind-missing", "the program `kind` is not installed", "It makes the nodes out of containers.", INSTALL_KIND
    )


def judge_kind(facts: Facts) -> list[Finding] | None:
    """Whether there is the program that makes clusters."""
    if facts.has_kind is None:
        return None
    return [] if facts.has_kind or facts.has_cluster else [no_kind()]


def judge_kubectl(facts: Facts) -> list[Finding] | None:
    """Whether kubectl fits the cluster's Kubernetes."""
    if facts.kubectl is None or facts.image is None or facts.image.kubernetes == (0, 0):
        return None
    cluster = facts.image.kubernetes
    if facts.kubectl == (0, 0):
        return [
            Finding(
                "kubectl-missing",
                "there is no kubectl here that is new enough",
                "The lab brings a small stand-in, which has the commands of the lessons and no others.",
                "`lab cluster kubectl` offers to download it; or https://kubernetes.io/docs/tasks/tools/.",
                Severity.WARNING,
            )
        ]
    if facts.kubectl[0] == cluster[0] and abs(facts.kubectl[1] - cluster[1]) <= SKEW:
        return []
    return [
        Finding(
            "kubectl-skew",
            f"kubectl is {_dotted(facts.kubectl)}, and the cluster will be Kubernetes {_dotted(cluster)}",
            "kubectl is made for servers at most one minor version older or newer; beyond that, commands and fields "
            "can be missing.",
            f"Install kubectl {_dotted(cluster)}: https://kubernetes.io/docs/tasks/tools/.",
            Severity.WARNING,
        )
    ]


def judge_clock(facts: Facts) -> list[Finding] | None:
    """Whether Docker's clock (that of its virtual machine, where it has one) and this machine's agree."""
    if facts.docker.clock_ahead is None:
        return None
    ahead = facts.docker.clock_ahead
    if abs(ahead) < NOTICED:
        return []
    what = f"Docker's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    fix = (
        "`sudo hwclock -s` in WSL, or `wsl --shutdown` in PowerShell."
        if facts.is_wsl
        else "Restart Docker Desktop; its clock stands while the computer sleeps."
        if facts.is_docker_desktop
        else "`sudo timedatectl set-ntp true`"
    )
    if ahead > BACKDATED:
        why = "A new cluster's certificates would not be valid yet on this machine, so nothing could talk to its API."
        return [Finding("clock-ahead", what, why, fix)]
    why = "The ages that kubectl shows, and the order of events, are off by as much."
    return [Finding("clock-differs", what, why, fix, Severity.WARNING)]


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
