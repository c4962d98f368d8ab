"""A container whose own command is a shell or a client: it goes on step by step as the clock does, and logs."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from servicelab.embedded.programs import environment, tools
from servicelab.embedded.programs.interpreter import Steps, Streams
from servicelab.embedded.programs.logs import LogLine
from servicelab.embedded.programs.parser import parse
from servicelab.embedded.programs.process import Session
from servicelab.embedded.programs.script import Missing, SyntaxProblem
from servicelab.embedded.programs.shell import AS_PROGRAMS, steps_of
from servicelab.embedded.programs.typed import Interrupted, Typed
from servicelab.embedded.programs.world import World
from servicelab.embedded.resources import PODS
from servicelab.embedded.store import Object
from servicelab.network.places import PodPlace
from servicelab.network.unmodelled import Unmodelled

COMMANDS_A_SECOND = 200
"""How many commands a script runs in one second of the clock, so that an endless loop without a wait is bounded."""
INTERRUPTED, UNKNOWN = 130, 125
SHELLS = ("sh", "ash")
REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")
OF_THE_RUNTIME = ("PATH", "HOSTNAME", "HOME")
OWN_COMMANDS = ("connect", "dns-suffix", "dns-server-list")
"""agnhost's own clients that are emulated."""


@cache
def programs_of_image() -> frozenset[str]:
    """All programs on the PATH of agnhost 2.63.0, as `ls` shows them there."""
    text = (files("servicelab.embedded") / "facts" / "agnhost_programs.txt").read_text()
    return frozenset(text.split())


def is_emulated(words: Sequence[str]) -> bool:
    """Whether a container can run this command line here."""
    name = words[0]
    if name == "/agnhost":
        return words[1:2] != [] and words[1] in OWN_COMMANDS
    is_of_shell = name in AS_PROGRAMS or name.removeprefix("/bin/") in SHELLS
    return is_of_shell or tools.find(tools.IN_CONTAINERS, name) is not None


def why_not_emulated(words: Sequence[str]) -> str:
    """What this command line needs of a shell that is not emulated, in one sentence; empty when nothing."""
    if words[0].removeprefix("/bin/") in SHELLS and words[1:2] == ["-c"] and len(words) > 2:
        try:
            parse(words[2])
        except Missing as missing:
            return str(missing)
        except SyntaxProblem:
            pass  # the shell itself says so, as a real one does
    return ""


def is_in_image(name: str) -> bool:
    """Whether agnhost has a program of this name or path."""
    folder, _, base = name.rpartition("/")
    return folder in ("", "/bin", "/sbin", "/usr/bin") and base in programs_of_image()


class PacedSession(Session):
    """A command that may go on for ever. `seconds` is how far it is ahead of the clock."""

    def spend(self, seconds: float) -> None:
        """Let time pass; as much as it likes."""
        self.seconds += seconds

    def count(self) -> None:
        """One more command runs."""
        self.commands += 1
        if self.commands >= COMMANDS_A_SECOND:
            self.seconds += 1.0

    def catch_up(self) -> None:
        """The clock is where the command was."""
        self.commands = max(0, self.commands - int(COMMANDS_A_SECOND * self.seconds))
        self.seconds = 0.0


class LogWriter(list[str]):
    """What is written here is in the container's log, at the moment the command is at."""

    def __init__(self, session: Session, lines: list[LogLine]) -> None:
        super().__init__()
        self._session, self._lines = session, lines

    def append(self, text: str) -> None:
        """Write; a text without a line's end is a line begun."""
        now = self._session.now()
        for piece in text.splitlines(keepends=True):
            self._lines.append(LogLine(now, piece.removesuffix("\n"), is_whole=piece.endswith("\n")))

    def extend(self, texts: Iterable[str]) -> None:
        """Write several."""
        for text in texts:
            self.append(text)


