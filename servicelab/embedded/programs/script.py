"""A shell script as a tree, and what is said of a text that is none."""

from dataclasses import dataclass


class SyntaxProblem(Exception):
    """The text is no script; worded as busybox words it, without the leading `sh: syntax error: `."""


class Missing(SyntaxProblem):
    """Proper shell, but not emulated here; the message says so."""


@dataclass(frozen=True)
class Literal:
    """Text as it stands; `quoted` text is neither split nor matched against file names."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Variable:
    """`$NAME` or `${NAME}`, with `${NAME:-default}`'s operator and word where given."""

    name: str
    quoted: bool
    operator: str = ""
    word: "Word" = ()


@dataclass(frozen=True)
class Substitution:
    """`$(script)` or its older spelling with back quotes."""

    script: "Script"
    quoted: bool


@dataclass(frozen=True)
class Arithmetic:
    """`$((expression))`."""

    expression: "Word"


Part = Literal | Variable | Substitution | Arithmetic
Word = tuple[Part, ...]


@dataclass(frozen=True)
class Redirection:
    """`2>/dev/null`: `operator` is >, >> or <; `target` a word, or another descriptor's number for `2>&1`."""

    descriptor: int
    operator: str
    target: Word | int


@dataclass(frozen=True)
class Simple:
    """A command with its assignments, words and redirections."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Loop:
    """`while` (or `until`) with its condition and body."""

    condition: "Script"
    body: "Script"
    until: bool


@dataclass(frozen=True)
class For:
    """`for NAME in WORDS; do BODY; done`."""

    name: str
    words: tuple[Word, ...] | None
    body: "Script"


@dataclass(frozen=True)
class If:
    """Conditions with their bodies, and what else."""

    branches: tuple[tuple["Script", "Script"], ...]
    otherwise: "Script | None"


@dataclass(frozen=True)
class Group:
    """`{ …; }` or `( … )`; the latter keeps its variables to itself."""

    script: "Script"
    subshell: bool


Compound = Loop | For | If | Group


@dataclass(frozen=True)
class Redirected:
    """A compound command with redirections."""

    command: Compound
    redirections: tuple[Redirection, ...]


Command = Simple | Redirected


@dataclass(frozen=True)
class Pipeline:
    """Commands joined by `|`; `negated` by a leading `!`."""

    commands: tuple[Command, ...]
    negated: bool


@dataclass(frozen=True)
class Script:
    """Pipelines, each with how it hangs on the one before: `;`, `&&` or `||`."""

    steps: tuple[tuple[str, Pipeline], ...]
