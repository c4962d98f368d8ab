"""`lab doctor`: what is wrong, and what to do about it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from servicelab.cluster.machine.finding import Finding
    from servicelab.cluster.machine.report import Report

app = typer.Typer(
    name="doctor",
    help="Say what is wrong, and what to do about it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def doctor() -> None:
    """Say what is wrong, and what to do about it."""


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
