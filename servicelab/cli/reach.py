"""`lab reach`: who reaches what in a namespace, as a table."""

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.output import Output
from servicelab.cli.which_cluster import Kind, Name, opened

if TYPE_CHECKING:
    from servicelab.cluster.base import Cluster
    from servicelab.network.reach import Matrix

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
DIFFERS = 4


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def reach(
    kind: Kind = None,
    name: Name = "lab",
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="Whose Services are asked for.")] = "default",
    output: Annotated[Output, typer.Option("--output", "-o", help="How to show it.")] = Output.TEXT,
    predict_only: Annotated[bool, typer.Option("--predict-only", help="Send nothing.")] = False,
    all_pods: Annotated[bool, typer.Option("--all-pods", help="Ask from every Pod, not one of each owner.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds a request may take.")] = 2.0,
) -> None:
    """Who reaches what? Every vantage point (outside, the nodes, Pods) × every address of a namespace's Services.

    Each request is predicted; on a cluster with real traffic it is also sent, and a cell says so where it ended
    otherwise. `lab trace FROM TO` explains a single one.

    Ends with 0; with 4 when a request ended otherwise than predicted.

    Examples:

        lab reach -n shop

        lab reach -n shop --predict-only

        lab reach -n shop --cluster kind -o json
    """
    from rich.console import Console

    from servicelab.tracing.reach import predict_namespace
    from servicelab.tracing.table import Reach

    with opened(kind, name) as cluster:
        matrix = predict_namespace(cluster, namespace, all_pods=all_pods)
        if not predict_only:
            matrix = _send(cluster, matrix, timeout)
    if output is Output.JSON:
        typer.echo(json.dumps(matrix.to_json(), indent=2))
    else:
        Console(highlight=False).print(Reach(matrix))
    if matrix.differences:
        raise typer.Exit(DIFFERS)


def _send(cluster: "Cluster", matrix: "Matrix", timeout: float) -> "Matrix":
    """Send all requests; a bar on standard error shows how far it is."""
    from rich.console import Console
    from rich.progress import track

    from servicelab.tracing.reach import probe_all

    total = len(matrix.cells)
    bar = partial(
        track, description=f"Sending {total} requests", total=total, console=Console(stderr=True), transient=True
    )
    return probe_all(cluster, matrix, timeout=timeout, watched=bar)
