"""Runs a parsed script: variables, expansions, pipes, loops, redirections, and the shell's own commands."""

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from servicelab.embedded.programs.arithmetic import Sum
from servicelab.embedded.programs.parser import parse
from servicelab.embedded.programs.process import InputWanted, Process, Session, Stdin, Tool, UsageProblem
from servicelab.embedded.programs.script import (
    Arithmetic,
    Command,
    For,
    Group,
    If,
    Literal,
    Loop,
    Missing,
    Pipeline,
    Redirected,
    Redirection,
    Script,
    Simple,
    Substitution,
    SyntaxProblem,
    Variable,
    Word,
)

T = TypeVar("T")
Steps = Generator[bool, None, T]
"""What is done step by step: it stops after each command that took time (`Session.seconds`), and with True where it
waits for input.

`kubectl exec` takes all steps at once (`at_once`); a container's own command goes on when the time has passed.
"""
LONG_ENOUGH = 0.05
"""Seconds of the cluster's time worth stopping for."""
ARITHMETIC = re.compile(r"\s*(?:(\d+)|([A-Za-z_]\w*)|(==|!=|<=|>=|&&|\|\||[-+*/%()<>!]))")


class Exit(Exception):
    """The script ends with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Jump(Exception):
    """`break` or `continue`."""

    def __init__(self, again: bool) -> None:
        super().__init__(again)
        self.again = again


@dataclass
class Streams:
    """Where a command reads and writes."""

    stdin: Stdin
    out: list[str]
    err: list[str]


def at_once(steps: Steps[T]) -> T:
    """Take all steps. Raises InputWanted."""
    while True:
        try:
            if next(steps):
                raise InputWanted
        except StopIteration as end:
            result: T = end.value
            return result


class Interpreter:
    """One shell process. `find` gives the tool of a name, or None; `shells` the steps of a shell within it."""

    shells: Callable[[Process], Steps[int] | None] = staticmethod(lambda process: None)

    def __init__(
        self, session: Session, find: Callable[[str], Tool | None], variables: Mapping[str, str], name: str = "sh"
    ) -> None:
        self.session = session
        self.find = find
        self.variables = dict(variables)
        self.name = name
        self.positional: list[str] = []
        self.status = 0
        self.stop_on_failure = False

    def run_text(self, text: str, streams: Streams) -> Steps[int]:
        """Parse and run; a syntax error is reported as busybox does and ends with 2."""
        try:
            script = parse(text)
        except Missing as problem:
            streams.err.append(f"{self.name}: {problem}\n")
            return 2
        except SyntaxProblem as problem:
            streams.err.append(f"{self.name}: syntax error: {problem}\n")
            return 2
        return (yield from self.run_script(script, streams))

    def run_script(self, script: Script, streams: Streams, is_all: bool = True) -> Steps[int]:
        """Run a whole script; `exit` ends it, and is for the caller when there `is_all` not yet."""
        try:
            yield from self.run(script, streams)
        except Exit as ending:
            self.status = ending.status
            if not is_all:
                raise
        except Jump:
            pass
        except UsageProblem as problem:
            streams.err.append(f"{problem}\n")
            self.status = problem.exit_code
        return self.status

    def run(self, script: Script, streams: Streams, condition: bool = False) -> Steps[int]:
        """Run all pipelines; in a condition a failure is an answer, not the end of a `set -e` script."""
        steps = script.steps
        for index, (joined, pipeline) in enumerate(steps):
            if (joined == "&&" and self.status != 0) or (joined == "||" and self.status == 0):
                continue
            self.status = yield from self._pipeline(pipeline, streams)
            followed = index + 1 < len(steps) and steps[index + 1][0] != ";"
            if self.status and self.stop_on_failure and not (condition or followed or pipeline.negated):
                raise Exit(self.status)
        return self.status

    def _pipeline(self, pipeline: Pipeline, streams: Streams) -> Steps[int]:
        stdin = streams.stdin
        status = 0
        for index, command in enumerate(pipeline.commands):
            last = index == len(pipeline.commands) - 1
            out = streams.out if last else []
            shell = self if len(pipeline.commands) == 1 else self._child()
            try:
                status = yield from shell.command(command, Streams(stdin, out, streams.err))
            except Exit as ending:
                if shell is self:
                    raise
                status = ending.status
            if not last:
                stdin = Stdin("".join(out))
        return int(not status) if pipeline.negated else status

    def _child(self) -> "Interpreter":
        child = Interpreter(self.session, self.find, self.variables, self.name)
        child.positional, child.status, child.shells = self.positional, self.status, self.shells
        return child

    def command(self, command: Command, streams: Streams) -> Steps[int]:
        """Run one command of a pipeline and return its status."""
        redirected = yield from self._redirect(command.redirections, streams)
        if redirected is None:
            return 1
        streams, finish = redirected
        try:
            if isinstance(command, Redirected):
                return (yield from self._compound(command, streams))
            return (yield from self._simple(command, streams))
        finally:
            finish()

    def _compound(self, redirected: Redirected, streams: Streams) -> Steps[int]:
        command = redirected.command
        match command:
            case Group(script=script, subshell=subshell):
                shell = self._child() if subshell else self
                try:
                    return (yield from shell.run(script, streams))
                except Exit as ending:
                    if not subshell:
                        raise
                    return ending.status
            case If(branches=branches, otherwise=otherwise):
                for condition, body in branches:
                    if (yield from self.run(condition, streams, condition=True)) == 0:
                        return (yield from self.run(body, streams))
                self.status = 0
                return (yield from self.run(otherwise, streams)) if otherwise else 0
            case For(name=name, words=words, body=body):
                values = self.positional if words is None else (yield from self._words(words, streams))
                status = 0
                for value in values:
                    self.variables[name] = value
                    status, goes_on = yield from self._turn(body, streams, status)
                    if not goes_on:
                        break
                self.status = status
                return status
            case Loop(condition=condition, body=body, until=until):
                status, goes_on = 0, True
                while goes_on and ((yield from self.run(condition, streams, condition=True)) == 0) is not until:
                    status, goes_on = yield from self._turn(body, streams, status)
                self.status = status
                return status

    def _turn(self, body: Script, streams: Streams, status: int) -> Steps[tuple[int, bool]]:
        """One turn of a loop: its status (the one before when it jumped), and whether the loop goes on."""
        try:
            return (yield from self.run(body, streams)), True
        except Jump as jump:
            return status, jump.again

    def _redirect(
        self, redirections: tuple[Redirection, ...], streams: Streams
    ) -> Steps[tuple[Streams, Callable[[], None]] | None]:
        streams = replace(streams)
        files: list[tuple[str, list[str], bool]] = []
        for one in redirections:
            if isinstance(one.target, int):
                other = streams.out if one.target == 1 else streams.err
                if one.descriptor == 1:
                    streams.out = other
                elif one.descriptor == 2:
                    streams.err = other
                continue
            path = "".join((yield from self.expand(one.target, streams)))
            if one.operator == "<":
                text = self.session.read(path)
                if text is None:
                    streams.err.append(f"{self.name}: can't open {path}: no such file\n")
                    return None
                streams.stdin = Stdin(text)
                continue
            problem = self.session.write(path, "", one.operator == ">>")
            if problem:
                streams.err.append(f"{self.name}: can't create {path}: {problem}\n")
                return None
            sink: list[str] = {"/dev/stdout": streams.out, "/dev/stderr": streams.err}.get(path, [])
            if one.descriptor == 1:
                streams.out = sink
            elif one.descriptor == 2:
                streams.err = sink
            files.append((path, sink, one.operator == ">>"))

        def finish() -> None:
            for path, sink, append in files:
                self.session.write(path, "".join(sink), append)

        return streams, finish

    def _words(self, words: Iterable[Word], streams: Streams) -> Steps[list[str]]:
        fields: list[str] = []
        for word in words:
            fields += yield from self.expand(word, streams)
        return fields

    def _simple(self, command: Simple, streams: Streams) -> Steps[int]:
        words = yield from self._words(command.words, streams)
        values = {}
        for name, word in command.assignments:
            values[name] = "".join((yield from self.expand(word, streams, split=False)))
        if not words:
            self.variables.update(values)
            return 0
        self.session.count()
        status = yield from self.execute(words, {**self.variables, **values}, streams)
        if self.session.seconds >= LONG_ENOUGH:
            yield False
        return status

    def execute(self, words: list[str], variables: Mapping[str, str], streams: Streams) -> Steps[int]:
        """Run a command of the shell itself, or a tool."""
        name, arguments = words[0], words[1:]
        from servicelab.embedded.programs.commands import BUILTINS

        builtin = BUILTINS.get(name)
        process = Process(self.session, name, arguments, variables, streams.stdin, streams.out, streams.err)
        if builtin is not None:
            return (yield from run_steps(lambda one: builtin(self, one), process))
        inner = self.shells(process)
        if inner is not None:
            return (yield from inner)
        tool = self.find(name)
        if tool is None:
            process.complain(f"{self.name}: {name}: not found")
            process.complain(
                f"(the embedded cluster's shell has no {name}; a kind cluster has all of the image's tools)"
            )
            return 127
        return (yield from run_steps(tool, process))

    def expand(self, word: Word, streams: Streams, split: bool = True) -> Steps[list[str]]:
        """A word with its variables and substitutions put in; unquoted results are split at blanks."""
        fields: list[str] = []
        current: str | None = None
        for part in word:
            text, quoted = yield from self._part(part, streams)
            if quoted or not split or isinstance(part, Literal):
                current = (current or "") + text
                continue
            pieces = re.split(r"[ \t\n]+", text)
            for index, piece in enumerate(pieces):
                if index:
                    if current is not None:
                        fields.append(current)
                    current = None
                if piece:
                    current = (current or "") + piece
        if current is not None:
            fields.append(current)
        return fields

    def _part(self, part: object, streams: Streams) -> Steps[tuple[str, bool]]:
        match part:
            case Literal(text=text, quoted=quoted):
                return text, quoted
            case Variable():
                return (yield from self._variable(part, streams)), part.quoted
            case Substitution(script=script, quoted=quoted):
                out: list[str] = []
                child = self._child()
                try:
                    self.status = yield from child.run(script, Streams(streams.stdin, out, streams.err))
                except Exit as ending:
                    self.status = ending.status
                return "".join(out).rstrip("\n"), quoted
            case Arithmetic(expression=expression):
                text = "".join((yield from self.expand(expression, streams, split=False)))
                return str(self._calculate(text)), True
        raise AssertionError(f"no part of a word: {part!r}")

    def _variable(self, variable: Variable, streams: Streams) -> Steps[str]:
        value = self._value(variable.name)
        match variable.operator:
            case "":
                return value or ""
            case ":-" | ":=" | "-":
                keep = value is not None if variable.operator == "-" else bool(value)
                otherwise = "" if keep else "".join((yield from self.expand(variable.word, streams, split=False)))
                word = value or "" if keep else otherwise
                if variable.operator == ":=":
                    self.variables[variable.name] = word
                return word
            case ":+" | "+":
                there = value is not None if variable.operator == "+" else bool(value)
                return "".join((yield from self.expand(variable.word, streams, split=False))) if there else ""
        raise UsageProblem(f"{self.name}: ${{{variable.name}{variable.operator}…}} is not emulated here", 2)

    def _value(self, name: str) -> str | None:
        match name:
            case "?":
                return str(self.status)
            case "#":
                return str(len(self.positional))
            case "@" | "*":
                return " ".join(self.positional)
            case "$":
                return "42"
            case "0":
                return self.name
        if name.isdigit():
            return self.positional[int(name) - 1] if int(name) <= len(self.positional) else None
        return self.variables.get(name)

    def _calculate(self, text: str) -> int:
        tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = ARITHMETIC.match(text, at)
            if found is None:
                raise UsageProblem(f"{self.name}: arithmetic syntax error", 2)
            number, name, operator = found.groups()
            tokens.append(number or operator or str(int(self._value(name) or 0)))
            at = found.end()
        return Sum(tokens, self.name).value()


def run_steps(tool: Tool, process: Process) -> Steps[int]:
    """Run a tool; one that reads what nobody has typed yet is run again when there is more."""
    while True:
        try:
            return run_tool(tool, process)
        except InputWanted:
            yield True


def run_tool(tool: Tool, process: Process) -> int:
    """Run a tool; a wrong or unsupported command line is its own complaint."""
    try:
        return tool(process)
    except UsageProblem as problem:
        process.complain(str(problem))
        return problem.exit_code