class ContainerCommand:
    """One start of such a container. `due`: when it goes on (None: it waits for stdin, or has ended).

    `exit_code` is there once it has ended. It begins when the container is known to run.
    """

    def __init__(self, world: Callable[[], World], pod: Object, container: Mapping[str, Any]) -> None:
        self._world, self._place = world, (pod["metadata"]["namespace"], pod["metadata"]["name"], container["name"])
        self._container = container
        self._session: PacedSession | None = None
        self._steps: Steps[int] = _nothing()
        self._log: list[str] = []
        self._lines: list[LogLine] = []
        self._stdin = Typed(is_over=not container.get("stdin"), is_terminal=bool(container.get("tty")))
        self.exit_code: int | None = None
        self.due: float | None = 0.0

    def go_on(self) -> None:
        """Do what is due by now."""
        session, now = self._session or self._begin(), self._world().clock.now()
        while self.exit_code is None and self.due is not None and self.due <= now:
            session.catch_up()
            self._take(session, lambda: next(self._steps))

    def begun_line(self) -> str:
        """What the last line has so far: a prompt, nearly always."""
        begun = ""
        for line in reversed(self._lines):
            if line.is_whole:
                break
            begun = line.text + begun
        return begun

    def type(self, text: str) -> None:
        """More stdin."""
        self._stdin.text += text
        self._wake()

    def end_input(self) -> None:
        """No more stdin, when the container has it `stdinOnce`."""
        if self._container.get("stdinOnce"):
            self.close_input()

    def close_input(self) -> None:
        """No more stdin: Ctrl-D on a terminal."""
        self._stdin.is_over = True
        self._wake()

    def interrupt(self) -> None:
        """Ctrl-C on a terminal: what runs ends; a shell goes on with its next line."""
        if self._session is not None and self.exit_code is None:
            self._session.catch_up()
            self._take(self._session, lambda: self._steps.throw(Interrupted()))

    def _begin(self) -> PacedSession:
        world = self._world()
        running = world.container(*self._place)
        found = world.store.get(PODS, *self._place[:2])
        assert running is not None and found is not None, "the kubelet runs it only in a running container"
        namespace, name, container = self._place
        session = PacedSession(
            world, PodPlace(namespace, name), environment.hostname(found), environment.files(found), running.files
        )
        variables = environment.environment(world.store, found, container, running.variables)
        self._lines = running.lines
        log = self._log = LogWriter(session, running.lines)
        words = [_expanded(word, variables) for word in words_of(self._container)]
        steps = steps_of(session, tools.IN_CONTAINERS, variables, words, Streams(self._stdin, log, log))
        assert steps is not None, words
        running.command, self._session, self._steps = self, session, _to_its_end(session, steps)
        return session

    def _take(self, session: PacedSession, step: Callable[[], bool]) -> None:
        try:
            waits = step()
        except StopIteration as end:
            self.exit_code = end.value
        except Interrupted:
            self.exit_code = INTERRUPTED
        except Unmodelled as unknown:
            self._log.append(f"The embedded cluster cannot tell what happens here: {unknown}.\n")
            self.exit_code = UNKNOWN
        else:
            self.due = None if waits else self._world().clock.now() + session.seconds
            return
        self.due = None

    def _wake(self) -> None:
        if self.due is None and self.exit_code is None:
            self.due = self._world().clock.now()


def _to_its_end(session: Session, steps: Steps[int]) -> Steps[int]:
    """The time its last command took is part of it."""
    code = yield from steps
    if session.seconds:
        yield False
    return code


def _nothing() -> Steps[int]:
    yield True
    return 0


def words_of(container: Mapping[str, Any]) -> list[str]:
    """A container's command line as the runtime starts it."""
    return [*(container.get("command") or ("/agnhost",)), *(container.get("args") or ())]


def _expanded(word: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` as the kubelet puts it in, from the container's own variables and those of Services."""

    def value(found: re.Match[str]) -> str:
        if found.group() == "$$":
            return "$"
        name = found.group(1)
        return variables[name] if name in variables and name not in OF_THE_RUNTIME else found.group()

    return REFERENCE.sub(value, word)
