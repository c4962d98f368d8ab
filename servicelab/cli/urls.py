"""`lab urls`: where this machine's browser reaches Services."""

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.output import Output
from servicelab.cli.which_cluster import Kind, Name, opened

if TYPE_CHECKING:
    from servicelab.cluster.base import Cluster
    from servicelab.tracing.urls import Reach, Url

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
SOME_DO_NOT = 4


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def urls(
    kind: Kind = None,
    name: Name = "lab",
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="Of this namespace.")] = "default",
    everywhere: Annotated[bool, typer.Option("--all-namespaces", "-A", help="Of all namespaces.")] = False,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to show it.")] = Output.TEXT,
    forward: Annotated[bool, typer.Option("--forward", help="By ports that lab forwards until Ctrl-C.")] = False,
) -> None:
    """Which Services can this machine's browser reach, and where? Lists NodePort and LoadBalancer Services (TCP).

    Each address is tried before it is listed; where none answers, the reason is. `--forward` is for machines that do
    not reach Docker's network (Docker Desktop, some VPNs).

    Ends with 0 when every Service answers, with 4 when one does not.

    Examples:

        lab urls -n shop

        lab urls -A --cluster kind

        lab urls -n shop --forward
    """
    from rich.console import Console

    from servicelab.tracing import urls as found
    from servicelab.tracing.reading import read_state

    with opened(kind, name) as cluster, ExitStack() as forwarders:
        reach = through_forwarders(cluster, forwarders) if forward else cluster.here
        with Console(stderr=True).status("Trying each address …"):
            state = read_state(cluster)
            services = found.open_services(state, None if everywhere else namespace)
            told = [url for one in services for url in found.urls(reach, state, one)]
        _show(told, output, "" if everywhere else f" in the namespace {namespace}")
        if forward and any(url.url for url in told):
            wait_for_end()
    if any(not url.url for url in told):
        raise typer.Exit(SOME_DO_NOT)


def through_forwarders(cluster: "Cluster", forwarders: ExitStack) -> "Reach":
    """Reach the cluster by ports that lab forwards as long as `forwarders` is open."""
    return lambda host, port: [forwarders.enter_context(cluster.forward(host, port))]


def wait_for_end() -> None:
    """Keep forwarding until Ctrl-C."""
    import threading

    from servicelab.cli.session import Ending

    typer.echo("Forwarding until Ctrl-C.", err=True)
    with Ending().until_told():
        threading.Event().wait()


def _show(told: "list[Url]", output: Output, where: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if output is Output.JSON:
        typer.echo(json.dumps([url.to_json() for url in told], indent=2))
    elif not told:
        typer.echo(f"There is no NodePort or LoadBalancer Service{where}.")
    else:
        table = Table()
        for head in ("Service", "Port", "Address for your browser"):
            table.add_column(head, overflow="fold")
        for url in told:
            shown = Text(url.url, "green") if url.url else Text("none answers: ", "red").append(url.why, "default")
            if url.url and url.why:
                shown.append(f" ({url.why})", "dim")
            table.add_row(url.service, url.port, shown)
        Console(highlight=False).print(table)
