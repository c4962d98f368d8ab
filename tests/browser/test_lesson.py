"""A learner reads and runs the ClusterIP lesson in JupyterLab. Its screenshot is the picture in the README."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter_page import cell_of, open_notebook, output_of, run_all

pytestmark = pytest.mark.browser


def test_a_learner_reads_and_runs_a_lesson(page, lab):
    open_notebook(page, lab, "lessons/02-clusterip.ipynb")
    run_all(page)
    call = output_of(page, "%probe --steady pod/lesson/client http://hello/hostname").first
    expect(call).to_contain_text("answered by lesson/hello-")
    expect(call.locator("pre").first).to_have_css("word-break", "normal")  # long lines are wrapped between words
    code = cell_of(page, "for i in $(seq 12)").locator(".cm-content")
    expect(code).to_have_class(re.compile("cm-lineWrapping"))  # a command is read whole without scrolling
    expect(output_of(page, "%probe outside")).to_contain_text("timed out")
    heading = page.get_by_role("heading", name="3. Call it")
    heading.scroll_into_view_if_needed()
    heading.evaluate("heading => heading.scrollIntoView({block: 'start'})")
    expect(page.get_by_text("Any of the three, chosen by chance").last).to_be_visible()
