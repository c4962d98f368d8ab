"""Which cluster a command is about: its `--cluster` and `--name`, and how to open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from servicelab.cluster.base import Cluster
    from servicelab.cluster.home import Home
    from servicelab.cluster.progress import Reporter

# The variables are those of a learner's notebooks and terminals (`lab start` sets them): there the cluster is theirs.
Kind = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        envvar="LAB_CLUSTER",
        show_envvar=False,
        help="`kind` or `embedded`; without it the one you chose before.",
    ),
]
Name = Annotated[
    str, typer.Option("--name", envvar="LAB_CLUSTER_NAME", show_envvar=False, help="Which of your clusters.")
]
Namespace = Annotated[str | None, typer.Option("--namespace", "-n", help="Of names written without one.")]


def home() -> "Home":
    """The learner's LAB_HOME."""
    from servicelab.cluster.home import Home

    return Home.find()


def choose(asked: str | None) -> str:
    """The kind of cluster to use: the one asked for, else as remembered; a usage error when there is no such kind."""
    from servicelab.cluster import lifecycle

    try:
        return lifecycle.choose(home(), asked).kind
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--cluster") from None


def checked(name: str) -> str:
    """A cluster's name, when it is one; else a usage error."""
    try:
        home().cluster("embedded", name)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--name") from None
    return name


def reporter() -> "Reporter":
    """Progress goes to standard error, so that what is printed can be used."""
    from rich.console import Console

    from servicelab.cluster.progress import ConsoleReporter

    return ConsoleReporter(Console(stderr=True))


@contextmanager
def opened(kind: str | None, name: str) -> Iterator["Cluster"]:
    """The running cluster in the block; MachineError, with what to do, when it does not run."""
    from servicelab.cluster import lifecycle

    cluster = lifecycle.open_cluster(choose(kind), checked(name), home=home())
    try:
        yield cluster
    finally:
        cluster.close()
