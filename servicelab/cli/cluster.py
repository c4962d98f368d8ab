"""`lab cluster`: the life of a cluster from the command line."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli import node
from servicelab.cli.which_cluster import Kind, Name, checked, choose, home, reporter

if TYPE_CHECKING:
    from servicelab.cluster.status import Status

app = typer.Typer(
    name="cluster",
    help="Start, stop, look at, reset or delete a cluster.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(node.app, name="node")

BundleDirectory = Annotated[
    Path | None,
    typer.Option("--bundle", help="A directory with images and programs for kind (or set LAB_BUNDLE)."),
]
Output = Annotated[str, typer.Option("--output", "-o", help="`text` or `json`.")]
NOT_RUNNING = 3
"""The exit code of `status` for a cluster that does not run, as systemctl has it."""


@app.command()
def start(
    kind: Kind = None,
    name: Name = "lab",
    bundle: BundleDirectory = None,
    no_load_balancer: Annotated[
        bool,
        typer.Option("--no-load-balancer", help="A new cluster without one: LoadBalancer Services stay pending."),
    ] = False,
) -> None:
    """Start a cluster, or find it running; returns when it answers. `--cluster` is remembered.

    Examples:

        lab cluster start

        lab cluster start --cluster kind

        lab cluster start --cluster kind --bundle /media/usb/bundle

        lab cluster start --name cloudless --no-load-balancer
    """
    from servicelab.cluster import lifecycle

    chosen = choose(kind)
    status = lifecycle.start(
        chosen, checked(name), home=home(), reporter=reporter(), bundle=bundle, load_balancer=not no_load_balancer
    )
    if kind is not None:
        lifecycle.remember(home(), chosen)
    _print(status)
    if no_load_balancer and status.load_balancer:
        typer.echo("It was made before, with a load balancer; `lab cluster load-balancer off` takes that away.")


@app.command()
def stop(kind: Kind = None, name: Name = "lab") -> None:
    """Stop a cluster; what is in it stays.

    Example: lab cluster stop --cluster kind
    """
    from servicelab.cluster import lifecycle

    _print(lifecycle.stop(choose(kind), checked(name), home=home(), reporter=reporter()))


@app.command()
def status(kind: Kind = None, name: Name = "lab", output: Output = "text") -> None:
    """Say how a cluster is; exit code 0 when it runs, 3 when it does not.

    Examples:

        lab cluster status

        lab cluster status --cluster kind -o json
    """
    from servicelab.cluster import lifecycle
    from servicelab.cluster.status import State

    if output not in ("text", "json"):
        raise typer.BadParameter("choose text or json", param_hint="--output")
    found = lifecycle.status(choose(kind), checked(name), home=home())
    if output == "json":
        typer.echo(json.dumps(found.to_json(), indent=2))
    else:
        _print(found)
    if found.state is not State.RUNNING:
        raise typer.Exit(NOT_RUNNING)


@app.command()
def reset(kind: Kind = None, name: Name = "lab") -> None:
    """Remove everything that was made in a running cluster; its kubeconfig stays valid.

    Example: lab cluster reset
    """
    from servicelab.cluster import lifecycle

    _print(lifecycle.reset(choose(kind), checked(name), home=home(), reporter=reporter()))


@app.command()
def delete(kind: Kind = None, name: Name = "lab") -> None:
    """Remove a cluster and all its files.

    Example: lab cluster delete --cluster kind --name lab
    """
    from servicelab.cluster import lifecycle

    _print(lifecycle.delete(choose(kind), checked(name), home=home(), reporter=reporter()))


@app.command("load-balancer")
def load_balancer(
    state: Annotated[str, typer.Argument(metavar="on|off", help="Whether LoadBalancer Services get addresses.")],
    kind: Kind = None,
    name: Name = "lab",
    bundle: BundleDirectory = None,
) -> None:
    """Give a running cluster a load balancer (MetalLB), or take it away, as in a cluster without a cloud.

    Without one, new LoadBalancer Services stay pending. Those that have an address keep it in their status, and it
    still works inside the cluster; outside nobody answers there. `reset` leaves this as it is.

    Examples:

        lab cluster load-balancer off

        lab cluster load-balancer on --cluster kind
    """
    from servicelab.cluster import lifecycle

    if state not in ("on", "off"):
        raise typer.BadParameter("say on or off", param_hint="on|off")
    _print(
        lifecycle.switch_load_balancer(
            choose(kind), checked(name), on=state == "on", home=home(), reporter=reporter(), bundle=bundle
        )
    )


@app.command()
def kubeconfig(
    kind: Kind = None,
    name: Name = "lab",
    namespace: Annotated[
        str | None,
        typer.Option("--namespace", help="One for somebody who works in this namespace only; it is made when missing."),
    ] = None,
) -> None:
    """Print the path of a cluster's kubeconfig.

    Examples:

        export KUBECONFIG=$(lab cluster kubeconfig)

        lab cluster kubeconfig --namespace team-a
    """
    from servicelab.cluster.base import MachineError

    if namespace is not None:
        typer.echo(_kubeconfig_for(choose(kind), checked(name), namespace))
        return
    path = home().cluster(choose(kind), checked(name)) / "kubeconfig"
    if not path.exists():
        raise MachineError(f"the cluster {name} has no kubeconfig yet", "Start it with `lab cluster start`.")
    typer.echo(path)


@app.command()
def kubectl(
    bundle: BundleDirectory = None,
    yes: Annotated[bool, typer.Option("--yes", help="Download kubectl without asking, when there is none.")] = False,
) -> None:
    """Put a kubectl on the lab's PATH: your own, the bundle's, a downloaded one, or a small stand-in.

    Examples:

        lab cluster kubectl

        lab cluster kubectl --yes
    """
    from servicelab.cluster import bundle as bundles
    from servicelab.cluster import kubectl as kubectls

    place = home()
    provided = kubectls.provide(place, bundles.find(place, bundle), ask=(lambda _: True) if yes else _ask)
    typer.echo(f"{provided.path}: {provided.note}")


def _kubeconfig_for(kind: str, name: str, namespace: str) -> Path:
    from servicelab.cluster import learners, lifecycle
    from servicelab.cluster.embedded_cluster import EmbeddedCluster
    from servicelab.cluster.kind_cluster import KindCluster

    cluster = lifecycle.open_cluster(kind, name, home=home())
    assert isinstance(cluster, EmbeddedCluster | KindCluster)
    try:
        return learners.kubeconfig_for(cluster, namespace)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--namespace") from None
    finally:
        cluster.close()


def _ask(question: str) -> bool:
    """Ask a person; who is not at a terminal has not said yes."""
    import sys

    return sys.stdin.isatty() and typer.confirm(question)


def _print(status: "Status") -> None:
    about = f", Kubernetes {status.kubernetes}" if status.kubernetes else ""
    typer.echo(f"The {status.kind} cluster {status.name} is {status.state}{about}.")
    if status.detail:
        typer.echo(status.detail)
    if status.nodes and not status.load_balancer:
        typer.echo("It has no load balancer: LoadBalancer Services stay pending. `lab cluster load-balancer on`")
    if status.nodes:
        typer.echo(f"Nodes: {', '.join(status.nodes)}")
    if status.kubeconfig and status.kubeconfig.exists():
        typer.echo(f"Kubeconfig: {status.kubeconfig}")
    if status.ports:
        pairs = ", ".join(
            str(node_port) if node_port == host_port else f"{node_port} at {host_port}"
            for node_port, host_port in sorted(status.ports.items())
        )
        typer.echo(f"NodePorts this machine reaches at 127.0.0.1: {pairs}")
