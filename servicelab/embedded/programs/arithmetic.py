"""The shell's `$((…))`."""

from collections.abc import Callable

from servicelab.embedded.programs.process import UsageProblem


class Sum:
    """Integer arithmetic by precedence."""

    LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))

    def __init__(self, tokens: list[str], shell: str) -> None:
        self.tokens = tokens
        self.shell = shell

    def value(self) -> int:
        """The whole expression's value."""
        result = self._level(0) if self.tokens else 0
        if self.tokens:
            raise UsageProblem(f"{self.shell}: arithmetic syntax error", 2)
        return result

    def _level(self, level: int) -> int:
        if level == len(self.LEVELS):
            return self._single()
        left = self._level(level + 1)
        while self.tokens and self.tokens[0] in self.LEVELS[level]:
            operator = self.tokens.pop(0)
            left = self._apply(operator, left, self._level(level + 1))
        return left

    def _single(self) -> int:
        token = self.tokens.pop(0) if self.tokens else ""
        if token == "-":
            return -self._single()
        if token == "!":
            return int(not self._single())
        if token == "(":
            inside = self._level(0)
            if not self.tokens or self.tokens.pop(0) != ")":
                raise UsageProblem(f"{self.shell}: arithmetic syntax error", 2)
            return inside
        if not token.lstrip("-").isdigit():
            raise UsageProblem(f"{self.shell}: arithmetic syntax error", 2)
        return int(token)

    def _apply(self, operator: str, left: int, right: int) -> int:
        if operator in ("/", "%") and right == 0:
            raise UsageProblem(f"{self.shell}: divide by zero", 2)
        operations: dict[str, Callable[[], int]] = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: int(left / right),
            "%": lambda: left - right * int(left / right),
            "==": lambda: int(left == right),
            "!=": lambda: int(left != right),
            "<": lambda: int(left < right),
            ">": lambda: int(left > right),
            "<=": lambda: int(left <= right),
            ">=": lambda: int(left >= right),
            "&&": lambda: int(bool(left and right)),
            "||": lambda: int(bool(left or right)),
        }
        return operations[operator]()
