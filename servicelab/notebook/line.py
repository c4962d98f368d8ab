"""What follows a magic on its line, read with argparse; mistakes are sentences for the learner."""

import argparse
import shlex
from typing import NoReturn


class LineParser(argparse.ArgumentParser):
    """The options of one magic. `usage` is told with every mistake, as in `%probe FROM TARGET, for example: …`."""

    def __init__(self, usage: str) -> None:
        super().__init__(prog=usage.split()[0], usage=usage, add_help=False)

    def read(self, line: str) -> argparse.Namespace:
        """The line's words by name. ValueError with a sentence."""
        return self.parse_args(shlex.split(line))

    def error(self, message: str) -> NoReturn:
        """A mistake in the line."""
        raise ValueError(f"{message}; write {self.usage}")
