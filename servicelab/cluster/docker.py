"""The little we ask of Docker, by its command line."""

import json
import platform
from dataclasses import dataclass
from functools import cache
from typing import Any

from servicelab.cluster import commands
from servicelab.cluster.base import MachineError, WaitedTooLong
from servicelab.cluster.commands import Finished
from servicelab.cluster.machine import engine
from servicelab.cluster.machine.facts import Answer
from servicelab.cluster.machine.images import why_not_pulled
from servicelab.cluster.waiting import wait_in_real_time

NODE_LABEL = "io.x-k8s.kind.cluster"
"""What kind gives the containers of its nodes; the value is the cluster's name."""
QUICK = 2.0
"""Seconds to find out whether Docker works here at all."""
PATIENT = 20.0
"""Seconds that Docker gets on a busy machine once it is to be used."""


@dataclass(frozen=True)
class Container:
    """A container as `docker inspect` tells it; `created` as Docker writes it (RFC 3339, UTC)."""

    name: str
    id: str
    running: bool
    paused: bool
    created: str
    labels: dict[str, str]
    address: str
    """Its IPv4 address on the `kind` network; empty while it does not run."""


def docker(*arguments: str, timeout: float = 60.0, stdin: bytes | None = None) -> Finished:
    """Run `docker` with these arguments; MachineError only when it cannot be run or does not end in time."""
    return commands.run(["docker", *arguments], timeout=timeout, stdin=stdin)


def check(timeout: float = PATIENT) -> str:
    """The Docker daemon's version; MachineError, with what to do, when Docker does not work here."""
    try:
        told = docker("version", "--format", "{{.Server.Version}}", timeout=timeout)
        answer = Answer(said="" if told.succeeded else told.stderr or "no answer")
    except MachineError as problem:
        answer = Answer(installed=False) if "is not there" in problem.what else Answer(seconds=timeout)
    if fault := engine.silence(answer, platform.system()):
        raise fault.error() from None
    return told.stdout.strip()


def containers(label: str) -> list[Container]:
    """All containers with a label (`key=value`), running or not, by name; not those just being made or removed."""
    found = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={label}").or_raise(
        "Docker could not list its containers"
    )
    identifiers = found.stdout.split()
    if not identifiers:
        return []
    told = docker("inspect", "--type=container", *identifiers)
    if not told.succeeded and "no such" not in told.stderr.lower():
        told.or_raise("Docker could not describe its containers")
    return sorted((_container(data) for data in json.loads(told.stdout)), key=lambda container: container.name)


def _container(data: dict[str, Any]) -> Container:
    networks = data.get("NetworkSettings", {}).get("Networks", {})
    return Container(
        name=data["Name"].lstrip("/"),
        id=data["Id"],
        running=bool(data["State"]["Running"]),
        paused=bool(data["State"].get("Paused")),
        created=data["Created"],
        labels=dict(data["Config"].get("Labels") or {}),
        address=networks.get("kind", {}).get("IPAddress", ""),
    )


def image_id(reference: str) -> str | None:
    """The id of an image that is here; None when it is not."""
    found = docker("image", "inspect", "--format", "{{.Id}}", reference)
    return found.stdout.strip() if found.succeeded else None


def image_tags(repository: str) -> list[str]:
    """The tags under which a repository's images are here, newest image first."""
    found = docker("image", "ls", "--format", "{{.Tag}}", repository).or_raise("Docker could not list its images")
    return [tag for tag in found.stdout.split() if tag != "<none>"]


def pull(reference: str, timeout: float = 1800.0) -> None:
    """Fetch an image from its registry."""
    done = docker("pull", "--quiet", reference, timeout=timeout)
    if not done.succeeded:
        raise why_not_pulled(reference, done.stderr or done.stdout).error()


def remove(container: str) -> None:
    """Remove a container, running or not; nothing happens when it is not there."""
    gone = docker("rm", "--force", "--volumes", container)
    if not gone.succeeded and "No such container" not in gone.stderr:
        gone.or_raise(f"the container {container} could not be removed")


def remove_all(label: str, timeout: float = 120.0) -> None:
    """Remove all containers with a label, also one that Docker is still making; returns when there is none."""

    def are_gone() -> bool:
        found = docker("ps", "--all", "--quiet", "--filter", f"label={label}").or_raise(
            "Docker could not list containers"
        )
        for identifier in found.stdout.split():
            docker("rm", "--force", "--volumes", identifier)
        return not found.stdout.split()

    try:
        wait_in_real_time(f"the containers with the label {label} to be gone", are_gone, timeout)
    except WaitedTooLong as problem:
        raise MachineError(str(problem), "Remove them with `docker rm --force`.") from None


@cache
def works() -> bool:
    """Whether Docker works here; asked once, answered within two seconds."""
    try:
        check(QUICK)
    except MachineError:
        return False
    return True
