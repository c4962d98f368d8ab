"""The checks of a run in a notebook: one output that grows while they run, and is announced once, at the end."""

import io
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from IPython.display import display
from rich.console import Console

from servicelab.checks import Check, CheckResult, ExerciseResult
from servicelab.checks import render as rendered
from servicelab.checks.render.words import summary
from servicelab.notebook.lively import in_notebook

WIDTH = 100
LEAST_PAUSE = 0.1
"""Seconds from one look at a run to the next: a browser draws the whole list anew for each."""
ANNOUNCE = """<script>(() => {
  let said = document.getElementById("servicelab-said")
  if (!said) {
    said = Object.assign(document.createElement("div"), {id: "servicelab-said", role: "status", ariaLive: "polite"})
    said.style = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
    document.body.append(said)
  }
  said.textContent = WORDS
})()</script>"""
"""Puts words where a screen reader looks for news. The place must be in the page before the words are, and stay: so it
is made when the checks begin, outside the output. The output that is kept at the end holds no script."""


class CheckView:
    """The output of one run. Where outputs cannot be changed (a terminal) only its end is shown."""

    def __init__(self, slug: str, checks: Sequence[Check]) -> None:
        self._slug, self._checks = slug, checks
        self._done: list[CheckResult] = []
        self._handle: Any = None
        self._shown_at = 0.0

    @contextmanager
    def following(self) -> Iterator[None]:
        """Show the run that happens in the block; a run that breaks off leaves a word of that."""
        if in_notebook():
            self._handle = display(self._so_far(announced=""), raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._shown_at = time.monotonic()
        try:
            yield
        except BaseException:
            if self._handle is not None:
                self._handle.update({"text/plain": "The checks did not end."}, raw=True)
            raise

    def add(self, result: CheckResult) -> None:
        """One check has ended."""
        self._done.append(result)
        now = time.monotonic()
        if self._handle is not None and now - self._shown_at >= LEAST_PAUSE:
            self._shown_at = now
            self._handle.update(self._so_far(), raw=True)

    def finish(self, result: ExerciseResult) -> None:
        """Show what was found."""
        found = shown(result)
        if self._handle is None:
            display(found, raw=True)  # type: ignore[no-untyped-call]
            return
        self._handle.update(self._so_far(announced=f"Exercise {result.slug}: {summary(result)}."), raw=True)
        self._handle.update(found, raw=True)

    def _so_far(self, announced: str | None = None) -> dict[str, str]:
        script = "" if announced is None else ANNOUNCE.replace("WORDS", json.dumps(announced).replace("<", "\\u003c"))
        return {
            "text/html": rendered.html_so_far(self._slug, self._checks, self._done) + script,
            "text/plain": f"{len(self._done)} of {len(self._checks)} checks done …",
        }


def shown(result: ExerciseResult) -> dict[str, str]:
    """The result as HTML, and as the text of a terminal for what shows no HTML."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    with console.capture() as text:
        console.print(rendered.terminal(result))
    return {"text/html": rendered.html(result), "text/plain": text.get()}
