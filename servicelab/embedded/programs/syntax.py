"""A small shell's grammar: text to a tree. Enough of POSIX sh for what one types into `kubectl exec … sh -c`."""

from dataclasses import dataclass, field

OPERATORS = ("&&", "||", ";;", ">>", "<<", ";", "|", "&", ">", "<", "(", ")", "\n")
KEYWORDS = frozenset({"if", "then", "elif", "else", "fi", "for", "in", "while", "until", "do", "done", "{", "}", "!"})
ENDS = frozenset({"then", "elif", "else", "fi", "do", "done", "}", ")"})
BLANK = " \t"


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


@dataclass
class _Token:
    kind: str
    """`word`, `operator` or `end`."""
    text: str
    word: Word = field(default=())
    bare: bool = False
    """A word without quotes or expansions, so that it may be a keyword."""
    touches: bool = False
    """What follows stands right beside it, as in `2>`."""


class _Scanner:
    """Characters to tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def tokens(self) -> list[_Token]:
        found: list[_Token] = []
        while True:
            self._skip_blanks()
            if self.at >= len(self.text):
                found.append(_Token("end", ""))
                return found
            operator = next((one for one in OPERATORS if self.text.startswith(one, self.at)), None)
            if operator in ("<<", ";;"):
                raise Missing(f"{operator} is not emulated by the embedded cluster's shell; a kind cluster has it")
            if operator is not None:
                self.at += len(operator)
                found.append(_Token("operator", operator))
                continue
            start = self.at
            word = self.word(stop=BLANK + "\n;&|<>()")
            bare = all(isinstance(part, Literal) and not part.quoted for part in word)
            touches = self.at < len(self.text) and self.text[self.at] in "<>"
            found.append(_Token("word", self.text[start : self.at], word, bare, touches))

    def _skip_blanks(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] in BLANK:
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def word(self, stop: str, quoted: bool = False) -> Word:
        """Parts up to one of the characters in `stop` (not taken)."""
        parts: list[Part] = []
        plain = ""
        while self.at < len(self.text) and self.text[self.at] not in stop:
            character = self.text[self.at]
            if character not in "\\'\"$`":
                plain += character
                self.at += 1
                continue
            if plain:
                parts.append(Literal(plain, quoted))
                plain = ""
            parts.extend(self._special(character, quoted))
        if plain:
            parts.append(Literal(plain, quoted))
        return tuple(parts)

    def _special(self, character: str, quoted: bool) -> Word:
        self.at += 1
        match character:
            case "'" if not quoted:
                return (Literal(self._until("'"), True),)
            case '"' if not quoted:
                inside = self.word('"', quoted=True)
                if self.at >= len(self.text):
                    raise SyntaxProblem("unterminated quoted string")
                self.at += 1
                return inside or (Literal("", True),)
            case "\\":
                return self._escape(quoted)
            case "`":
                return (Substitution(parse(self._until("`")), quoted),)
            case "$":
                return (self._dollar(quoted),)
        return (Literal(character, quoted),)

    def _escape(self, quoted: bool) -> Word:
        if self.at >= len(self.text):
            return (Literal("\\", quoted),)
        following = self.text[self.at]
        self.at += 1
        if following == "\n":
            return ()
        if quoted and following not in '"\\$`':
            return (Literal("\\" + following, True),)
        return (Literal(following, True),)

    def _until(self, end: str) -> str:
        stop = self.text.find(end, self.at)
        if stop < 0:
            raise SyntaxProblem("unterminated quoted string")
        found = self.text[self.at : stop]
        self.at = stop + 1
        return found

    def _dollar(self, quoted: bool) -> Part:
        rest = self.text[self.at : self.at + 2]
        if rest == "((":
            self.at += 2
            inside = _Scanner(self._balanced(2)).word("")
            return Arithmetic(inside)
        if rest.startswith("("):
            self.at += 1
            return Substitution(parse(self._balanced(1)), quoted)
        if rest.startswith("{"):
            self.at += 1
            return self._braced(quoted)
        if rest[:1] in ("?", "#", "@", "*", "$", "!") or rest[:1].isdigit():
            self.at += 1
            return Variable(rest[0], quoted)
        name = self._name()
        return Variable(name, quoted) if name else Literal("$", quoted)

    def _name(self) -> str:
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] == "_"):
            self.at += 1
        return self.text[start : self.at]

    def _braced(self, quoted: bool) -> Part:
        name = self._name() or self.text[self.at : self.at + 1]
        if not self.text[self.at - 1 : self.at].isalnum() and not name.replace("_", "").isalnum():
            self.at += 1
        operator = ""
        for one in (":-", ":=", ":+", "-", "+", "%%", "%", "##", "#"):
            if self.text.startswith(one, self.at):
                operator = one
                self.at += len(one)
                break
        word = self.word("}", quoted)
        if self.at >= len(self.text):
            raise SyntaxProblem("missing '}'")
        if word and not operator:
            raise SyntaxProblem("bad substitution")
        self.at += 1
        return Variable(name, quoted, operator, word)

    def _balanced(self, depth: int) -> str:
        """The text up to as many closing parentheses as were opened; quotes are skipped."""
        wanted, start, quote = depth, self.at, ""
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif character == "\\":
                self.at += 1
            elif character == "(":
                depth += 1
            elif character == ")":
                depth -= 1
                if depth == 0:
                    return self.text[start : self.at - wanted]
        raise SyntaxProblem('unexpected end of file (expecting ")")')


class _Parser:
    """Tokens to a tree."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def keyword(self) -> str:
        """The next token's text when it is a bare word or a parenthesis, else nothing."""
        token = self.next
        return token.text if (token.kind == "word" and token.bare) or token.text in "()" else ""

    def expect(self, word: str) -> None:
        if self.keyword() != word or self.next.kind == "end":
            raise SyntaxProblem(f'{self._unexpected()} (expecting "{word}")')
        self.take()

    def _unexpected(self) -> str:
        if self.next.kind == "end":
            return "unexpected end of file"
        return "unexpected newline" if self.next.text == "\n" else f'unexpected "{self.next.text}"'

    def script(self) -> Script:
        steps: list[tuple[str, Pipeline]] = []
        joined = ";"
        self._skip(";\n")
        while self.next.kind != "end" and not (self.keyword() in ENDS and self.keyword()):
            steps.append((joined, self.pipeline()))
            token = self.next
            if token.kind == "operator" and token.text in ("&&", "||"):
                joined = self.take().text
                self._skip("\n")
                if self.next.kind == "end":
                    raise SyntaxProblem("unexpected end of file")
                continue
            if token.kind == "operator" and token.text == "&":
                raise Missing("commands in the background (&) are not emulated here; use ; or a kind cluster")
            if token.kind == "operator" and token.text in (";", "\n"):
                self._skip(";\n")
                joined = ";"
                continue
            if token.kind != "end" and self.keyword() not in ENDS:
                raise SyntaxProblem(self._unexpected())
        return Script(tuple(steps))

    def _skip(self, separators: str) -> None:
        while self.next.kind == "operator" and self.next.text in separators:
            self.take()

    def pipeline(self) -> Pipeline:
        negated = False
        while self.keyword() == "!":
            self.take()
            negated = not negated
        commands = [self.command()]
        while self.next.kind == "operator" and self.next.text == "|":
            self.take()
            self._skip("\n")
            commands.append(self.command())
        return Pipeline(tuple(commands), negated)

    def command(self) -> Command:
        if self.next.kind == "word" and self.next.text in ("case", "function"):
            raise Missing(f"{self.next.text} is not emulated by the embedded cluster's shell; a kind cluster has it")
        match self.keyword() if self.next.kind != "end" else "":
            case "if":
                return self._redirected(self._if())
            case "for":
                return self._redirected(self._for())
            case "while" | "until":
                until = self.take().text == "until"
                condition = self.script()
                return self._redirected(Loop(condition, self._body(), until))
            case "{" | "(":
                subshell = self.take().text == "("
                script = self.script()
                self.expect(")" if subshell else "}")
                return self._redirected(Group(script, subshell))
        return self._simple()

    def _redirected(self, command: Compound) -> Redirected:
        return Redirected(command, tuple(self._redirections()))

    def _redirections(self) -> list[Redirection]:
        found = []
        while (one := self._redirection()) is not None:
            found.append(one)
        return found

    def _body(self) -> Script:
        self._skip(";\n")
        self.expect("do")
        body = self.script()
        self.expect("done")
        return body

    def _if(self) -> If:
        branches = []
        otherwise = None
        self.take()
        while True:
            condition = self.script()
            self.expect("then")
            branches.append((condition, self.script()))
            if self.keyword() == "elif":
                self.take()
                continue
            if self.keyword() == "else":
                self.take()
                otherwise = self.script()
            self.expect("fi")
            return If(tuple(branches), otherwise)

    def _for(self) -> For:
        self.take()
        name = self.take().text
        if not name.replace("_", "a").isalnum():
            raise SyntaxProblem("bad for loop variable")
        words: list[Word] | None = None
        self._skip("\n")
        if self.keyword() == "in":
            self.take()
            words = []
            while self.next.kind == "word":
                words.append(self.take().word)
        if self.next.kind == "end":
            raise SyntaxProblem("unexpected end of file")
        return For(name, None if words is None else tuple(words), self._body())

    def _redirection(self) -> Redirection | None:
        token = self.next
        descriptor = None
        if token.kind == "word" and token.bare and token.text.isdigit() and token.touches:
            descriptor = int(self.take().text)
            token = self.next
        if token.kind != "operator" or token.text not in ("<", ">", ">>"):
            return None
        operator = self.take().text
        default = 0 if operator == "<" else 1
        if self.next.text == "&":
            self.take()
            number = self.take().text
            if not number.isdigit():
                raise SyntaxProblem(f'unexpected "{number}"')
            return Redirection(default if descriptor is None else descriptor, operator, int(number))
        if self.next.kind != "word":
            raise SyntaxProblem(self._unexpected())
        return Redirection(default if descriptor is None else descriptor, operator, self.take().word)

    def _simple(self) -> Simple:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            one = self._redirection()
            if one is not None:
                redirections.append(one)
                continue
            if self.next.kind != "word":
                break
            token = self.take()
            name, equals, _ = token.text.partition("=")
            if not words and equals and name.replace("_", "a").isalnum() and not name[0].isdigit():
                assignments.append((name, _without_prefix(token.word, len(name) + 1)))
            else:
                words.append(token.word)
        if not (assignments or words or redirections):
            raise SyntaxProblem(self._unexpected())
        if len(words) == 1 and self.next.text == "(":
            raise Missing("functions are not emulated by the embedded cluster's shell; a kind cluster has them")
        return Simple(tuple(assignments), tuple(words), tuple(redirections))


def _without_prefix(word: Word, length: int) -> Word:
    first = word[0]
    assert isinstance(first, Literal), "an assignment's name is plain text"
    return (Literal(first.text[length:], first.quoted), *word[1:]) if len(first.text) > length else word[1:]


def parse(text: str) -> Script:
    """The tree of a script. Raises SyntaxProblem."""
    parser = _Parser(_Scanner(text).tokens())
    script = parser.script()
    if parser.next.kind != "end":
        raise SyntaxProblem(f'unexpected "{parser.next.text}"')
    return script
