"""`lab demo`: the whole loop on a throw-away cluster, without a browser: fail, read why, mend, pass, see the packet."""

import time
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from servicelab.checks import ExerciseResult
    from servicelab.cluster.base import Cluster
    from servicelab.course import Course, Exercise, Submission
    from servicelab.network.path import Path

app = typer.Typer(add_completion=False)
SLUG = "clusterip"
SOURCE, TARGET = "pod/shop/client", "http://web/hostname"


@app.command()
def demo() -> None:
    """Show the whole loop in half a minute: an exercise that fails, the solution that passes, the packet's path."""
    from rich.console import Console
    from rich.syntax import Syntax

    from servicelab.cluster.base import MachineError
    from servicelab.cluster.embedded import open_throwaway
    from servicelab.course import load_course, read_notebook
    from servicelab.picture.text import draw

    console = Console(highlight=False)
    started = time.monotonic()
    course = load_course()
    exercise = course.exercise(SLUG)

    title(console, "1. A cluster")
    console.print("Everything here runs on a throw-away embedded cluster inside this one process.")
    cluster = open_throwaway()
    nodes = ", ".join(names_of_nodes(cluster))
    console.print(f"✓ {cluster.describe_version()}, nodes {nodes}: {time.monotonic() - started:.1f} s", style="green")
    try:
        title(console, f"2. The exercise “{exercise.title}”, untouched")
        starter = judge(console, course, read_notebook(course.root / "exercises" / SLUG / f"{SLUG}.ipynb"), cluster)

        title(console, "3. The reference solution")
        solution = read_notebook(course.root / "solutions" / SLUG / f"{SLUG}.ipynb")
        for manifest in solution.manifests.values():
            shown = "\n".join(line for line in manifest.splitlines() if line and not line.startswith("###"))
            console.print(Syntax(shown, "yaml", background_color="default", padding=(0, 2)))
        solved = judge(console, course, solution, cluster)

        title(console, f"4. The way of one request: {SOURCE} asks {TARGET}")
        prepare(exercise, course, cluster, solution)
        console.print(draw(path_of(cluster)), markup=False, soft_wrap=True)
    finally:
        cluster.close()
    console.print(f"That took {time.monotonic() - started:.1f} s. Now you: ./lab start", style="bold")
    if starter.score or not solved.passed:
        raise MachineError("The demo did not end as it should: the starter must score 0 and the solution must pass.")


def title(console: "Console", text: str) -> None:
    """A heading that is one without colour too."""
    console.print(f"\n[bold]{text}[/bold]\n{'─' * min(len(text), console.width)}")


def names_of_nodes(cluster: "Cluster") -> list[str]:
    """The nodes' names."""
    from lightkube.resources.core_v1 import Node

    return [node.metadata.name or "" for node in cluster.api.list(Node) if node.metadata]


def judge(console: "Console", course: "Course", submission: "Submission", cluster: "Cluster") -> "ExerciseResult":
    """Run the exercise's checks and show what they found."""
    from servicelab.checks import render
    from servicelab.course import run

    with console.status("Checking …"):
        result = run(SLUG, submission, cluster, course=course)
    console.print(render.terminal(result))
    return result


def prepare(exercise: "Exercise", course: "Course", cluster: "Cluster", solution: "Submission") -> None:
    """The exercise's own namespaces with what is given in them, and the solution, as a learner's cluster has them."""
    from lightkube.models.meta_v1 import ObjectMeta
    from lightkube.resources.core_v1 import Namespace, Pod

    from servicelab.checks.objects import write
    from servicelab.checks.pods import is_ready
    from servicelab.course.engine import fixture
    from servicelab.course.variant import reference
    from servicelab.manifests import read

    for namespace in exercise.namespaces:
        cluster.api.create(Namespace(metadata=ObjectMeta(name=namespace)))
    written = [manifest for name, text in solution.manifests.items() for manifest in read(text, name).manifests]
    for manifest in (*fixture(exercise, course, reference(exercise)), *written):
        if manifest.kind != "Namespace":
            write(cluster.api, manifest.object, manifest.namespace or exercise.namespaces[0])

    def ready() -> bool:
        pods = [pod for namespace in exercise.namespaces for pod in cluster.api.list(Pod, namespace=namespace)]
        return bool(pods) and all(is_ready(pod) for pod in pods)

    cluster.wait_until("the exercise's Pods to be ready", ready)


def path_of(cluster: "Cluster") -> "Path":
    """How the request travels, by the model that the embedded cluster's probes use."""
    import random

    from servicelab.network.places import parse_place, parse_target
    from servicelab.network.route import route
    from servicelab.tracing.reading import read_state

    return route(read_state(cluster), parse_place(SOURCE), parse_target(TARGET), random.choice)
