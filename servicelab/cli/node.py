"""`lab node`: a cluster's nodes, from the command line."""

import sys
from typing import Annotated

import typer

from servicelab.cli.which_cluster import Kind, Name, checked, choose, home, opened, reporter

app = typer.Typer(
    name="node",
    help="Stop a node, close its firewall, cut it off, to see what Kubernetes makes of it; run a command on a node.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Node = Annotated[str, typer.Argument(metavar="NODE", help="The node's name, as `kubectl get nodes` shows it.")]


@app.command("stop")
def stop_node(node: Node, kind: Kind = None, name: Name = "lab") -> None:
    """Stop a node, as if its machine had failed: everything on it is silent at once; Kubernetes finds out later.

    Within a minute the node is NotReady and its Pods leave the endpoints; after five minutes more they are replaced
    on other nodes. The control plane is not stopped: without it there is no API.

    Examples:

        lab cluster node stop lab-worker

        lab cluster node stop lab-worker2 --cluster kind
    """
    from servicelab.cluster import lifecycle

    lifecycle.stop_node(choose(kind), checked(name), node, home=home(), reporter=reporter())
    typer.echo(f"The node {node} is stopped. `lab cluster node start {node}` starts it again.")


@app.command("start")
def start_node(node: Node, kind: Kind = None, name: Name = "lab") -> None:
    """Start a stopped node again; returns when it is Ready.

    Example: lab cluster node start lab-worker
    """
    from servicelab.cluster import lifecycle

    lifecycle.start_node(choose(kind), checked(name), node, home=home(), reporter=reporter())
    typer.echo(f"The node {node} is Ready.")


@app.command("firewall")
def firewall(
    node: Node,
    block_node_ports: Annotated[
        bool, typer.Option("--block-node-ports/--off", help="Drop the node ports (30000-32767), or let all pass again.")
    ] = True,
    kind: Kind = None,
    name: Name = "lab",
) -> None:
    """Let a node's firewall drop what other machines send to its node ports, as many a company's does.

    Requests to a node port of this node get no answer, from outside and from other nodes; the Pods behind it, their
    Service's own address, and the other nodes' ports work as before.

    Examples:

        lab cluster node firewall lab-worker --block-node-ports

        lab cluster node firewall lab-worker --off
    """
    from servicelab.cluster import lifecycle

    lifecycle.set_firewall(choose(kind), checked(name), node, on=block_node_ports, home=home(), reporter=reporter())
    if block_node_ports:
        typer.echo(f"The firewall of {node} drops 30000-32767. `lab cluster node firewall {node} --off` ends that.")
    else:
        typer.echo(f"The firewall of {node} lets everything pass.")


@app.command("partition")
def partition(
    node: Node,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The node it is to be cut off from.")],
    heal: Annotated[bool, typer.Option("--heal", help="Let everything pass between them again.")] = False,
    kind: Kind = None,
    name: Name = "lab",
) -> None:
    """Cut two workers off from each other: nothing passes between them and their Pods, in either direction.

    Both still reach the control plane, so both stay Ready, and Kubernetes sends requests into the gap.

    Examples:

        lab cluster node partition lab-worker lab-worker2

        lab cluster node partition lab-worker lab-worker2 --heal
    """
    from servicelab.cluster import lifecycle

    lifecycle.set_partition(choose(kind), checked(name), node, other, on=not heal, home=home(), reporter=reporter())
    if heal:
        typer.echo(f"Everything passes between {node} and {other}.")
    else:
        typer.echo(f"Nothing passes between {node} and {other}. The same command with --heal ends that.")


@app.command("exec")
def execute(
    node: Node,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND…", help="What to run, with its own words.")],
    kind: Kind = None,
    name: Name = "lab",
    timeout: Annotated[float, typer.Option(min=1, help="Seconds the command may take.")] = 60.0,
) -> None:
    """Run a command on a node and end with its exit code. The command gets no input: this is no place for a shell.

    On the embedded cluster nodes have few commands (a wrong one is answered with which there are); `iptables-save`
    prints kube-proxy's rules as the model writes them.

    Examples:

        lab node exec lab-worker -- iptables-save -t nat

        lab node exec lab-worker --cluster kind -- sh -c 'iptables-save | grep shop/web'

        lab node exec lab-worker2 -- curl -s http://10.96.0.1:443
    """
    with opened(kind, name) as cluster:
        done = cluster.execute_on_node(node, command, timeout=timeout)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    raise typer.Exit(done.exit_code)
