"""A script's characters made into tokens: words with their quotes and expansions, and operators."""

from collections.abc import Callable
from dataclasses import dataclass, field

from servicelab.embedded.programs.script import (
    Arithmetic,
    Literal,
    Missing,
    Part,
    Script,
    Substitution,
    SyntaxProblem,
    Variable,
    Word,
)

OPERATORS = ("&&", "||", ";;", ">>", "<<", ";", "|", "&", ">", "<", "(", ")", "\n")
BLANK = " \t"


@dataclass
class Token:
    kind: str
    """`word`, `operator` or `end`."""
    text: str
    word: Word = field(default=())
    bare: bool = False
    """A word without quotes or expansions, so that it may be a keyword."""
    touches: bool = False
    """What follows stands right beside it, as in `2>`."""


class Scanner:
    """Characters to tokens."""

    def __init__(self, text: str, parse: Callable[[str], Script]) -> None:
        """`parse` reads the scripts of `$(…)`."""
        self.text = text
        self.parse = parse
        self.at = 0

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        while True:
            self._skip_blanks()
            if self.at >= len(self.text):
                found.append(Token("end", ""))
                return found
            operator = next((one for one in OPERATORS if self.text.startswith(one, self.at)), None)
            if operator in ("<<", ";;"):
                raise Missing(f"{operator} is not emulated by the embedded cluster's shell; a kind cluster has it")
            if operator is not None:
                self.at += len(operator)
                found.append(Token("operator", operator))
                continue
            start = self.at
            word = self.word(stop=BLANK + "\n;&|<>()")
            bare = all(isinstance(part, Literal) and not part.quoted for part in word)
            touches = self.at < len(self.text) and self.text[self.at] in "<>"
            found.append(Token("word", self.text[start : self.at], word, bare, touches))

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
                return (Substitution(self.parse(self._until("`")), quoted),)
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
            inside = Scanner(self._balanced(2), self.parse).word("")
            return Arithmetic(inside)
        if rest.startswith("("):
            self.at += 1
            return Substitution(self.parse(self._balanced(1)), quoted)
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
