"""The program `kind`: where it is, what it is asked, and what its failures mean."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml
from lightkube.config.kubeconfig import KubeConfig, SingleConfig

from servicelab.cluster import commands, docker
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.home import write_private
from servicelab.cluster.machine import ask_host, inotify
from servicelab.cluster.machine.versions import no_kind
from servicelab.cluster.progress import Reporter

CREATION_TIMEOUT = 600.0
LOAD_TIMEOUT = 300.0
QUICK = 30.0
PORT_TAKEN = ("port is already allocated", "bind: address already in use")
"""What Docker says when a container of its own has the port, and when another program has it."""
REASONS = ("docker: Error response from daemon: ", "ERROR: ")
"""How the line begins that says why kind failed, the better one first."""
ATTEMPTS = 2
NOT_BOOTED = "could not find a log line that matches"
"""What kind says of nodes that did not boot within its 30 seconds, as happens on a busy machine
and where inotify instances run out."""


class NameTaken(MachineError):
    """Somebody else made a cluster of this name meanwhile; it must not be removed."""


class PortTaken(MachineError):
    """A port that was free before is somebody else's now: with other ports the cluster can be made."""


def find(bundle: Bundle | None) -> Path | str:
    """kind itself: the one on PATH, else the bundle's."""
    found = shutil.which("kind") or (bundle.program("kind") if bundle else None)
    if found is None:
        raise no_kind().error()
    return found


def create(
    program: Path | str, name: str, image: str, config: Path, kubeconfig: Path, log: Path, reporter: Reporter
) -> None:
    """Make the nodes; a second time when they did not boot in time. `log` gets kind's words when it fails.

    Raises NameTaken, PortTaken, or MachineError with what to do. kind removes the nodes of an attempt that failed.
    """
    options = [f"--name={name}", f"--image={image}", f"--config={config}", f"--kubeconfig={kubeconfig}"]
    for attempt in range(ATTEMPTS):
        done = commands.run([program, "create", "cluster", *options], timeout=CREATION_TIMEOUT)
        if done.succeeded:
            return
        if NOT_BOOTED not in done.stderr or attempt + 1 == ATTEMPTS:
            break
        reporter.say("The nodes did not boot within kind's 30 seconds; trying once more.")
    write_private(log, done.stdout + done.stderr)
    if "already exist" in done.stderr:
        raise NameTaken(
            f"there is a kind cluster named {name} that was not made by this lab",
            "Choose another name with `--name NAME`.",
        )
    if any(words in done.stderr for words in PORT_TAKEN):
        raise PortTaken(
            "another program took a port of this machine while the cluster was being made",
            "Start again; free ports are then chosen anew.",
        )
    if NOT_BOOTED in done.stderr or "too many open files" in done.stderr:
        raise _not_booted(log)
    docker.check()  # when Docker itself went away meanwhile, that is the finding
    # kind ends with what kubeadm printed, pages of it; Docker's or its own reason stands in one line before.
    reasons = [line[len(start) :] for start in REASONS for line in done.stderr.splitlines() if line.startswith(start)]
    raise MachineError(
        f"kind could not create the cluster {name}: {next(iter(reasons), 'it did not say why')}",
        f"All that kind said is in {log}.",
    )


def _not_booted(log: Path) -> MachineError:
    """What to say of nodes that do not boot: on Linux usually that inotify instances ran out."""
    what, said = "the nodes of the kind cluster did not boot", f"All that kind said is in {log}."
    here = ask_host.inotify_here()
    short = None if here is None else inotify.shortage(here)
    if short is None:
        return MachineError(what, f"Close other programs and start again. {said}")
    return MachineError(f"{what}: {short.what}", f"{short.fix} Then start again. {said}")


def load_archive(program: Path | str, name: str, archive: Path, nodes: Sequence[str]) -> None:
    """Give an image to these nodes."""
    words = [program, "load", "image-archive", str(archive), f"--name={name}", f"--nodes={','.join(nodes)}"]
    commands.run(words, timeout=LOAD_TIMEOUT).or_raise(
        "the exercises' image could not be loaded into the nodes", "Is there room on the disk?"
    )


def kubeconfig(program: Path | str, name: str) -> str:
    """The kubeconfig of a cluster whose control plane runs; MachineError before it has certificates."""
    told = commands.run([program, "get", "kubeconfig", f"--name={name}"], timeout=QUICK)
    return told.or_raise(f"the cluster {name} has no kubeconfig yet").stdout


def login(program: Path | str, name: str) -> SingleConfig:
    """How to reach the API server of a cluster that kind is still making; MachineError before it has certificates."""
    found = KubeConfig.from_dict(yaml.safe_load(kubeconfig(program, name))).get()
    assert found is not None
    return found


def is_in_node(node: str, identifier: str) -> bool:
    """Whether a node's containerd has the image with this id. MachineError when it does not answer (yet)."""
    told = docker.docker("exec", node, "ctr", "--namespace=k8s.io", "images", "list", "--quiet")
    return identifier in told.or_raise(f"the images of the node {node} cannot be listed").stdout.split()
