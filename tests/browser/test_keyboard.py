"""Unit 2's exercise with keys alone, from the start page to full marks; where the focus lands, it is seen."""

import pytest
from playwright.sync_api import expect

from servicelab.course import load_course
from servicelab.course.solving import written
from tests.browser.jupyter_page import is_open, number_of, until
from tests.browser.test_exercise import SERVICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
COURSE = load_course()
EXERCISE = COURSE.exercise("clusterip")
MANIFEST, CHECK = "%%manifest web.yaml", "%check clusterip"
MOST_KEYS = 80
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


def press_until(page, key: str, is_there, what: str) -> None:
    for _ in range(MOST_KEYS):
        if is_there():
            return
        page.keyboard.press(key)
    raise AssertionError(f"{MOST_KEYS} times {key} do not lead to {what}")


def tab_to(page, words: str) -> None:
    """Move the focus to the next thing that says these words, and see that it is there."""
    press_until(page, "Tab", lambda: page.evaluate(FOCUSED).startswith(words), words)
    assert page.evaluate(VISIBLE), f"the focus on {words} is not seen"


def active(page):
    return page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")


def go_to(page, first_line: str, key: str = "ArrowDown") -> None:
    """Make a cell the active one."""
    press_until(page, key, lambda: active(page).locator(".cm-content").inner_text().startswith(first_line), first_line)


def type_cell(page, text: str) -> None:
    """Replace what is in the active cell. What the editor indents by itself is taken back."""
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    for number, line in enumerate(text.strip().split("\n")):
        for key in ("Enter", "Home", "Shift+End", "Delete") if number else ():
            page.keyboard.press(key)
        page.keyboard.type(line)
    page.keyboard.press("Escape")


def run(page) -> None:
    """Run the active cell."""
    cell = active(page)
    before = number_of(cell)
    page.keyboard.press("Control+Enter")
    until(page, lambda: number_of(cell) > before, "the cell did not end")


def test_an_exercise_with_keys_alone(page, lab):
    page.goto(lab.page)
    expect(page.get_by_role("heading", name="Service Lab")).to_be_visible()
    tab_to(page, EXERCISE.title)
    page.keyboard.press("Enter")
    is_open(page)

    go_to(page, "%load_ext")
    run(page)
    go_to(page, MANIFEST)
    type_cell(page, f"{MANIFEST}\n{SERVICE.format(target_port=80)}")
    run(page)
    expect(active(page)).to_contain_text("service/web created")
    for name, text in written(COURSE, EXERCISE).answers.items():
        go_to(page, f"%%answer {name}")
        type_cell(page, f"%%answer {name}\n{text}")
        run(page)
    go_to(page, CHECK)
    run(page)
    expect(active(page)).to_contain_text("of 10 points")

    tab_to(page, "✗ failed")
    folded = active(page).locator("details[open]")
    count = folded.count()
    page.keyboard.press("Enter")
    expect(folded).to_have_count(count - 1)
    tab_to(page, "Ask the doctor: web")
    page.keyboard.press("Enter")
    expect(active(page)).to_contain_text("On which port does the program in the Pods listen?")

    go_to(page, MANIFEST, "ArrowUp")
    type_cell(page, f"{MANIFEST}\n{SERVICE.format(target_port=8080)}")
    run(page)
    go_to(page, CHECK)
    run(page)
    expect(active(page)).to_contain_text("10 of 10 points: all checks passed")
