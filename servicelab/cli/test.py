"""`lab test`: ruff, mypy, import-linter and all tests, by one pytest run with one closing line."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from servicelab.cluster.base import NotSupported

app = typer.Typer(add_completion=False)
COURSE = Path(__file__).resolve().parents[2]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Run the long tests too (many more generated cases).")] = False,
) -> None:
    """Run the whole test suite. What follows goes to pytest: lab test -k probe."""
    if not (COURSE / "tests" / "conftest.py").exists():
        raise NotSupported("The tests come with the course's source, not with the installed package. Get the source.")
    import pytest

    os.chdir(COURSE)
    # A chosen few start faster in one process, and a debugger needs one. Half of the time tests wait for something
    # that happens elsewhere, so one process more than there are cores.
    workers = (os.cpu_count() or 1) + 1
    in_workers = [f"--numprocesses={workers}", "--dist=loadfile", "--no-loadscope-reorder"]
    everything = [] if context.args else [*in_workers, "--durations=40", "--durations-min=5"]
    sys.exit(pytest.main([*everything, *(["--full"] if full else []), *context.args]))
