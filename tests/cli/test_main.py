"""The `lab` command's frame: verbs found, listed, imported late, and failures told."""

import importlib
import subprocess
import sys
import types

import pytest
from typer.testing import CliRunner

from servicelab.cli import main, report
from servicelab.cluster.base import MachineError, NotSupported, WaitedTooLong

run = CliRunner().invoke


def test_the_help_lists_every_verb_without_importing_one():
    asked = "import sys; from servicelab.cli.main import app; app(['--help'], standalone_mode=False); "
    asked += "print(*(name for name in sys.modules if name.startswith('servicelab.cli.')))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    for verb, about in main.VERBS.items():
        assert verb in done.stdout
        assert about.help.split(".")[0][:40] in done.stdout
        assert f"servicelab.cli.{about.module}" not in done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("verb", main.VERBS)
def test_each_verb_explains_itself(verb):
    shown = run(main.app, [verb, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage: lab " + verb in shown.output.replace("\n", "")
    assert "--install-completion" not in shown.output


def test_a_verb_that_cannot_be_imported_does_not_break_the_others(monkeypatch):
    found = importlib.import_module

    def importing(name: str) -> types.ModuleType:
        if name == "servicelab.cli.start":
            raise SyntaxError("half written")
        return found(name)

    monkeypatch.setattr(main.importlib, "import_module", importing)
    assert run(main.app, ["--help"]).exit_code == 0
    assert run(main.app, ["whoami", "--help"]).exit_code == 0
    assert isinstance(run(main.app, ["start"]).exception, SyntaxError)


def test_a_typing_error_is_answered_with_what_was_meant():
    shown = run(main.app, ["strat"])
    assert shown.exit_code == 2
    assert "start" in shown.output


def test_the_version():
    assert run(main.app, ["--version"]).output.startswith("Service Lab 0.")


@pytest.mark.parametrize(
    "error",
    [
        MachineError("Docker does not run", "Start it."),
        NotSupported("This needs a real cluster: use kind."),
        WaitedTooLong("the Pods to be ready", 60),
    ],
)
def test_what_is_known_is_told_plainly(error, capsys, monkeypatch):
    monkeypatch.delenv("LAB_DEBUG", raising=False)

    def work() -> None:
        raise error

    assert report.run(work) == 1
    said = capsys.readouterr().err
    assert said.strip() == str(error)


def test_our_own_fault_is_told_with_the_traceback(capsys):
    def work() -> None:
        raise ZeroDivisionError("ours")

    assert report.run(work) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: ours" in said
    assert "This is a fault in Service Lab, not in what you did." in said


def test_debugging_shows_the_traceback_of_what_is_known_too(capsys, monkeypatch):
    monkeypatch.setenv("LAB_DEBUG", "1")

    def work() -> None:
        raise MachineError("Docker does not run")

    report.run(work)
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("end", "status"), [(None, 0), (0, 0), (3, 3), ("words", 1)])
def test_the_exit_status_is_the_verbs_own(end, status):
    assert report.run(lambda: sys.exit(end)) == status


def test_ctrl_c_has_its_usual_status(capsys):
    def work() -> None:
        raise KeyboardInterrupt

    assert report.run(work) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_fault():
    done = subprocess.run(
        f"{sys.executable} -m servicelab.cli --help | head -1", shell=True, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
