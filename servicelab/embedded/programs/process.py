"""What a command of the emulated shell is given: its words, its streams, where it runs, how long it has taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from servicelab.embedded.programs.world import World
from servicelab.network.places import Place

LONGEST = 3600.0
"""Seconds of the cluster's time one `exec` may take, so that an endless loop ends."""
MOST_COMMANDS = 20_000
"""Commands one `exec` may run, for the same reason."""


class TooMuch(Exception):
    """The command runs longer than the emulated shell allows; the message says so."""


class InputWanted(Exception):
    """A command reads its stdin, and nobody knows yet what comes there."""


@dataclass
class Stdin:
    """A stream to read from, shared by the commands of a script."""

    text: str = ""

    def rest(self) -> str:
        """All that is left."""
        text, self.text = self.text, ""
        return text

    def line(self) -> str | None:
        """The next line without its end; None at the end of the stream."""
        if not self.text:
            return None
        line, _, self.text = self.text.partition("\n")
        return line


@dataclass
class Session:
    """One `exec`: where it runs, its files, and how many of the cluster's seconds it has taken so far."""

    world: World
    place: Place
    hostname: str
    files: Mapping[str, str]
    written: dict[str, str]
    seconds: float = 0.0
    commands: int = 0

    def spend(self, seconds: float) -> None:
        """Let time pass. Raises TooMuch after an hour."""
        self.seconds += seconds
        if self.seconds > LONGEST:
            self.seconds = LONGEST
            raise TooMuch(f"the embedded cluster's shell ends a command after {LONGEST:.0f} s; use a kind cluster")

    def count(self) -> None:
        """One more command runs. Raises TooMuch after very many."""
        self.commands += 1
        if self.commands > MOST_COMMANDS:
            raise TooMuch(f"the embedded cluster's shell runs at most {MOST_COMMANDS} commands; use a kind cluster")

    def now(self) -> float:
        """The time inside this `exec`, in seconds since 1970."""
        return self.world.clock.now() + self.seconds

    def read(self, path: str) -> str | None:
        """A file's text, or None when there is none."""
        if path == "/dev/null":
            return ""
        return self.written.get(path, self.files.get(path))

    def write(self, path: str, text: str, append: bool) -> str | None:
        """Write a file; says why not where that is impossible."""
        if path in ("/dev/null", "/dev/stdout", "/dev/stderr"):
            return None
        folder = path.rpartition("/")[0]
        if folder not in ("/tmp", "") and path not in self.files:
            return "nonexistent directory"
        self.written[path] = ((self.read(path) or "") if append else "") + text
        return None


@dataclass
class Process:
    """One command under way; `arguments` without the command's own name."""

    session: Session
    name: str
    arguments: list[str]
    variables: Mapping[str, str]
    stdin: Stdin = field(default_factory=Stdin)
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        """To standard output."""
        self.out.append(text)

    def complain(self, text: str) -> None:
        """A line to standard error."""
        self.err.append(text + "\n")


Tool = Callable[[Process], int]
"""Runs a command and returns its exit code."""


class UsageProblem(Exception):
    """The command line is wrong or not supported; the message is the whole text for standard error."""

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def not_emulated(name: str, what: str) -> UsageProblem:
    """A real option that the embedded cluster does not have, said plainly."""
    return UsageProblem(f"{name}: {what} is not emulated by the embedded cluster; a kind cluster has it", 2)
