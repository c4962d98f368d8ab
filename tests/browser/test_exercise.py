"""A learner in JupyterLab: reads, writes a manifest, runs the cells, sees the checks."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter_page import open_notebook, open_start_page, output_of, run_all, write

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


def test_a_learner_fails_reads_why_mends_and_passes(page, lab):
    open_notebook(page, lab, "clusterip/clusterip.ipynb")
    write(page, "%%manifest web.yaml", SERVICE.format(target_port=80))
    run_all(page)
    found = output_of(page, "%check clusterip")
    expect(found).to_contain_text("failed")
    expect(found).to_contain_text("Expected")

    write(page, "%%manifest web.yaml", SERVICE.format(target_port=8080))
    write(page, "%%answer predictions", "far: refused\npast-the-port: refused\n")
    write(page, "%%answer explanations", "why-silent: service-ports\nchanged: refused\n")
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


def test_what_the_browser_broke_off_is_loaded_again(page, lab):
    page.route("**/api/contents/start.md*", lambda asked: asked.abort(), times=1)
    open_start_page(page, lab.page)


def test_the_start_page_leads_to_the_lessons(page, lab):
    open_start_page(page, lab.page)
    course = page.locator(".jp-MarkdownViewer .jp-RenderedMarkdown")
    expect(course).to_contain_text("Next: ")
    expect(course).to_contain_text("exercises passed")
    expect(page.locator(".jp-FileEditor")).to_have_count(0)
    course.get_by_role("link", name="ClusterIP: one address").click()
    expect(page.locator(".jp-Notebook:visible")).to_contain_text("ClusterIP: one address")
    expect(page.get_by_role("tab", name="02-clusterip.ipynb")).to_be_visible()
