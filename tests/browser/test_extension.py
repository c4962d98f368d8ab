"""The JupyterLab extension in a browser, and what the kernel completes without it."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.jupyter_page import number_of, open_notebook, output_of, run, run_all, write
from tests.browser.test_exercise import SERVICE

pytestmark = pytest.mark.browser
NOTEBOOK = "extension.ipynb"
HEADING = "%%manifest --no-apply web.yaml"
WRONG = SERVICE.format(target_port=8080).replace("  namespace", "   namespace")
TOLD = "from servicelab.notebook.session import SESSION; print(SESSION.manifests)"
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
UNDERLINED = ".cm-lintRange-error"


@pytest.fixture
def notebook(lab):
    """A notebook of its own in the learner's folder, without a kernel so far."""
    for session in json.loads(lab.get("api/sessions")[1]):
        lab.get(f"api/sessions/{session['id']}", method="DELETE")
    cells = ["%load_ext servicelab.notebook", f"{HEADING}\n", "None  # Python, as before"]
    path = lab.files / NOTEBOOK
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata=PYTHON), path)
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


def test_what_is_checked_is_what_is_on_the_screen_and_in_the_file(page, lab, notebook):
    cells = ["%load_ext servicelab.notebook", f"{HEADING}\n{WRONG}", "%check clusterip", TOLD, "last = 1"]
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata=PYTHON), notebook)
    open_notebook(page, lab, NOTEBOOK)
    run_all(page)
    numbers = [number_of(cell) for cell in page.locator(".jp-Notebook:visible .jp-CodeCell").all()]
    assert numbers == [1, 2, 3, 4, 5]  # a check that waits for the file does not let others overtake it

    write(page, HEADING, SERVICE.format(target_port=8080))
    run(page, "%check clusterip")  # and not the manifest's own cell
    saved = nbformat.read(notebook, as_version=4)
    assert saved.cells[1].source == f"{HEADING}\n{SERVICE.format(target_port=8080)}"
    run(page, TOLD)
    expect(output_of(page, TOLD)).to_contain_text(repr(SERVICE.format(target_port=8080)))
