"""`lab …` in this process: a start of Python costs more than most commands."""

from typing import NamedTuple

from servicelab.cli import report
from servicelab.cli.main import app


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run_here(capsys, *words: str) -> Done:
    """Run `lab WORDS` with this process's environment. Fixtures of many tests have no `capsys`: None keeps no words."""
    if capsys:
        capsys.readouterr()
    code = report.run(lambda: app(list(words), prog_name="lab"))
    return Done(code, *(capsys.readouterr() if capsys else ("", "")))
