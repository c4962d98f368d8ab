"""`lab open`: a Service in the browser."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.which_cluster import Kind, Name, opened

if TYPE_CHECKING:
    from servicelab.tracing.urls import Url

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
NO_ANSWER = 4


@app.command("open", context_settings={"help_option_names": ["-h", "--help"]})
def open_service(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="svc/NAME, svc/NAMESPACE/NAME or svc/NAME:PORT.")],
    kind: Kind = None,
    name: Name = "lab",
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="Of a name without one.")] = "default",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it, or only print it.")] = True,
    forward: Annotated[bool, typer.Option("--forward", help="By a port that lab forwards until Ctrl-C.")] = False,
) -> None:
    """Open a NodePort or LoadBalancer Service in the browser, and print its address.

    Where this machine does not reach the cluster's network, a port of this machine is forwarded until Ctrl-C.

    Ends with 0, or with 4 when the Service does not answer; the reason is printed.

    Examples:

        lab open svc/web -n shop

        lab open svc/shop/web --no-browser
    """
    from servicelab.cli.urls import through_forwarders, wait_for_end
    from servicelab.tracing import asking
    from servicelab.tracing import urls as found
    from servicelab.tracing.reading import read_state

    with opened(kind, name) as cluster, ExitStack() as forwarders:
        state = read_state(cluster)
        try:
            wanted, port = asking.find_service(service, state, namespace)
            chosen = asking.ports_of(state, wanted, port)[0].port
            found.check_open(wanted, chosen)
        except ValueError as problem:
            raise typer.BadParameter(str(problem), param_hint="SERVICE") from None
        forwarded = through_forwarders(cluster, forwarders)
        (url,) = found.urls(forwarded if forward else cluster.here, state, wanted, chosen)
        if not forward and not url.url and url.is_open:
            forward = True
            (url,) = found.urls(forwarded, state, wanted, chosen)
        _show(url, browser)
        if forward:
            wait_for_end()


def _show(url: "Url", browser: bool) -> None:
    import webbrowser

    if not url.url:
        typer.echo(f"Service {url.service} does not answer: {url.why}", err=True)
        raise typer.Exit(NO_ANSWER)
    typer.echo(url.url)
    if browser and not webbrowser.open(url.url):
        typer.echo("No browser could be opened here; open the address yourself.", err=True)
