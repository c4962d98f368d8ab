"""A learner in JupyterLab: reads, writes a manifest, runs the cells, sees the checks."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: {target_port}
"""


def open_notebook(page: Page, lab, path: str) -> None:
    url, token = lab.address
    page.goto(f"{url}lab/tree/{path}?token={token}")
    expect(page.locator(".jp-Notebook")).to_be_visible()
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first).to_be_visible()


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


def test_a_learner_fails_reads_why_mends_and_passes(page, lab):
    open_notebook(page, lab, "clusterip/clusterip.ipynb")
    write(page, "%%manifest web.yaml", SERVICE.format(target_port=80))
    run_all(page)
    found = output_of(page, "%check clusterip")
    expect(found).to_contain_text("failed")
    expect(found).to_contain_text("Expected")

    write(page, "%%manifest web.yaml", SERVICE.format(target_port=8080))
    run_all(page)
    expect(found).to_contain_text("10 of 10")
    expect(found).not_to_contain_text("failed")
    found.scroll_into_view_if_needed()


def test_nothing_gets_in_the_way(page, lab):
    """No dialog, no news, no error in the browser's console."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    url, token = lab.address
    page.goto(f"{url}lab?token={token}")
    expect(page.locator(".jp-DirListing-content")).to_contain_text("lessons")
    expect(page.locator(".jp-DirListing-content")).to_contain_text("clusterip")
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    assert [text for text in complaints if not re.search("favicon", text)] == []
