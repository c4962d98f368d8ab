"""Unit 2 with keys alone, from the start page to full marks: its lessons, its exercises, and what helps with them."""

import pytest
from playwright.sync_api import expect

from servicelab.course import load_course
from servicelab.course.solving import written
from tests.browser.jupyter_page import is_open
from tests.browser.keys import (
    active,
    follow,
    go_to,
    open_from_start,
    read_on,
    run,
    source_of,
    tab_to,
    type_cell,
)
from tests.browser.test_exercise import SERVICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
COURSE = load_course()
UNIT = "clusterip"
MANIFEST, CHECK = "%%manifest web.yaml", "%check clusterip"
LESSONS = [one for one in COURSE.lessons if one.unit == UNIT]
EXERCISES = [one for one in COURSE.exercises if one.unit == UNIT]
EVERY_RUN = "02c-readiness-and-spreading"
"""The shortest; the others are read with `--full`."""


def typed(exercise) -> dict[str, str]:
    """What a learner writes, by the first line of its cell."""
    solution = written(COURSE, exercise)
    texts = {"manifest": solution.manifests, "answer": solution.answers}
    return {f"%%{magic} {name}": text for magic, some in texts.items() for name, text in some.items()}


def add_below(page, text: str) -> None:
    """Write a new cell below the active one, and run it."""
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    type_cell(page, text)
    run(page)


def press_the_player(page, cell) -> None:
    """Go one hop, two hops, and to the end, where a cell shows how a request went."""
    if "%play" not in source_of(cell):
        return
    page.keyboard.press("ArrowUp")  # Shift+Enter went on
    for words, then in (("Step", "Step 1 of"), ("Step", "(rewritten)"), ("Play", "End: answered by")):
        tab_to(page, words)
        page.keyboard.press("Enter")
        expect(cell.locator(".servicelab-step:visible")).to_contain_text(then)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")


@pytest.mark.parametrize(
    "lesson",
    [pytest.param(one, id=one.id, marks=[] if one.id == EVERY_RUN else [pytest.mark.long]) for one in LESSONS],
)
def test_a_lesson_is_read_with_keys_alone_and_leads_on(page, lab, lesson):
    open_from_start(page, lab, lesson.title)
    read_on(page, {}, lambda cell: press_the_player(page, cell))
    exercise = next(one for one in EXERCISES if one.lesson == lesson.id)
    page.keyboard.press("Escape")
    go_to(page, "## What to take along", "ArrowUp")
    follow(page, exercise.title)
    is_open(page)
    expect(page.get_by_role("tab", name=f"{exercise.slug}.ipynb", exact=True)).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.slug)
def test_an_exercise_is_passed_with_keys_alone(page, lab, exercise):
    open_from_start(page, lab, exercise.title)
    read_on(page, typed(exercise))
    page.keyboard.press("Escape")
    go_to(page, f"%check {exercise.slug}", "ArrowUp")
    points = f"{exercise.points:g} of {exercise.points:g} points: all checks passed"
    expect(active(page)).to_contain_text(points)
    add_below(page, "%explanation")
    expect(active(page).locator(".jp-OutputArea .jp-RenderedMarkdown").first).to_be_visible()


def test_an_exercise_is_failed_understood_and_mended_with_keys_alone(page, lab):
    exercise = COURSE.exercise("clusterip")
    open_from_start(page, lab, exercise.title)
    go_to(page, "%load_ext")
    run(page)
    go_to(page, MANIFEST)
    type_cell(page, f"{MANIFEST}\n{SERVICE.format(target_port=80)}")
    run(page)
    expect(active(page)).to_contain_text("service/web ")
    for heading, text in typed(exercise).items():
        if heading != MANIFEST:
            go_to(page, heading)
            type_cell(page, f"{heading}\n{text}")
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
    add_below(page, "%hint")
    expect(active(page)).to_contain_text("Hint 1 of")

    go_to(page, MANIFEST, "ArrowUp")
    type_cell(page, f"{MANIFEST}\n{SERVICE.format(target_port=8080)}")
    run(page)
    go_to(page, CHECK)
    run(page)
    expect(active(page)).to_contain_text("10 of 10 points: all checks passed")
