"""The JupyterLab extension: YAML's colours and underlined problems in `%%manifest` cells."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.jupyter_page import open_notebook, run, run_all, write
from tests.browser.test_exercise import SERVICE

pytestmark = pytest.mark.browser
NOTEBOOK = "extension.ipynb"
HEADING = "%%manifest --no-apply web.yaml"
WRONG = SERVICE.format(target_port=8080).replace("  namespace", "   namespace")
UNDERLINED = ".cm-lintRange-error"


@pytest.fixture
def notebook(lab):
    """A notebook of its own in the learner's folder, without a kernel so far."""
    for session in json.loads(lab.get("api/sessions")[1]):
        lab.get(f"api/sessions/{session['id']}", method="DELETE")
    cells = ["%load_ext servicelab.notebook", f"{HEADING}\n", "None  # Python, as before"]
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = lab.files / NOTEBOOK
    nbformat.write(made, path)
    return path


def manifest(page):
    return page.locator(".jp-CodeCell .cm-content", has_text=HEADING)


def test_a_manifest_has_colours_and_its_wrong_line_is_underlined_as_long_as_it_is_wrong(page, lab, notebook):
    open_notebook(page, lab, NOTEBOOK)
    write(page, HEADING, WRONG)
    expect(manifest(page)).to_have_attribute("data-language", "yaml")
    expect(page.locator(".cm-content", has_text="as before")).to_have_attribute("data-language", "python")
    expect(page.locator(UNDERLINED)).to_have_count(0)  # nobody answers before the first cell has run

    run_all(page)
    expect(page.locator(UNDERLINED)).to_have_text("namespace: shop")
    page.locator(UNDERLINED).hover()
    printed = page.locator(".jp-OutputArea-output", has_text="Nothing was applied").inner_text()
    expect(page.locator(".cm-tooltip-lint")).to_have_text(printed.splitlines()[0])

    write(page, HEADING, SERVICE.format(target_port=8080))
    expect(page.locator(UNDERLINED)).to_have_count(0)
    write(page, HEADING, SERVICE.replace("{target_port}", "no"))
    expect(page.locator(".cm-lintRange-warning")).to_have_text("targetPort: no")


def test_field_names_are_completed_with_their_meaning(page, lab, notebook):
    open_notebook(page, lab, NOTEBOOK)
    run(page, "load_ext")
    write(page, HEADING, f"{SERVICE.format(target_port=8080)}      n")
    page.keyboard.press("Tab")
    offered = page.locator(".jp-Completer-item:has(.jp-Completer-type)", has_text="nodePort")
    expect(offered).to_contain_text("integer")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".jp-Completer-docpanel")).to_contain_text("The port on each node on which this service")
    page.keyboard.press("Enter")
    expect(manifest(page)).to_contain_text("nodePort")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".jp-Tooltip")).to_contain_text("nodePort <integer>")
