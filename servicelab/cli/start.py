"""`lab start`: the learner's cluster, their files, kubectl and JupyterLab, until Ctrl-C."""

import os
import sys
import time
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from servicelab.cli.jupyter import Jupyter
    from servicelab.cli.session import Ending
    from servicelab.cli.workspace import Fetched, Workspace
    from servicelab.cluster.home import Home

app = typer.Typer(add_completion=False)
ABOUT_KIND = (
    "Docker works here: a real cluster (kind) sends real packets, takes about 30 s to make, and is one "
    "`./lab start --cluster kind` away."
)
OTHER_READY_WITHIN = 300.0
"""Seconds to wait for a `lab start` in another terminal that is still starting, perhaps its kind cluster."""


@dataclass(frozen=True)
class Wishes:
    """What the command line asked for."""

    kind: str | None
    name: str
    port: int | None
    bundle: Path | None
    browser: bool


@dataclass(frozen=True)
class Parts:
    """What a sitting is made of."""

    console: "Console"
    home: "Home"
    workspace: "Workspace"
    jupyter: "Jupyter"
    wishes: Wishes


class Kind(StrEnum):
    """What `--cluster` takes."""

    EMBEDDED = "embedded"
    KIND = "kind"


def a_name(name: str) -> str:
    """The name of a cluster, or an error on the command line."""
    from servicelab.cluster.home import is_valid_name

    if not is_valid_name(name):
        raise typer.BadParameter("use at most 30 lower-case letters, digits and dashes, a letter or digit at both ends")
    return name


@app.command()
def start(
    cluster: Annotated[Kind | None, typer.Option(help="Which kind of cluster; remembered for the next time.")] = None,
    name: Annotated[str, typer.Option(help="The cluster's name, where you keep several.", callback=a_name)] = "lab",
    port: Annotated[int | None, typer.Option(help="JupyterLab's port; a free one unless told.", min=1024)] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the URL and open nothing.")] = False,
    bundle: Annotated[
        Path | None, typer.Option(help="A folder with images and programs, for machines without the internet.")
    ] = None,
) -> None:
    """Start your cluster and JupyterLab; open the course's start page. Ctrl-C ends both and keeps your work."""
    from rich.console import Console

    from servicelab.cli import session
    from servicelab.cli.jupyter import Jupyter
    from servicelab.cli.workspace import Workspace
    from servicelab.cluster.home import Home
    from servicelab.course.files import course_root

    home = Home.find()
    workspace = Workspace.find(home, course_root())
    jupyter = Jupyter(home.root / "jupyter", workspace.root)
    wishes = Wishes(cluster, name, port, bundle, browser=not no_browser)
    parts = Parts(Console(highlight=False, soft_wrap=True), home, workspace, jupyter, wishes)
    ending = session.Ending()
    try:
        with session.only_one(home.root / "locks" / "start.lock"), ending.until_told(), ExitStack() as ends:
            run(parts, ends, ending)
    except session.AlreadyRunning:
        show_other(parts)


def run(parts: Parts, ends: ExitStack, ending: "Ending") -> None:
    """Start everything, say what there is, and wait; `ends` gets what must be stopped, in order."""
    from servicelab.cluster import lifecycle
    from servicelab.cluster.progress import ConsoleReporter

    console, home, workspace = parts.console, parts.home, parts.workspace
    jupyter, wishes = parts.jupyter, parts.wishes
    reporter = ConsoleReporter(console)
    choice = lifecycle.choose(home, wishes.kind)
    stop_with_this(ends, choice.kind, wishes.name, home)
    jupyter.stop_orphan()
    tell_network_disk(console, home)
    tell_fetched(console, workspace, workspace.fetch())

    # JupyterLab needs some seconds, so it is launched first and the cluster starts meanwhile.
    ends.callback(say_stopping, console, jupyter)
    with ending.not_now():
        jupyter.launch(environment(home, choice.kind, wishes.name), wishes.port)
    # An embedded cluster is there in a second, and half started it could not be stopped; kind takes back what it did.
    with ending.not_now() if choice.kind == "embedded" else nullcontext():
        status = lifecycle.start(choice.kind, wishes.name, home=home, reporter=reporter, bundle=wishes.bundle)
    if wishes.kind is not None:
        lifecycle.remember(home, choice.kind)
    kubectl = provide_kubectl(home, wishes.bundle)

    from servicelab.course.catalogue import load_course
    from servicelab.course.start_page import NAME, write

    stands = write(workspace.root, home, load_course(workspace.course))
    with reporter.step("Starting JupyterLab"):
        address = jupyter.wait_until_ready(NAME)

    facts = {
        "Cluster": f"{status.name}, {status.kind}, because {choice.because}; Kubernetes {status.kubernetes}",
        "kubectl": kubectl,
        "Files": str(workspace.root),
        "Progress": str(stands),
        "JupyterLab": address.page(NAME),
        "To end": "Ctrl-C in this terminal",
    }
    show(console, facts)
    if choice.kind == "kind":
        console.print("The kind cluster runs on after Ctrl-C; to stop it: ./lab cluster stop --cluster kind")
    elif lifecycle.docker_works():
        console.print(ABOUT_KIND)
    console.print("Ready.", style="bold green")
    if wishes.browser:
        jupyter.open_browser()
    jupyter.wait()


