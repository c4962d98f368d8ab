"""A shell that reads its script line by line from a stdin somebody may still be typing on."""

from servicelab.embedded.programs.interpreter import Exit, Interpreter, Steps, Streams
from servicelab.embedded.programs.parser import parse
from servicelab.embedded.programs.process import InputWanted, Stdin
from servicelab.embedded.programs.script import Missing, Script, SyntaxProblem

GREETING = (
    "\n\nBusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) built-in shell (ash)\n"
    "Enter 'help' for a list of built-in commands.\n\n"
)
PROMPT, FURTHER_PROMPT = "~ # ", "> "
UNFINISHED = ("unexpected end of file", "unterminated quoted string")
"""How a text that lacks something begins to be described; more lines may mend it."""


class Typed(Stdin):
    """A container's stdin. `is_over`: nothing more will come. `is_terminal`: a shell shows its prompt there."""

    def __init__(self, is_over: bool, is_terminal: bool) -> None:
        super().__init__("")
        self.is_over, self.is_terminal = is_over, is_terminal

    def rest(self) -> str:
        """All, once all is there. Raises InputWanted before."""
        if not self.is_over:
            raise InputWanted
        return super().rest()

    def line(self) -> str | None:
        """The next line, once it is whole. Raises InputWanted before."""
        if not self.is_over and "\n" not in self.text:
            raise InputWanted
        return super().line()


class Interrupted(Exception):
    """Ctrl-C on the container's terminal."""


def read_and_run(shell: Interpreter, stdin: Typed, streams: Streams) -> Steps[int]:
    """Read lines, run each script as soon as it is whole, until `exit` or the end of stdin."""
    text = ""
    if stdin.is_terminal:
        streams.out.append(GREETING)
    while True:
        try:
            if stdin.is_terminal:
                streams.out.append(FURTHER_PROMPT if text else PROMPT)
            line = yield from _line(stdin)
            if line is None and stdin.is_terminal:
                streams.out.append("\n")
            if line is None and not text:
                return shell.status
            text += "" if line is None else line + "\n"
            script = _whole(shell, text, streams, is_last=line is None)
            if script is None and line is not None:
                continue
            text = ""
            if script is not None:
                yield from shell.run_script(script, streams, is_all=False)
        except Exit as ending:
            return ending.status
        except Interrupted:
            if not stdin.is_terminal:
                raise
            text, shell.status = "", 130


def _line(stdin: Typed) -> Steps[str | None]:
    while True:
        try:
            return stdin.line()
        except InputWanted:
            yield True


def _whole(shell: Interpreter, text: str, streams: Streams, is_last: bool) -> Script | None:
    """The script, or None when lines are missing (unless this is the last); what is none is complained of."""
    try:
        return parse(text)
    except SyntaxProblem as problem:
        if str(problem).startswith(UNFINISHED) and not is_last:
            return None
        said = str(problem) if isinstance(problem, Missing) else f"syntax error: {problem}"
        streams.err.append(f"{shell.name}: {said}\n")
        shell.status = 2
        return Script(())
