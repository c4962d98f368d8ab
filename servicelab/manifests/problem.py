"""What is wrong with a manifest, and where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a manifest, or one that reads otherwise than it looks.

    `line` and `column` count from 1; `path` is as Kubernetes writes it (`spec.ports[0].targetPort`) and empty
    where there is none; `found` and `expected` are short; `message` is one plain sentence for the learner.
    """

    file: str
    line: int
    column: int
    path: str
    found: str
    expected: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}, column {self.column}"
        return f"{where}{f' ({self.path})' if self.path else ''}: {self.message}"
