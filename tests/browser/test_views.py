"""The check view and the player in JupyterLab: followed live, announced once, used by keyboard, left as pictures."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.jupyter_page import open_notebook, output_of, run_all, write
from tests.browser.test_exercise import SERVICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
NOTEBOOK = "views.ipynb"
CHECK, PLAY, BOARD = "%check clusterip", "%play pod/client http://web/", "%board pod/client http://web/hostname"
ANSWERS = "%%answer predictions\nfar: refused\npast-the-port: refused\n"
LISTEN = """window.heard = []
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const region = (target.closest ? target : target.parentElement)?.closest("[role=status], [aria-live=polite]")
    if (region?.id.startsWith("servicelab") && region.textContent) window.heard.push(region.textContent)
  }
}).observe(document, { subtree: true, childList: true, characterData: true })"""
"""Hears what a screen reader would say: new words in live regions that are in the page already."""
ERROR = "Error displaying widget"


@pytest.fixture
def notebook(driven):
    """A notebook of its own in the learner's folder."""
    cells = ["%load_ext servicelab.notebook\n%exercise clusterip", "%%manifest web.yaml\n", ANSWERS, CHECK, PLAY, BOARD]
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = driven.files / NOTEBOOK
    nbformat.write(made, path)
    return path


def serious(page, selector: str) -> list[str]:
    """What axe-core finds in a part of the page that bars somebody from using it."""
    found = Axe().run(page, context=selector).response["violations"]
    return [
        f"{one['id']}: {node['html']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def button(page, words: str):
    return page.locator(".jupyter-button", has_text=words)


def is_fine_in_both_themes(page, selector: str) -> None:
    body = page.locator("body")
    theme = body.get_attribute("data-jp-theme-light")
    for light in ("false", "true"):
        body.evaluate("(body, light) => { body.dataset.jpThemeLight = light }", light)
        assert serious(page, selector) == [], f"theme light: {light}"
    body.evaluate("(body, light) => { body.dataset.jpThemeLight = light }", theme)


def test_checks_are_announced_opened_by_key_and_remembered(page, driven, notebook):
    page.add_init_script(LISTEN)
    open_notebook(page, driven, NOTEBOOK)
    write(page, "%%manifest web.yaml", SERVICE.format(target_port=8080))
    run_all(page)
    found = output_of(page, CHECK)
    expect(found).to_contain_text("points")
    assert page.evaluate("heard.length") == 1
    write(page, "%%manifest web.yaml", SERVICE.format(target_port=80))
    run_all(page)
    expect(found).to_contain_text("Attempt 2; points before:")
    expect(found).to_contain_text("This passed less than a minute ago, in attempt 1.")
    heard = page.evaluate("heard")
    assert len(heard) == 2
    assert all(words.startswith("Exercise clusterip: ") for words in heard)

    failed = found.locator("details", has_text="The Service web sends requests to port 80")
    expect(failed.get_by_text("Expected")).to_be_visible()
    failed.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(failed.get_by_text("Expected")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(failed.get_by_text("Expected")).to_be_visible()
    button(page, "Ask the doctor").focus()
    page.keyboard.press("Enter")
    expect(found).to_contain_text("Question")
    page.keyboard.press("Enter")
    expect(found).to_contain_text("Look ")
    is_fine_in_both_themes(page, ".jp-OutputArea:has(.servicelab-checks)")
    assert page.evaluate("heard.length") == 2


def test_the_board_changes_with_the_cluster(page, driven, notebook, driven_cluster):
    open_notebook(page, driven, NOTEBOOK)
    write(page, "%%manifest web.yaml", SERVICE.format(target_port=8080))
    run_all(page)
    found = output_of(page, BOARD)
    expect(found).to_contain_text("answered by shop/")
    is_fine_in_both_themes(page, ".jp-OutputArea:has(.servicelab-board)")
    driven_cluster.rest.send("DELETE", "/api/v1/namespaces/shop/services/web")
    expect(found).to_contain_text("no such name")
    expect(found.locator("table:visible").first).not_to_contain_text("ClusterIP")
    button(page, "Stop").click()
    expect(button(page, "Stopped")).to_be_visible()


def test_a_request_is_played_by_keyboard_and_its_picture_stays(page, driven, notebook):
    open_notebook(page, driven, NOTEBOOK)
    write(page, "%%manifest web.yaml", SERVICE.format(target_port=8080))
    run_all(page)
    found = output_of(page, PLAY)
    expect(found).to_contain_text("Probed:")
    expect(found.locator("svg.lab-picture:visible")).to_have_count(1)
    button(page, "Step").focus()
    page.keyboard.press("Enter")
    expect(found).to_contain_text("Step 1 of")
    page.keyboard.press("Enter")
    expect(found).to_contain_text("(rewritten)")
    expect(found.locator("mark:visible").first).to_contain_text("port: 80")
    is_fine_in_both_themes(page, ".jp-OutputArea:has(.servicelab-step)")
    button(page, "Play").focus()
    page.keyboard.press("Enter")
    expect(found.locator(".servicelab-step:visible")).to_contain_text("End: answered by")
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-current .jp-icon-hoverShow, .lm-mod-current.jp-mod-dirty")).to_have_count(0)

    for session in json.loads(driven.get("api/sessions")[1]):
        driven.get(f"api/sessions/{session['id']}", method="DELETE")
    open_notebook(page, driven, NOTEBOOK)
    left = output_of(page, PLAY)
    expect(left.locator("svg.lab-picture:visible")).to_have_count(1)
    expect(page.get_by_text(ERROR)).to_have_count(2)
    expect(page.locator(f":text('{ERROR}'):visible")).to_have_count(0)

    saved = nbformat.read(notebook, as_version=4)
    assert "<script" not in str([cell.outputs for cell in saved.cells])
    page.set_content(HTMLExporter(template_name="classic").from_notebook_node(saved)[0])
    expect(page.locator("svg.lab-picture:visible")).to_have_count(1)
    expect(page.locator(".servicelab-checks:visible")).to_have_count(1)
