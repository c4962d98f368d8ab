"""`lab node`: a cluster's nodes, from the command line."""

import sys
from typing import Annotated

import typer

from servicelab.cli.which_cluster import Kind, Name, checked, choose, home, opened, reporter

app = typer.Typer(
    name="node",
    help="Stop or start one node of a cluster, to see what Kubernetes makes of it; run a command on a node.",
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
