"""The `lab` command. Each verb lives in a module of its own, imported only when it is asked for."""

import importlib
import sys
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from servicelab.cli import report


class Verb(NamedTuple):
    """One verb of `lab`: the module whose typer `app` it is, and its line in `lab --help`."""

    module: str
    help: str
    panel: str


LEARN, LOOK, TEACH, DEVELOP = "Learn", "Look at the network", "Teach", "Develop the course"
VERBS = {
    "start": Verb("start", "Start your cluster and JupyterLab; open the course's start page.", LEARN),
    "demo": Verb("demo", "Show the whole loop in half a minute, without a browser.", LEARN),
    "cluster": Verb("cluster", "Start, stop, look at, reset or delete a cluster.", LEARN),
    "doctor": Verb("doctor", "Say why a Service is not answered, or what is wrong with this machine.", LEARN),
    "node": Verb("node", "Run a command on a node; stop or start one.", LOOK),
    "urls": Verb("urls", "List the addresses at which this machine's browser reaches Services.", LOOK),
    "open": Verb("open", "Open a Service in the browser.", LOOK),
    "reach": Verb("reach", "Show who reaches what in a namespace, predicted and tried.", LOOK),
    "watch": Verb("watch", "Watch Services, endpoints, Pods and requests as they change.", LOOK),
    "trace": Verb("trace", "Predict where a request goes, hop by hop; send it, and compare.", LOOK),
    "check": Verb("check", "Check your solution of an exercise.", LEARN),
    "exercise": Verb("exercise", "List exercises; read, fetch or reset one.", LEARN),
    "hint": Verb("hint", "Get help with an exercise, step by step.", LEARN),
    "whoami": Verb("whoami", "Show or set who you are in the class.", LEARN),
    "progress": Verb("progress", "Show, export, import or forget what is recorded of your work.", LEARN),
    "submit": Verb("submit", "Make the archive that you hand in, with a receipt.", LEARN),
    "class": Verb("classes", "Set up a class, release it, and bring its marks out.", TEACH),
    "collect": Verb("collect", "Take in submissions from a folder or a learning platform's download.", TEACH),
    "grade": Verb("grade", "Grade submitted notebooks without executing them.", TEACH),
    "report": Verb("report_class", "Show what the class did with an exercise, and what it misunderstood.", TEACH),
    "bundle": Verb("bundle", "Collect and check everything a class needs where there is no internet.", TEACH),
    "course": Verb("course", "Find what is missing or wrong in the course's own files.", DEVELOP),
    "test": Verb("test", "Run the whole test suite; what follows goes to pytest.", DEVELOP),
}


class LazyGroup(TyperGroup):
    """Lists its verbs from the table above and imports one only to run it, so `lab --help` stays fast."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, verb in VERBS.items():  # what `--help` lists: name and line, without the verb's own options
            self.commands[name] = TyperCommand(name, help=verb.help, rich_help_panel=verb.panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb itself, imported now."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in VERBS:
            module = importlib.import_module(f"servicelab.cli.{VERBS[name].module}")
            command = typer.main.get_command(module.app)
        return name, command, rest


app = typer.Typer(
    name="lab",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(wanted: bool) -> None:
    """Print the course's version and end."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"Service Lab {version('servicelab')}")
        raise typer.Exit


@app.callback()
def lab(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Learn Kubernetes Services by doing, on a cluster of your own."""


def main() -> None:
    """Run `lab` with the words of the command line; ends the process."""
    sys.exit(report.run(lambda: app(prog_name="lab")))
