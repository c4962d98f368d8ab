"""`lab whoami`: who the learner is in the class."""

import re
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@app.command()
def whoami(
    set_to: Annotated[
        str | None, typer.Option("--set", metavar="ID", help="Your id in the class, as your instructor uses it.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="What your instructor gave you beside it, if anything.")
    ] = None,
    values: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file with your values, if your instructor gave you one.")
    ] = None,
    code_for: Annotated[
        str | None, typer.Option(metavar="ID", help="For instructors, in the course directory: a student's code.")
    ] = None,
) -> None:
    """Show or set who you are in the class. The values in your exercises follow from this, so set it before you begin.

    For example: lab whoami --set ada --code ABCD-EFGH-IJKL-MNOP, or: lab whoami --values ada.json
    """
    from servicelab.cluster import settings
    from servicelab.cluster.home import Home
    from servicelab.course import issued, owner
    from servicelab.course.variant import code_of, secret_from

    if code_for is not None:
        typer.echo(code_of(owner(Home.find(), student=code_for).secret))
        return
    home = Home.find()
    if values is not None:
        settings.remember(home, student=issued.keep(home, values), code="")
    if set_to is not None:
        if not STUDENT.fullmatch(set_to):
            raise typer.BadParameter("use at most 64 letters, digits and . _ @ -, a letter or digit first")
        try:
            secret = secret_from(code) if code else b""
        except ValueError as problem:
            raise typer.BadParameter(str(problem), param_hint="--code") from None
        settings.remember(home, student=set_to, code=code_of(secret) if secret else "")
    elif code:
        raise typer.BadParameter("say also who you are: --set ID", param_hint="--code")
    student = settings.load(home).student
    typer.echo(student or "You have not said who you are. In a class: lab whoami --set ID")
