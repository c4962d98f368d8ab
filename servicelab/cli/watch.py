"""`lab watch`: Services, endpoints, Pods and requests of a namespace, as they change."""

import threading
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.which_cluster import Kind, Name, Namespace, opened

if TYPE_CHECKING:
    from rich.console import Console

    from servicelab.cluster.base import Cluster
    from servicelab.tracing.following import Following, Request

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def watch(
    source: Annotated[
        str, typer.Argument(metavar="[FROM]", help="Who asks: pod/NAME, pod/NAMESPACE/NAME, node/NAME or outside.")
    ] = "",
    target: Annotated[str, typer.Argument(metavar="[TO]", help="What is asked: a URL, HOST:PORT or svc/NAME.")] = "",
    kind: Kind = None,
    name: Name = "lab",
    namespace: Namespace = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between requests.")] = 1.0,
) -> None:
    """Watch the Services, endpoints and Pods of a namespace change, until Ctrl-C.

    With FROM and TO a request is sent every second, and how the last ones ended is shown: delete a Pod meanwhile.
    Where the output is no terminal each change is a line.

    Examples:

        lab watch -n shop

        lab watch pod/client http://web/hostname -n shop

        lab watch outside svc/web -n shop --every 0.5
    """
    from rich.console import Console

    from servicelab.cli.session import Ending
    from servicelab.tracing.following import Following

    if bool(source) != bool(target):
        raise typer.BadParameter("a request has a FROM and a TO; leave both out to watch only", param_hint="TO")
    console = Console(highlight=False)
    with opened(kind, name) as cluster:
        request = _request(cluster, source, target, namespace or "default", every)
        news = threading.Event()
        with Ending().until_told(), Following(cluster, namespace or "default", request, news.set) as following:
            asked = f"{request.source} asks for {request.target}:" if request else ""
            while not following.is_ready:
                news.wait()
                news.clear()
            (_draw if console.is_terminal else _tell)(console, following, news, asked)


def _request(cluster: "Cluster", source: str, target: str, namespace: str, every: float) -> "Request | None":
    from servicelab.tracing.following import request_of

    try:
        return request_of(cluster, source, target, namespace, every)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="FROM TO") from None


def _draw(console: "Console", following: "Following", news: threading.Event, asked: str) -> None:
    """The board, drawn anew with each change."""
    from rich.live import Live

    from servicelab.tracing.board_page import terminal

    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(terminal(following.board, following.sent, asked, following.trouble), refresh=True)
            news.wait()
            news.clear()


def _tell(console: "Console", following: "Following", news: threading.Event, asked: str) -> None:
    """A line for each change, and for each request that ends otherwise than the last."""
    import time

    from servicelab.tracing.board import Board, changes

    before, trouble = Board(following.board.namespace), ""
    told = 0.0
    while True:
        now = following.board
        lines = changes(before, now)
        before = now
        requests = [one for one in reversed(following.sent) if one.at > told]
        told = requests[-1].at if requests else told
        if following.trouble not in ("", trouble):
            lines.append(following.trouble)
        trouble = following.trouble
        clock = time.strftime("%H:%M:%S")
        for line in lines:
            console.print(f"{clock}  {line}", markup=False, soft_wrap=True)
        for one in requests:
            console.print(f"{one}  ({asked.rstrip(':')})", markup=False, soft_wrap=True)
        news.wait()
        news.clear()
