"""A learner's whole way in JupyterLab: start page, lesson, a wrong manifest, why it is wrong, mended, played, saved."""

import os
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat.reader import NotJSONError
from playwright.sync_api import expect

from servicelab.course import load_course
from servicelab.course.solving import written
from tests.browser.jupyter_page import add_below, cell_of, is_open, open_start_page, output_of, run, until, write
from tests.browser.test_exercise import SERVICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
COURSE = load_course()
EXERCISE = COURSE.exercise("clusterip")
MANIFEST, CHECK, PLAY = "%%manifest web.yaml", "%check clusterip", "%play pod/client http://web/"
WRONG_INDENTATION = SERVICE.format(target_port=8080).replace("      targetPort", "     targetPort")
LONGEST = 180_000
"""Milliseconds a step may take where Pods and packets are real."""
SCREENSHOTS = os.environ.get("LAB_SCREENSHOTS")
"""A folder for pictures of the way, in both themes, wide and narrow; the documents show those in `docs/screenshots`."""
SIZES = {1280: 640, 400: 760}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def link(page, words: str):
    return page.locator(".jp-MarkdownViewer").get_by_role("link", name=words)


def look(page, name: str, at) -> None:
    """Take pictures, where they are asked for."""
    if not SCREENSHOTS:
        return
    folder = Path(SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    for theme, entry in THEMES.items():
        page.get_by_role("menuitem", name="Settings", exact=True).click()
        for words in ("Theme", entry):
            page.locator(".lm-Menu-itemLabel").get_by_text(words, exact=True).click()
        expect(page.locator(f"body[data-jp-theme-name='{entry}']")).to_be_attached()
        for width in SIZES:
            with window(page, width):
                at.evaluate("one => one.scrollIntoView({block: 'start'})")
                page.screenshot(path=folder / f"{name}-{width}-{theme}.png")


@contextmanager
def window(page, width: int):
    """Another size of the window, without the list of files, for which there is no room in a narrow one."""
    was = page.viewport_size
    page.keyboard.press("Control+b")
    expect(page.locator("#jp-left-stack")).to_be_hidden()
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    yield
    page.set_viewport_size(was)
    page.keyboard.press("Control+b")
    expect(page.locator("#jp-left-stack")).to_be_visible()


def fits_into_a_narrow_window(page, output) -> None:
    """Nothing of an output's picture is cut off."""
    right = "one => one.getBoundingClientRect().right"
    picture = output.locator("svg.lab-picture:visible")
    with window(page, 400):
        until(page, lambda: picture.evaluate(right) <= output.evaluate(right), "the picture is wider than its cell")


def test_from_the_start_page_to_a_saved_picture(page, driven):
    open_start_page(page, driven.page)
    look(page, "start", page.get_by_role("heading", name="Service Lab"))
    link(page, "ClusterIP: one address").click()
    is_open(page)
    expect(page.get_by_role("tab", name="02-clusterip.ipynb")).to_be_visible()
    page.get_by_role("tab", name="start.md").click()
    link(page, EXERCISE.title).click()
    expect(page.get_by_role("tab", name="clusterip.ipynb", exact=True)).to_be_visible()
    is_open(page)
    run(page, "%exercise clusterip")
    expect(output_of(page, "%exercise clusterip")).to_contain_text("is ready in the namespaces", timeout=LONGEST)

    write(page, MANIFEST, WRONG_INDENTATION)
    run(page, MANIFEST)
    told = output_of(page, MANIFEST)
    expect(told).to_contain_text("web.yaml, line 11, column 6: The indentation does not fit")
    expect(told).to_contain_text("Nothing was applied.")
    underlined = cell_of(page, MANIFEST).locator(".cm-line").filter(has=page.locator(".cm-lintRange-error"))
    expect(underlined).to_contain_text("targetPort: 8080")
    look(page, "problem", cell_of(page, MANIFEST))

    write(page, MANIFEST, SERVICE.format(target_port=80))
    for name, text in written(COURSE, EXERCISE).answers.items():
        write(page, f"%%answer {name}", text)
        run(page, f"%%answer {name}")
    run(page, MANIFEST)
    expect(told).to_contain_text("service/web created")
    expect(underlined).to_have_count(0)
    run(page, CHECK)
    found = output_of(page, CHECK)
    expect(found).to_contain_text("sends requests to port 80")
    doctor = found.locator(".jupyter-button").first
    expect(doctor).to_contain_text("Ask the doctor: web")
    doctor.click()
    expect(found).to_contain_text("On which port does the program in the Pods listen?", timeout=LONGEST)
    for words in ("Look ", "Found "):
        doctor.click()
        expect(found).to_contain_text(words, timeout=LONGEST)
    expect(found).to_contain_text("listens on TCP 8080")
    look(page, "diagnosis", found.get_by_text("Failed: ").first)

    write(page, MANIFEST, SERVICE.format(target_port=8080))
    run(page, MANIFEST)
    expect(told).to_contain_text("service/web configured")
    run(page, CHECK)
    expect(found).to_contain_text("10 of 10 points: all checks passed")
    look(page, "passed", found)

    add_below(page, CHECK, PLAY)
    run(page, PLAY)
    played = output_of(page, PLAY)
    expect(played).to_contain_text("Probed:", timeout=LONGEST)
    played.locator(".jupyter-button", has_text="Play").click()
    expect(played.locator(".servicelab-step:visible")).to_contain_text("End: answered by")
    look(page, "played", played)
    fits_into_a_narrow_window(page, played)

    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    notebook = driven.files / "clusterip" / "clusterip.ipynb"
    until(page, lambda: "lab-picture" in str(outputs(notebook, PLAY)), "no picture was saved")
    open_start_page(page, driven.page)
    expect(page.locator(".jp-MarkdownViewer li", has_text=EXERCISE.title)).to_contain_text("passed")


def outputs(notebook: Path, source: str) -> list:
    """What the saved notebook has below a cell; nothing while it is being written."""
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except NotJSONError:
        return []
    return [one for cell in cells if source in cell.source for one in cell.get("outputs", ())]
