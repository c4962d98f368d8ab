"""`lab bundle`: everything a class needs where there is no internet."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(
    name="bundle",
    help="Collect and check everything a class needs where there is no internet.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The bundle's folder.")]


@app.command()
def create(
    directory: Directory,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Take images and programs from this bundle, not from Docker or the internet."),
    ] = None,
    python: Annotated[
        str | None,
        typer.Option(help="Collect packages for this Python; run again with another one to have both."),
    ] = None,
) -> None:
    """Collect images, programs and Python packages into DIR, for machines like this one.

    Run it again to finish what was interrupted, or to renew what is out of date; what is there already stays.

    Examples:

        lab bundle create /media/usb/bundle

        lab bundle create /media/usb/bundle --python python3.12

        lab bundle create bundle --from /media/usb/last-year
    """
    from rich.console import Console

    from servicelab.cluster import bundle as bundles
    from servicelab.cluster import bundle_create
    from servicelab.cluster.bundle_parts import Order
    from servicelab.cluster.home import Home
    from servicelab.cluster.progress import ConsoleReporter
    from servicelab.course.files import course_root

    home, place = Home.find(), directory.expanduser().absolute()
    reporter = ConsoleReporter(Console(stderr=True))
    taken = bundles.open_bundle(home, source.expanduser().absolute()) if source else None
    facts = bundle_create.create(Order(place, home, reporter, taken, course_root(), python or sys.executable))
    typer.echo(f"The bundle {place} is whole: {describe(facts)}.")
    typer.echo(f"To use it: ./lab start --bundle {place}")


@app.command()
def verify(directory: Directory) -> None:
    """Read every file of a bundle and compare its digest; exit code 1 with the file's name when one differs.

    Example: lab bundle verify /media/usb/bundle
    """
    from rich.console import Console

    from servicelab.cluster import bundle as bundles
    from servicelab.cluster import bundle_create
    from servicelab.cluster.home import Home
    from servicelab.cluster.progress import ConsoleReporter

    opened = bundles.open_bundle(Home.find(), directory.expanduser().absolute())
    bundle_create.verify(opened, ConsoleReporter(Console(stderr=True)))
    typer.echo(f"The bundle {opened.directory} is whole: {describe(opened.facts)}.")


def describe(facts: "Mapping[str, object]") -> str:
    """What is in a bundle, in one line."""
    parts = [f"Kubernetes {facts['kubernetes']} for {facts['architecture']}"]
    wheels = facts.get("wheels")
    if isinstance(wheels, dict):
        parts.append(f"{len(wheels['files'])} Python packages for {'; '.join(wheels['for'])}")
    else:
        parts.append("no Python packages (`lab bundle create` with its folder adds them)")
    return ", ".join(parts)
