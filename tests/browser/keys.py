"""What a learner does in JupyterLab with keys alone; where the focus lands, it is seen."""

import uuid
from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page, expect

from tests.browser.jupyter_page import is_open, number_of, open_start_page, until

MOST_KEYS = 200
"""So often a key is pressed at most to get somewhere."""
FOCUSED = "document.activeElement?.textContent.trim() ?? ''"
VISIBLE = """() => {
  const one = document.activeElement, look = () => {
    const { outline, boxShadow, border, backgroundColor } = getComputedStyle(one)
    return [outline, boxShadow, border, backgroundColor].join()
  }
  const focused = look()
  one.blur()
  const blurred = look()
  one.focus()
  return focused !== blurred
}"""
"""Whether what has the focus looks otherwise than without it."""


def press_until(page: Page, key: str, is_there: Callable[[], bool], what: str) -> None:
    for _ in range(MOST_KEYS):
        if is_there():
            return
        page.keyboard.press(key)
    raise AssertionError(f"{MOST_KEYS} times {key} do not lead to {what}")


def tab_to(page: Page, words: str) -> None:
    """Move the focus to the next thing that says these words, and see that it is there."""
    press_until(page, "Tab", lambda: page.evaluate(FOCUSED).startswith(words), words)
    assert page.evaluate(VISIBLE), f"the focus on {words} is not seen"


def follow(page: Page, title: str) -> None:
    """Open the notebook that the next link with this title leads to."""
    tab_to(page, title)
    page.keyboard.press("Enter")


def open_from_start(page: Page, lab, title: str) -> None:
    """From the start page to a notebook, with nothing else open that might take the focus."""
    open_start_page(page, lab.page.replace("/lab/", f"/lab/workspaces/{uuid.uuid4().hex}/"))
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)
    follow(page, title)
    is_open(page)


def cells(page: Page) -> Locator:
    return page.locator(".jp-Notebook:visible .jp-Cell")


def active(page: Page) -> Locator:
    return page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")


def source_of(cell: Locator) -> str:
    return cell.locator(".cm-content").inner_text()


def go_to(page: Page, first_line: str, key: str = "ArrowDown") -> None:
    """Make a cell the active one."""
    press_until(page, key, lambda: source_of(active(page)).startswith(first_line), first_line)


def type_cell(page: Page, text: str) -> None:
    """Replace what is in the active cell. What the editor indents by itself is taken back."""
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    for number, line in enumerate(text.strip().split("\n")):
        for key in ("Enter", "Home", "Shift+End", "Delete") if number else ():
            page.keyboard.press(key)
        page.keyboard.type(line)
    page.keyboard.press("Escape")


def run(page: Page, key: str = "Control+Enter") -> Locator:
    """Run the active cell; returns it when it has ended."""
    number = cells(page).evaluate_all("all => all.findIndex(one => one.matches('.jp-mod-active'))")
    cell = cells(page).nth(number)
    before = number_of(cell)
    page.keyboard.press(key)
    until(page, lambda: number_of(cell) > before, "the cell did not end")
    return cell


def read_on(page: Page, written: Mapping[str, str], looked: Callable[[Locator], None] = lambda _: None) -> None:
    """Run a notebook from its first cell to its last with Shift+Enter, as lessons say it is done.

    `written` is what is typed into cells that begin with a line of it. `looked` is called with each cell that has run.
    """
    for number in range(cells(page).count()):
        cell = cells(page).nth(number)
        expect(cell).to_contain_class("jp-mod-active")
        if "jp-CodeCell" not in (cell.get_attribute("class") or ""):
            page.keyboard.press("Shift+Enter")
            looked(cell)
            continue
        heading = source_of(cell).partition("\n")[0]
        if heading in written:
            type_cell(page, f"{heading}\n{written[heading]}")
        run(page, "Shift+Enter")
        expect(cell.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
        looked(cell)
