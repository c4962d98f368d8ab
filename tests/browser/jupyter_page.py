"""What a learner does with a notebook in JupyterLab, for the browser tests."""

import re
import time

from playwright.sync_api import Page, expect


def open_notebook(page: Page, lab, path: str) -> None:
    url, token = lab.address
    page.goto(f"{url}lab/tree/{path}?token={token}")
    expect(page.locator(".jp-Notebook")).to_be_visible()
    # Run before the kernel is there, and JupyterLab asks which one to start. Only the status bar tells.
    expect(page.locator("#jp-bottom-panel")).to_contain_text("| Idle")


def write(page: Page, first_line: str, text: str) -> None:
    """Replace what is below the first line of a cell."""
    editor = page.locator(".jp-CodeCell .cm-content", has_text=first_line)
    editor.scroll_into_view_if_needed()
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f"{first_line}\n{text}")


def run_all(page: Page) -> None:
    """By the menu, as a learner does; returns when the last cell has run."""
    before = last_execution(page)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    deadline = time.monotonic() + 180
    while last_execution(page) <= before:
        assert time.monotonic() < deadline, "the cells did not end"
        page.wait_for_timeout(200)  # between two looks at the last cell's number


def last_execution(page: Page) -> int:
    """The number beside the last code cell; 0 before it has run, and while it waits or runs."""
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").last.inner_text()
    found = re.search(r"\d+", prompt)
    return int(found[0]) if found else 0


def output_of(page: Page, source: str):
    cell = page.locator(".jp-CodeCell").filter(has=page.locator(".cm-content", has_text=source))
    return cell.locator(".jp-OutputArea")
