"""A small shell's grammar: enough of POSIX sh for what one types into `kubectl exec … sh -c`."""

from servicelab.embedded.programs.scanner import Scanner, Token
from servicelab.embedded.programs.script import (
    Command,
    Compound,
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
    SyntaxProblem,
    Word,
)

ENDS = frozenset({"then", "elif", "else", "fi", "do", "done", "}", ")"})


class Parser:
    """Tokens to a tree."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
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
    parser = Parser(Scanner(text, parse).tokens())
    script = parser.script()
    if parser.next.kind != "end":
        raise SyntaxProblem(f'unexpected "{parser.next.text}"')
    return script
