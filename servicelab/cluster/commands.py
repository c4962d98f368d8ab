"""Other programs, run so that they cannot hang and so that Ctrl-C reaches only us."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servicelab.cluster.base import MachineError


@dataclass(frozen=True)
class Finished:
    """What a program printed and how it ended."""

    command: tuple[str, ...]
    stdout: str
    stderr: str
    exit_code: int

    @property
    def succeeded(self) -> bool:
        """Whether it ended with 0."""
        return self.exit_code == 0

    def or_raise(self, what: str, fix: str = "") -> "Finished":
        """Itself when it succeeded, else a MachineError with `what` and the program's last words."""
        if self.succeeded:
            return self
        said = (self.stderr.strip() or self.stdout.strip() or f"exit code {self.exit_code}").splitlines()
        raise MachineError(f"{what}: {' '.join(line.strip() for line in said[-4:])}", fix)


def run(
    command: Sequence[str | Path],
    *,
    timeout: float,
    stdin: bytes | None = None,
    environment: dict[str, str] | None = None,
) -> Finished:
    """Run a program to its end. MachineError when it is not there or takes longer than `timeout` seconds.

    It gets a session of its own: Ctrl-C interrupts us, who then clean up after it.
    """
    words = tuple(str(word) for word in command)
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise MachineError(f"the program `{words[0]}` is not there", f"Install {words[0]}.") from None
    except PermissionError:
        raise MachineError(f"the program `{words[0]}` may not be run", f"Make {words[0]} executable.") from None
    try:
        stdout, stderr = process.communicate(stdin or b"", timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        raise MachineError(f"`{' '.join(words[:3])} …` did not end within {timeout:g} s", "Try again.") from None
    except BaseException:
        _end(process)
        raise
    return Finished(words, stdout.decode(errors="replace"), stderr.decode(errors="replace"), process.returncode)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and all that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def end(process: "subprocess.Popen[bytes]", within: float) -> None:
    """Ask a process to end, and make it when it has not after `within` seconds; returns when it is gone."""
    process.terminate()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
