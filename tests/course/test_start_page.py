"""The start page leads to every lesson and exercise, says what is next and what is passed."""

import re
from dataclasses import replace

from servicelab.course import Standing, load_course
from servicelab.course.standing import CourseStanding
from servicelab.course.start_page import start_page

COURSE = load_course()
NEW = {exercise.slug: Standing(0, 0.0, None) for exercise in COURSE.exercises}


def page_of(next_lesson=None, **exercises):
    return start_page(COURSE, CourseStanding({**NEW, **exercises}, next_lesson))


def test_every_notebook_is_linked_once_and_is_there():
    page = page_of()
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert sorted(links) == sorted(
        [*(lesson.notebook for lesson in COURSE.lessons), *(f"{one.slug}/{one.slug}.ipynb" for one in COURSE.exercises)]
    )
    for link in links:
        assert (COURSE.root / link).exists() or (COURSE.root / "exercises" / link).exists(), link


def test_units_come_in_their_order():
    page = page_of()
    places = [page.index(f"## {unit.title}\n") for unit in COURSE.units]
    assert places == sorted(places)


def test_it_says_what_is_next_and_what_is_passed():
    page = page_of(COURSE.lessons[0])
    assert page.index(f"Next: [{COURSE.lessons[0].title}]({COURSE.lessons[0].notebook})") < page.index("## ")
    assert f"0 of {len(COURSE.exercises)} exercises passed" in page
    assert page.count("**not tried**") == len(COURSE.exercises)
    tried = replace(NEW["clusterip"], attempts=2, best_score=7.5)
    assert "**7.5 of 10 points after 2 attempts**" in page_of(clusterip=tried)
    done = replace(tried, first_passed="2026-01-01T00:00:00.000+00:00")
    page = page_of(clusterip=done)
    assert "**passed**" in page
    assert f"1 of {len(COURSE.exercises)} exercises passed" in page
