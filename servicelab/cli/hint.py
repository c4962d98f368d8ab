"""`lab hint`: help with an exercise, in steps."""

from typing import Annotated

import typer

from servicelab.cli.exercise import helper_for, print_markdown
from servicelab.cli.which_exercise import Slug

app = typer.Typer(add_completion=False)


@app.command()
def hint(
    slug: Slug,
    show_me: Annotated[bool, typer.Option("--show-me", help="Show the solution; then you get fresh values.")] = False,
) -> None:
    """Give the next hint for what failed last: a question, then a command to look with, then a worked example.

    Hints are free. For example: lab hint clusterip
    """
    helper = helper_for(slug)
    print_markdown(helper.solution() if show_me else helper.hint())
