"""`lab doctor`: what is wrong with a Service or with this machine, and what to do about it."""

import json
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from servicelab.cli.output import Output
from servicelab.cli.which_cluster import Kind, Name, Namespace, opened

if TYPE_CHECKING:
    from rich.console import Console

    from servicelab.cluster.base import Cluster
    from servicelab.cluster.machine.finding import Finding
    from servicelab.cluster.machine.report import Report
    from servicelab.diagnosis import Diagnosis
    from servicelab.tracing.diagnosing import Asking

BROKEN = 1
WIDEST = 100
"""Columns: longer lines are hard to read."""
SERVICE = "service"


class WithService(TyperGroup):
    """`lab doctor web` is `lab doctor service web`: only a word that is no command names a Service."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words with the command that they mean."""
        is_about_command = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_about_command else [SERVICE, *args])


app = typer.Typer(
    name="doctor",
    cls=WithService,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def doctor() -> None:
    """Say what is wrong, and what to do about it.

    `lab doctor web` is about the Service web, `lab doctor` about all Services of a namespace (`lab doctor service -h`
    tells more), `lab doctor machine` about this machine.
    """


@app.command(SERVICE)
def service(
    asked: Annotated[
        str,
        typer.Argument(metavar="[SERVICE]", help="NAME, NAMESPACE/NAME or a URL; without one all of the namespace."),
    ] = "",
    kind: Kind = None,
    name: Name = "lab",
    namespace: Namespace = None,
    source: Annotated[
        str, typer.Option("--from", metavar="WHO", help="pod/NAME, pod/NAMESPACE/NAME, node/NAME, outside or here.")
    ] = "",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The number that is asked.")] = None,
    meant: Annotated[
        str,
        typer.Option("--expect", metavar="LABELS", help="Labels of the Pods that should answer: app=web,tier=front."),
    ] = "",
    level: Annotated[int, typer.Option(min=1, max=3, help="1: a question; 2: how to look; 3: the evidence.")] = 1,
    output: Annotated[Output, typer.Option("--output", "-o", help="`text` or `json`.")] = Output.TEXT,
) -> None:
    """Why is a Service not answered? Walks the way of a request and names the first hop that is broken.

    Looks at name, address, endpoints, readiness, target port, program, way and the way in from outside, in this order.
    On a real cluster it sends requests and looks into Pods where the objects do not tell. Level 1 asks a question,
    level 2 gives the command to look with, level 3 what was found; no level tells how the manifest should be.

    Without --from a Pod of the namespace asks and, when the Service is open to them, a client outside. `here` is this
    machine. Ends with 0 when everything asked is answered, 1 when something is broken or cannot be told.

    Examples:

        lab doctor web -n shop

        lab doctor web -n shop --from pod/client --port 8080 --level 3

        lab doctor http://web.shop:80 --from pod/other/client

        lab doctor -n shop -o json

        lab doctor machine
    """
    from rich.console import Console

    from servicelab.course import load_course
    from servicelab.diagnosis import to_json
    from servicelab.tracing import diagnosing

    level = load_course().policy.doctor_level(level)
    space = namespace or "default"
    try:
        asking = diagnosing.read_asking(asked, space, source, port, meant)
        with opened(kind, name) as cluster:
            found = _examined(cluster, asking, Console(stderr=True))
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    if output is Output.JSON:
        told = [to_json(one, level) for one in found]
        typer.echo(json.dumps(told[0] if asked and told else told, indent=2))
    else:
        more = f"lab doctor {{}}{f' -n {space}' if namespace else ''}"
        width = min(WIDEST, get_terminal_size(fallback=(WIDEST, 0)).columns)
        typer.echo(diagnosing.report(found, asking, level, more, width))
    if not all(one.is_healthy for one in found):
        raise typer.Exit(BROKEN)


def _examined(cluster: "Cluster", asking: "Asking", console: "Console") -> "list[Diagnosis]":
    from servicelab.tracing.diagnosing import doctor as examine

    with console.status("Following the request …"):
        return examine(cluster, asking)


@app.command()
def machine(
    name: Annotated[str, typer.Option("--name", help="The cluster that is to come up.")] = "lab",
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", help="A directory with images and programs for kind (or set LAB_BUNDLE)."),
    ] = None,
    output: Annotated[str, typer.Option("--output", "-o", help="`text` or `json`.")] = "text",
) -> None:
    """Say whether a real cluster (kind) can come up on this machine; exit code 0 when it can, 1 when not.

    The embedded cluster needs none of what is looked at here: only Python.

    Examples:

        lab doctor machine

        lab doctor machine --bundle /media/usb/bundle

        lab doctor machine -o json
    """
    from rich.console import Console

    from servicelab.cluster import bundle as bundles
    from servicelab.cluster.home import Home
    from servicelab.cluster.machine.preflight import examine

    if output not in ("text", "json"):
        raise typer.BadParameter("choose text or json", param_hint="--output")
    home = Home.find()
    with Console(stderr=True).status("Looking at this machine …"):
        report = examine(home, name, bundles.find(home, bundle))
    if output == "json":
        typer.echo(json.dumps(report.to_json(), indent=2))
    else:
        show(report, Console(highlight=False, soft_wrap=True))
    if report.faults:
        raise typer.Exit(1)


def show(report: "Report", console: "Console") -> None:
    """One line for each thing that was looked at, then what was found: faults first, warnings apart."""
    marks = {
        "fine": "[green]✓[/green]",
        "fault": "[red]✗[/red]",
        "warning": "[yellow]![/yellow]",
        "unknown": "[dim]?[/dim]",
    }
    for one in report.looked:
        console.print(
            f"{marks[one.state]} {one.title}"
            + ("  [dim]could not be looked at[/dim]" if one.state == "unknown" else "")
        )
    for title, findings in (("A kind cluster will not come up:", report.faults), ("Good to know:", report.warnings)):
        if findings:
            console.print(f"\n[bold]{title}[/bold]")
            for finding in findings:
                show_finding(finding, console)
    if not report.faults:
        console.print("\nA kind cluster can come up here: `lab cluster start --cluster kind`.", style="bold green")


def show_finding(finding: "Finding", console: "Console") -> None:
    """What, why, and what to do."""
    console.print(f"\n{finding.what[0].upper()}{finding.what[1:]}.", markup=False)
    console.print(f"  {finding.why}", markup=False)
    console.print(f"  To do: {finding.fix}", markup=False)
