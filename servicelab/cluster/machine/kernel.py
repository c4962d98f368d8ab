"""The processor's architecture, and control groups."""

from servicelab.cluster.bundle import GO_NAMES
from servicelab.cluster.machine.facts import Facts
from servicelab.cluster.machine.finding import Finding, Severity

REFUSES_V1 = (1, 35)
"""From this version on the kubelet does not start on cgroup v1 unless `failCgroupV1: false` (KEP-5573)."""


def judge_architecture(facts: Facts) -> list[Finding] | None:
    """Whether there are images for Docker's architecture."""
    told = facts.info.get("Architecture")
    if not told:
        return None
    spoken = GO_NAMES.get(told)
    if spoken is None:
        return [
            Finding(
                "architecture-unknown",
                f"Docker runs on {told}",
                "There are node images for amd64 and arm64 only.",
                "Use the embedded cluster: `lab cluster start --cluster embedded`.",
            )
        ]
    if facts.bundle_architecture not in (None, spoken):
        return [
            Finding(
                "architecture-bundle",
                f"the bundle is for {facts.bundle_architecture}, and Docker runs on {spoken}",
                "Its images and programs do not run here.",
                f"Get the bundle for {spoken}, or make it on such a machine: `lab bundle create DIR`.",
            )
        ]
    return []


def judge_cgroups(facts: Facts) -> list[Finding] | None:
    """Whether the node image's kubelet starts on this version of control groups."""
    if facts.has_cluster:
        return []
    told = facts.info.get("CgroupVersion")
    if not told or facts.image is None:
        return None
    if told != "1" or facts.image.kubernetes < REFUSES_V1:
        return []
    version = ".".join(map(str, facts.image.kubernetes))
    what = (
        f"this machine has cgroup v1, and the node image {facts.image.reference.split('@')[0]} is Kubernetes {version}"
    )
    why = "From 1.35 on the kubelet does not start on cgroup v1 unless its configuration says `failCgroupV1: false`; "
    if facts.image.takes_cgroup_v1:
        return []
    if facts.image.takes_cgroup_v1 is None:
        return [
            Finding(
                "cgroup-v1-unsure",
                what,
                f"{why}whether this image says so could not be looked up (it is not in Docker yet, or Docker is slow).",
                _to_v2(facts),
                Severity.WARNING,
            )
        ]
    return [Finding("cgroup-v1", what, f"{why}this image does not.", _to_v2(facts))]


def _to_v2(facts: Facts) -> str:
    if facts.is_wsl:
        return (
            "Write `[wsl2]` and `kernelCommandLine = cgroup_no_v1=all` into %UserProfile%\\.wslconfig, then "
            "`wsl --shutdown` in PowerShell."
        )
    if facts.is_docker_desktop:
        return "Update Docker Desktop, and take `deprecatedCgroupv1` out of its settings file."
    return (
        "Boot with cgroup v2: add `systemd.unified_cgroup_hierarchy=1` to GRUB_CMDLINE_LINUX in /etc/default/grub, "
        "`sudo update-grub`, restart; or name a bundle with another node image."
    )