def stop_with_this(ends: ExitStack, kind: str, name: str, home: "Home") -> None:
    """An embedded cluster that this `lab start` starts ends with it; its state is kept. One that ran before runs on.

    A kind cluster runs on in any case: to start it again takes longer than a lesson's page to read.
    """
    from servicelab.cluster import lifecycle
    from servicelab.cluster.status import State

    if kind == "embedded" and lifecycle.status(kind, name, home=home).state is not State.RUNNING:
        ends.callback(lifecycle.stop, kind, name, home=home)


def environment(home: "Home", kind: str, name: str) -> dict[str, str]:
    """What JupyterLab, its terminals and its notebooks get: the lab's programs first, and the learner's cluster."""
    from servicelab.course.files import course_root

    programs = [str(home.bin), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {
        **os.environ,
        "PATH": os.pathsep.join(programs),
        "KUBECONFIG": str(home.cluster(kind, name) / "kubeconfig"),
        "LAB_HOME": str(home.root),
        "LAB_CLUSTER": kind,
        "LAB_CLUSTER_NAME": name,
        "JUPYTER_CONFIG_PATH": str(course_root()),  # where nbgrader_config.py is, and labconfig with settings
    }


def provide_kubectl(home: "Home", bundle: Path | None) -> str:
    """Put kubectl on the lab's PATH; which one it is, in one line. A download is offered once, never silent."""
    from servicelab.cluster import bundle as bundles
    from servicelab.cluster import kubectl

    declined = home.cache / "kubectl-download-declined"

    def ask(question: str) -> bool:
        if declined.exists() or not sys.stdin.isatty():
            return False
        agreed = typer.confirm(question, default=False)
        if not agreed:
            declined.touch()
        return agreed

    return kubectl.provide(home, bundles.find(home, bundle), ask).note


def tell_network_disk(console: "Console", home: "Home") -> None:
    """Say so when the learner's state is on a disk that SQLite is not made for: many schools' home directories are."""
    from servicelab.cluster import disks

    if told := disks.warning(home.root, "Set LAB_HOME to a folder on a disk of this machine."):
        console.print(told, markup=False)


MOST_NAMED = 5
"""New files that are named; of more, as at the first start, the number says enough."""


def tell_fetched(console: "Console", workspace: "Workspace", fetched: "Fetched") -> None:
    """Say which files are new; and which the course has anew, where the learner's own version stays."""
    if new := sorted(fetched.added + fetched.updated):
        few = len(new) <= MOST_NAMED
        console.print(f"New in {workspace.root}: {', '.join(new) if few else f'{len(new)} notebooks'}", markup=False)
    for name in fetched.outdated:
        console.print(f"The course has a new {name}. Yours is kept; to get the new one, move yours away.")


def show(console: "Console", facts: dict[str, str]) -> None:
    """Print facts with their names in one column."""
    width = max(map(len, facts))
    console.print()
    for name, fact in facts.items():
        console.print(f"  [bold]{name:<{width}}[/bold]  ", end="")
        console.print(fact, markup=False)
    console.print()


def say_stopping(console: "Console", jupyter: "Jupyter") -> None:
    """Stop JupyterLab; it is the first to end, so this is where the end is told."""
    if not jupyter.launched:
        return
    console.print("\nStopping what was started. Your files and what is in the cluster stay.")
    jupyter.stop()


def show_other(parts: Parts) -> None:
    """Another terminal has the lab: wait until that one is ready, and say where it is."""
    from servicelab.cluster.base import MachineError

    deadline = time.monotonic() + OTHER_READY_WITHIN
    while (address := parts.jupyter.running()) is None:
        if time.monotonic() > deadline:
            raise MachineError("A `lab start` in another terminal does not get ready.", "End that one with Ctrl-C.")
        time.sleep(0.2)  # between two looks at whether the other one is ready
    parts.console.print("Your lab already runs: it was started in another terminal, and Ctrl-C there ends it.")
    show(parts.console, {"JupyterLab": address.page()})
    if parts.wishes.browser:
        parts.jupyter.open_browser()
