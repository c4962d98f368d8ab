"""Lessons, exercises, solutions, graders, words, fixtures and mistakes match one to one; nothing else lies about."""

from collections.abc import Iterator

from servicelab.course.catalogue import Course
from servicelab.course.lint.book import relative, release, solution
from servicelab.course.lint.finding import Finding

FOLDERS = ("lessons", "solutions", "exercises", "graders", "cluster-config/fixtures")
LEFT_BEHIND = (".ipynb_checkpoints", "__pycache__")


def check(course: Course) -> Iterator[Finding]:
    """Files that course.toml names and that are missing, and files that it does not name."""
    wanted = {file for lesson in course.lessons for file in (lesson.notebook,)}
    for exercise in course.exercises:
        slug = exercise.slug
        wanted |= {solution(slug), release(slug), exercise.grader, exercise.fixture, exercise.words}
        wanted |= {f"graders/mistakes/{slug}/{name}.toml" for name in ("expected", "equivalent")}
    for file in sorted(wanted):
        if not (course.root / file).is_file():
            yield Finding("files", "course.toml", "", f"{file or 'a file of words'} is not there", f"Write it: {file}")
    slugs = {exercise.slug for exercise in course.exercises}
    for folder in FOLDERS:
        for path in sorted((course.root / folder).rglob("*")):
            file, parts = relative(course, path), path.relative_to(course.root / folder).parts
            is_mistake = folder == "graders" and parts[:1] == ("mistakes",) and len(parts) > 2 and parts[1] in slugs
            if path.is_file() and file not in wanted and not is_mistake and not set(parts) & set(LEFT_BEHIND):
                yield Finding("files", file, "", "no entry of course.toml names it", "Enter it, or remove it.")
    yield from _references(course)


def _references(course: Course) -> Iterator[Finding]:
    units = {unit.id for unit in course.units}
    lessons = {lesson.id for lesson in course.lessons}
    said = [(f"unit {unit.id}", set(unit.prerequisites) - units) for unit in course.units]
    said += [(f"lesson {lesson.id}", {lesson.unit} - units) for lesson in course.lessons]
    said += [(f"lesson {lesson.id}", set(lesson.prerequisites) - lessons - units) for lesson in course.lessons]
    for exercise in course.exercises:
        said.append((f"exercise {exercise.slug}", ({exercise.unit} - units) | ({exercise.lesson} - lessons)))
    for who, unknown in said:
        for name in sorted(unknown):
            yield Finding("files", "course.toml", who, f"there is no {name}", "Name one that there is, or enter it.")
