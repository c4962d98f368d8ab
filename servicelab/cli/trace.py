"""`lab trace`: the way of one request, predicted, sent, and compared."""

import json
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.which_cluster import Kind, Name, Namespace, opened

if TYPE_CHECKING:
    from servicelab.cluster.base import Cluster
    from servicelab.network.places import Place
    from servicelab.tracing.trace import Trace

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
DIFFERS, NEITHER = 4, 5


class Output(StrEnum):
    """What `-o` takes."""

    TEXT = "text"
    JSON = "json"
    SVG = "svg"


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def trace(
    source: Annotated[str, typer.Argument(metavar="FROM", help="pod/NAME, pod/NAMESPACE/NAME, node/NAME or outside.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A URL, HOST:PORT (HTTP), or svc/NAME or svc/NAME:PORT.")],
    kind: Kind = None,
    name: Name = "lab",
    namespace: Namespace = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to show it.")] = Output.TEXT,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again and again; tell what changes. Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between requests with --watch.")] = 1.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds a request may take.")] = 2.0,
) -> None:
    """Where does a request go? Reads the cluster's objects, predicts the way hop by hop, sends the request, compares.

    A target is a URL as for `%probe` (`http://web/hostname`, `tcp://10.96.0.10:53`, `udp://web:53`, `ping://web`), or
    `svc/NAME`: the address of that Service that one would ask from there.

    Ends with 0 when the prediction held (also that nobody answers), or on the embedded cluster, which follows the same
    model; 4 when it did not hold; 5 when nothing could be predicted and nobody answered. When nothing could be
    predicted, 0 means that the request was answered. 1: the lab failed; 2: the words were not understood.

    Examples:

        lab trace pod/client http://web/hostname -n shop

        lab trace outside svc/web -n shop

        lab trace node/lab-worker 10.96.0.10:53 -o json

        lab trace pod/shop/client svc/web --watch
    """
    if watch and output is Output.SVG:
        raise typer.BadParameter("--watch shows text or json, no pictures", param_hint="--output")
    with opened(kind, name) as cluster:
        place = _place(source, namespace)
        if watch:
            from servicelab.cli.session import Ending

            with Ending().until_told():
                _watch(cluster, place, target, namespace, output, every, timeout)
            return
        found = _trace(cluster, place, target, namespace, timeout)
        typer.echo(_shown(found, output), nl=output is not Output.SVG)
    _end(found)


def _place(text: str, namespace: str | None) -> "Place":
    from servicelab.network.places import parse_place

    try:
        return parse_place(text, namespace or "default")
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="FROM") from None


def _trace(cluster: "Cluster", place: "Place", target: str, namespace: str | None, timeout: float) -> "Trace":
    from servicelab.network.places import PodPlace
    from servicelab.tracing.asking import read_target
    from servicelab.tracing.reading import read_state
    from servicelab.tracing.trace import trace as send

    state = read_state(cluster)
    own = namespace or (place.namespace if isinstance(place, PodPlace) else "default")
    try:
        asked = read_target(target, place, state, own)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="TO") from None
    return send(cluster, state, place, asked, timeout=timeout)


def _watch(
    cluster: "Cluster", place: "Place", target: str, namespace: str | None, output: Output, every: float, timeout: float
) -> None:
    """Print a trace whenever something else is predicted or happens; which of several Pods answers is no news."""
    before: object = None
    while True:
        began = time.monotonic()
        found = _trace(cluster, place, target, namespace, timeout)
        now = (found.target, found.prediction, found.probed and found.probed.outcome, found.unprobed, found.result)
        if now != before:
            before = now
            if output is Output.TEXT:
                typer.echo(time.strftime("── %H:%M:%S ──"))
            typer.echo(json.dumps(found.to_json()) if output is Output.JSON else _shown(found, output))
        time.sleep(max(0.0, every - (time.monotonic() - began)))


def _shown(found: "Trace", output: Output) -> str:
    from servicelab.picture import picture, text
    from servicelab.tracing.words import conclusion

    if output is Output.JSON:
        return json.dumps(found.to_json(), indent=2)
    path = found.path
    if output is Output.SVG:
        if path is None:
            raise typer.BadParameter(f"nothing can be drawn: {found.prediction.unmodelled}", param_hint="--output")
        return picture(found.prediction.paths, found.state)
    return (f"{text.draw(path)}\n" if path is not None else "") + conclusion(found)


def _end(found: "Trace") -> None:
    from servicelab.tracing.trace import Result

    if found.result is Result.DIFFERS:
        raise typer.Exit(DIFFERS)
    if found.result is Result.UNMODELLED and (found.probed is None or not found.probed.answered):
        raise typer.Exit(NEITHER)
