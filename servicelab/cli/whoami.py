"""`lab whoami`: who the learner is in the class."""

import re
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@app.command()
def whoami(
    set_to: Annotated[
        str | None, typer.Option("--set", metavar="ID", help="Your id in the class, as your instructor uses it.")
    ] = None,
) -> None:
    """Show or set who you are in the class. Exercises are the same for all so far; variants will rest on this."""
    from servicelab.cluster import settings
    from servicelab.cluster.home import Home

    home = Home.find()
    if set_to is not None:
        if not STUDENT.fullmatch(set_to):
            raise typer.BadParameter("use at most 64 letters, digits and . _ @ -, a letter or digit first")
        settings.remember(home, student=set_to)
    student = settings.load(home).student
    typer.echo(student or "You have not said who you are. In a class: lab whoami --set ID")
