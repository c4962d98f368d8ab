"""Docker itself: installed, running, permitted, on this machine, and Docker indeed."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from servicelab.cluster.machine.facts import Answer, Facts
from servicelab.cluster.machine.finding import Finding, Severity

EMBEDDED = "or use the embedded cluster: `lab cluster start --cluster embedded`"
NEEDED = "The nodes of a kind cluster are Docker containers."
START: Mapping[str, str] = {
    "Linux": "`sudo systemctl start docker`",
    "Darwin": "`open -a Docker`",
    "Windows": "start Docker Desktop from the Start menu",
}
LOCAL_SCHEMES = ("", "unix", "npipe", "fd")


def silence(answer: Answer, system: str = "Linux", *, wsl: bool = False, podman: bool = False) -> Finding | None:
    """Why Docker does not answer; None when it does."""
    start = "start Docker Desktop in Windows" if wsl else START.get(system, "start Docker")
    if not answer.installed:
        return Finding(
            "docker-missing",
            "Docker is not installed on this machine" + (" (Podman is, which the lab cannot use)" if podman else ""),
            NEEDED,
            f"Install Docker (https://docs.docker.com/get-docker/), {EMBEDDED}.",
        )
    if answer.seconds:
        return Finding(
            "docker-silent",
            f"Docker did not answer within {answer.seconds:g} s",
            f"{NEEDED} A Docker that hangs, or a machine this busy, cannot start them.",
            f"Restart Docker ({start}), {EMBEDDED}.",
        )
    if not answer.said:
        return None
    if "permission denied" in answer.said.lower():
        return Finding(
            "docker-forbidden",
            "you may not use Docker on this machine",
            f"{NEEDED} The daemon's socket is open to root and to the group docker only.",
            f"Add yourself to the group docker (`sudo usermod -aG docker $USER`) and log in again, {EMBEDDED}.",
        )
    return Finding(
        "docker-down",
        "Docker is installed but its daemon does not answer",
        NEEDED,
        f"Start Docker ({start}), {EMBEDDED}.",
    )


def judge_nodes(facts: Facts) -> list[Finding]:
    """Whether the containers of the cluster that is there run. (`lab cluster node stop` stops some on purpose.)"""
    if not facts.stopped_nodes:
        return []
    return [
        Finding(
            "nodes-stopped",
            f"of the cluster {facts.cluster} these nodes do not run: {', '.join(facts.stopped_nodes)}",
            "What is on them does not answer, and without the control plane nothing can be asked.",
            "`lab cluster start --cluster kind` starts them all.",
            Severity.WARNING,
        )
    ]


def judge(facts: Facts) -> list[Finding]:
    """Whether there is a Docker to work with."""
    silent = silence(facts.docker, facts.system, wsl=facts.is_wsl, podman=facts.has_podman)
    if silent is not None:
        return [silent]
    info = facts.info
    if "host" in info and "ServerVersion" not in info:
        return [
            Finding(
                "docker-is-podman",
                "the program `docker` on this machine is Podman",
                "The lab's clusters were never made with Podman, so it is refused rather than half supported.",
                f"Install Docker (https://docs.docker.com/get-docker/), {EMBEDDED}.",
            )
        ]
    if info.get("OSType", "linux") != "linux":
        return [
            Finding(
                "docker-windows-containers",
                "Docker runs Windows containers",
                "Nodes are Linux containers.",
                "Choose “Switch to Linux containers…” in Docker Desktop's menu.",
            )
        ]
    host = urlsplit(facts.docker.endpoint)
    if host.scheme not in LOCAL_SCHEMES and host.hostname not in ("localhost", "127.0.0.1", "::1"):
        return [
            Finding(
                "docker-elsewhere",
                f"Docker runs on another machine ({facts.docker.endpoint})",
                "A kind cluster's API and NodePorts are mapped to loopback of the machine that Docker runs on: "
                "from here they could not be reached.",
                "Use this machine's Docker: `unset DOCKER_HOST; docker context use default`.",
            )
        ]
    return []
