"""What a learner does with a notebook in JupyterLab, for the browser tests."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Request, expect

LOADS = 5
"""How often a page is loaded until the browser got all of it: Chromium drops the requests that wait for a connection
when the machine's network changes, and tests beside these start and stop the nodes of clusters."""
AS_USUAL = "net::ERR_ABORTED"
"""What becomes of requests of a page that is left."""
KERNEL_READY = "| Idle"
"""In the status bar. Run a cell before, and JupyterLab asks which kernel to start."""


def open_notebook(page: Page, lab, path: str) -> None:
    url, token = lab.address
    state = page.locator("#jp-bottom-panel", has_text=KERNEL_READY)
    load(page, f"{url}lab/tree/{path}?token={token}", page.locator(".jp-Notebook:visible"), state)


def open_start_page(page: Page, url: str) -> None:
    load(page, url, page.locator(".jp-MarkdownViewer").get_by_role("heading", name="Service Lab"))


def load(page: Page, url: str, *parts: Locator) -> None:
    """Go there and await all parts; where the browser dropped requests, load the page again, as a reader does."""
    dropped: list[str] = []

    def note(request: Request) -> None:
        if request.failure != AS_USUAL:
            dropped.append(f"{request.url}: {request.failure}")

    page.on("requestfailed", note)
    for _ in range(LOADS):
        dropped.clear()
        page.goto(url)
        until(page, lambda: bool(dropped) or all(part.first.is_visible() for part in parts), f"{url} did not open")
        if not dropped:
            break
    page.remove_listener("requestfailed", note)
    assert not dropped, f"the browser dropped requests in each of {LOADS} loads: {dropped}"


def is_open(page: Page) -> None:
    """Await a notebook, and its kernel."""
    expect(page.locator(".jp-Notebook:visible")).to_be_visible()
    expect(page.locator("#jp-bottom-panel")).to_contain_text(KERNEL_READY)


def write(page: Page, first_line: str, text: str) -> None:
    """Replace what is below the first line of a cell."""
    editor = cell_of(page, first_line).locator(".cm-content")
    editor.scroll_into_view_if_needed()
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f"{first_line}\n{text}")


def run_all(page: Page) -> None:
    """By the menu, as a learner does; returns when the last cell has run."""
    last = page.locator(".jp-CodeCell").last
    before = number_of(last)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    until(page, lambda: number_of(last) > before, "the cells did not end")


def cell_of(page: Page, source: str):
    """The code cells of the open notebook that hold this text."""
    shown = page.locator(".jp-Notebook:visible .jp-CodeCell")
    return shown.filter(has=page.locator(".cm-content", has_text=source))


def output_of(page: Page, source: str):
    return cell_of(page, source).locator(".jp-OutputArea")


def number_of(cell) -> int:
    """The number beside a cell; 0 before it has run, and while it waits or runs."""
    found = re.search(r"\d+", cell.locator(".jp-InputPrompt").inner_text())
    return int(found[0]) if found else 0


def select(page: Page, source: str):
    """Make the one cell with this text the active one; gives the cell."""
    cell = cell_of(page, source)
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Escape")
    return cell


def add_below(page: Page, source: str, text: str) -> None:
    """A new cell with this text below the one that holds `source`."""
    select(page, source)
    for key in ("b", "Enter"):
        page.keyboard.press(key)
    page.keyboard.insert_text(text)


def run(page: Page, source: str) -> None:
    """Run the one cell with this text by key; returns when it has run."""
    cell = select(page, source)
    before = number_of(cell)
    page.keyboard.press("Control+Enter")
    until(page, lambda: number_of(cell) > before, f"the cell {source!r} did not end")


def until(page: Page, is_so: Callable[[], bool], otherwise: str) -> None:
    """Look again and again, as long as cells may take on a busy machine or a real cluster."""
    deadline = time.monotonic() + 180
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        page.wait_for_timeout(100)  # between two looks
