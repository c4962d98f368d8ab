"""What a rule of the linter says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`file` is relative to the course's root, `place` a cell's id, a line or empty; `fix` is the one thing to do."""

    rule: str
    file: str
    place: str
    what: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}, {self.place}" if self.place else self.file
        return f"{where}: {self.what} [{self.rule}]\n  {self.fix}"
