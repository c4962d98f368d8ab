"""What a learner sees first: the course, to read; a link opens the lesson beside it."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_start_page_leads_to_the_lessons(page, lab):
    page.goto(lab.page)
    course = page.locator(".jp-RenderedMarkdown")
    expect(course.get_by_role("heading", name="Service Lab")).to_be_visible()
    expect(course).to_contain_text("Next: Your cluster")
    expect(course).to_contain_text("exercises passed")
    expect(page.locator(".jp-FileEditor")).to_have_count(0)
    course.get_by_role("link", name="ClusterIP: one address").click()
    expect(page.locator(".jp-Notebook")).to_contain_text("ClusterIP")
    expect(page.get_by_role("tab", name="02-clusterip.ipynb")).to_be_visible()
