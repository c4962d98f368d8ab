"""How long work tells what it is doing."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.text import Text


class Reporter(Protocol):
    """Who listens to work that takes a while."""

    def step(self, text: str) -> AbstractContextManager[None]:
        """One step, from the block's beginning to its end; `text` as in “Creating the nodes”."""

    def say(self, text: str) -> None:
        """One line for the learner."""


class Silent:
    """Listens to nothing."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Say nothing."""
        yield

    def say(self, text: str) -> None:
        """Say nothing."""


class ConsoleReporter:
    """A line for each step with the time it took; on a terminal a spinner while it lasts."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show the step while it lasts, then that it is done or that it failed."""
        started = time.monotonic()
        mark = Text("✗", "red")
        try:
            with self._console.status(Text(f"{text} …")):
                yield
            mark = Text("✓", "green")
        finally:
            taken = time.monotonic() - started
            self._console.print(
                Text.assemble(mark, f" {text} ", (f"{taken:.1f} s", "dim")), highlight=False, soft_wrap=True
            )

    def say(self, text: str) -> None:
        """One line."""
        self._console.print(Text(text), highlight=False, soft_wrap=True)
