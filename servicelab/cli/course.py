"""`lab course`: for those who write the course."""

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Look after the course's own files.")


@app.callback()
def course() -> None:
    """Look after the course's own files."""


@app.command()
def lint(
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; may be given several times.")] = None,
    only: Annotated[str, typer.Option(metavar="TEXT", help="Only what is about files with this in their name.")] = "",
) -> None:
    """Find what an author forgot: missing parts, wrong points, words that are too long, values that are ambiguous.

    Ends with 1 when something was found. For example: lab course lint --only nodeport
    """
    from servicelab.course import load_course
    from servicelab.course.lint import RULES
    from servicelab.course.lint import lint as find

    if unknown := sorted(set(rule or ()) - set(RULES)):
        raise typer.BadParameter(f"there is no rule {unknown[0]}; there are: {', '.join(RULES)}", param_hint="--rule")
    found = [one for one in find(load_course(), tuple(rule or ())) if only in str(one)]
    for one in found:
        typer.echo(one)
    typer.echo(f"{len(found)} findings." if found else "Nothing found.")
    if found:
        raise typer.Exit(1)
