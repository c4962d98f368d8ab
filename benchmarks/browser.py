"""How soon a lesson can be worked with and a check is judged, in a browser: `python -m benchmarks.browser [--runs 7]`.

A headless Chromium opens JupyterLab on an embedded cluster. Times are taken in the page, from a click to the frame that
shows what it brought. What counts is the median. The machine's load is told, because it is part of every figure; beside
it stands the processor time that the kernel took, which is not.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Locator, Page, expect, sync_playwright

from servicelab.course import load_course
from servicelab.course.solving import written
from tests.browser.conftest import FLAGS
from tests.browser.jupyter_page import add_below, is_open, open_notebook, run, select, write
from tests.support.running_lab import RunningLab

LESSON, SLUG = "lessons/02-clusterip.ipynb", "clusterip"
EXERCISE = f"{SLUG}/{SLUG}.ipynb"
FIRST_CELL, NODES = "%load_ext", "lab-control-plane"
PLAY, PLAYER = "%play pod/client http://web/", "Whole way"
CHECK = f"%check {SLUG}"
PATIENCE = 120_000
"""Milliseconds for what is waited for but not measured."""
LESSON_WITHIN, CHECK_WITHIN = 3.0, 0.3
LISTEN = """([inside, words]) => {
  window.shown = new Promise((shown, missing) => {
    addEventListener("pointerdown", () => {
      const began = performance.now()
      const look = () => {
        if (![...document.querySelectorAll(inside)].some((one) => one.offsetParent && one.textContent.includes(words)))
          return
        watching.disconnect()
        requestAnimationFrame(() => setTimeout(() => shown((performance.now() - began) / 1000)))
      }
      const watching = new MutationObserver(look)
      watching.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
      setTimeout(() => missing(`${words} was not shown`), 60000)
    }, { capture: true, once: true })
  })
}"""
"""From the next click on: the seconds until a frame is painted in which the words are visible."""


def shown_after(page: Page, button: Locator, inside: str, words: str) -> float:
    """Click; seconds until something that the selector `inside` finds shows the words."""
    page.evaluate(LISTEN, [inside, words])
    button.click()
    return float(page.evaluate("shown"))


class Kernel:
    """A notebook's kernel, as a process."""

    def __init__(self, lab: RunningLab, path: str) -> None:
        sessions = json.loads(lab.get("api/sessions")[1])
        (kernel,) = [one["kernel"]["id"] for one in sessions if one["path"] == path]
        self._process = next(one for one in _below(lab.process.pid) if kernel in " ".join(one.cmdline()))

    def processor(self) -> float:
        """Seconds of processor time so far."""
        taken = self._process.cpu_times()
        return float(taken.user + taken.system)


def _below(pid: int) -> Iterable[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def clicked(page: Page, kernel: Kernel, source: str, words: str) -> tuple[float, float]:
    """Run a cell by the button; seconds until its output shows the words, and the kernel's processor time."""
    select(page, source)
    before = kernel.processor()
    button = page.locator("[data-jp-item-name=run]:visible jp-button")
    seconds = shown_after(page, button, ".jp-OutputArea", words)
    return seconds, kernel.processor() - before


def open_anew(page: Page, lab: RunningLab, path: str, untouched: bytes) -> Kernel:
    """Open a notebook as nobody has run it yet, with a fresh kernel."""
    for session in json.loads(lab.get("api/sessions")[1]):
        lab.get(f"api/sessions/{session['id']}", method="DELETE")
    page.goto(f"{lab.page}&reset")
    (lab.files / path).write_bytes(untouched)
    open_notebook(page, lab, path)
    return Kernel(lab, path)


def told(name: str, taken: list[tuple[float, float]], limit: float | None = None) -> bool:
    """Print the median of some runs; whether it is within the limit."""
    seconds, processor = (statistics.median(one) for one in zip(*taken, strict=True))
    wanted = f" (limit {limit:g})" if limit else ""
    print(
        f"{name:<48} {seconds:5.2f} s, {min(one for one, _ in taken):.2f}–{max(one for one, _ in taken):.2f}{wanted}; "
        f"kernel's processor {processor:.2f} s; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return limit is None or seconds < limit


def lessons(page: Page, lab: RunningLab, runs: int) -> bool:
    """A lesson whose kernel is up, from the click on its name until its cells are there; then its first cell."""
    opened, first = [], []
    untouched = (lab.files / LESSON).read_bytes()
    for _ in range(runs):
        kernel = open_anew(page, lab, LESSON, untouched)
        page.goto(f"{lab.page}&reset")  # else the lesson comes back by itself, and is there before the click
        link = page.locator(".jp-MarkdownViewer").get_by_role("link", name="ClusterIP: one address")
        before = kernel.processor()
        seconds = shown_after(page, link, ".jp-Notebook .cm-content", "%load_ext")
        opened.append((seconds, kernel.processor() - before))
        is_open(page)
        first.append(clicked(page, kernel, FIRST_CELL, NODES))
    told("a lesson's first cell, in a fresh kernel", first)
    return told("a lesson opened, its kernel up: cells are there", opened, LESSON_WITHIN)


def checks(page: Page, lab: RunningLab, runs: int) -> bool:
    """The exercise in fresh kernels: the first check, later ones, the first player."""
    course = load_course()
    solution = written(course, course.exercise(SLUG))
    firsts, laters, players, attempts = [], [], [], 0
    untouched = (lab.files / EXERCISE).read_bytes()
    for _ in range(runs):
        kernel = open_anew(page, lab, EXERCISE, untouched)
        run(page, f"%exercise {SLUG}")
        for name, text in solution.answers.items():
            write(page, f"%%answer {name}", text)
            run(page, f"%%answer {name}")
        (name,) = solution.manifests
        write(page, f"%%manifest {name}", solution.manifests[name])
        run(page, f"%%manifest {name}")
        for taken in (firsts, laters, laters, laters):
            attempts += 1
            taken.append(clicked(page, kernel, CHECK, f"Attempt {attempts};" if attempts > 1 else "Checked on"))
        add_below(page, CHECK, PLAY)
        players.append(clicked(page, kernel, PLAY, PLAYER))
    good = [
        told("a player in a kernel that has had none", players, LESSON_WITHIN),
        told("the first check in a kernel", firsts, CHECK_WITHIN),
        told("each further check", laters, CHECK_WITHIN),
    ]
    return all(good)


@contextmanager
def page_of(lab_home: Path) -> Iterator[tuple[Page, RunningLab]]:
    """A browser, and a lab for it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    os.environ["LAB_VARIANT"] = "reference"
    lab = RunningLab(lab_home)
    try:
        lab.wait_until_ready()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            yield page, lab
            browser.close()
    finally:
        lab.end()


def main() -> None:
    """Measure and print; ends with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs: int = parser.parse_args().runs
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, runs: {runs}")
    parts: tuple[Callable[[Any, RunningLab, int], bool], ...] = (lessons, checks)
    with tempfile.TemporaryDirectory() as folder, page_of(Path(folder)) as (page, lab):
        good = [part(page, lab, runs) for part in parts]
    if not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
