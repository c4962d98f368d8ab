"""course.toml and the files it names."""

import pytest

from servicelab.checks import checks_of, controls_of
from servicelab.course import CourseError, NoSuchExercise, load_course
from servicelab.course.engine import fixture, load_grader
from servicelab.course.variant import reference

COURSE = load_course()


def test_everything_it_names_is_there():
    units = {unit.id for unit in COURSE.units}
    lessons = {lesson.id for lesson in COURSE.lessons}
    for lesson in COURSE.lessons:
        assert lesson.unit in units
        assert (COURSE.root / lesson.notebook).is_file()
    for exercise in COURSE.exercises:
        assert exercise.unit in units
        assert exercise.lesson in lessons
        for place in (f"solutions/{exercise.slug}", f"exercises/{exercise.slug}"):
            assert (COURSE.root / place / f"{exercise.slug}.ipynb").is_file()


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.slug)
def test_graders_add_up_and_fixtures_are_sound(exercise):
    grader = load_grader(COURSE.root / exercise.grader)
    checks = checks_of(grader)
    assert sum(check.points for check in checks) == exercise.points
    assert len({check.id for check in checks}) == len(checks)
    for number, check in enumerate(checks):
        assert set(check.after) <= set(checks[:number])
    assert controls_of(grader)
    assert fixture(exercise, COURSE, reference(exercise))


def test_one_exercise_can_follow_another_on_a_learners_cluster():
    unchangeable = {"Service": ("clusterIP",), "Deployment": ("selector",), "StatefulSet": ("selector", "serviceName")}
    kept = {}
    for exercise in COURSE.exercises:
        for manifest in fixture(exercise, COURSE, reference(exercise)):
            spec = manifest.object.get("spec", {})
            values = [spec.get(field) for field in unchangeable.get(manifest.kind, ())]
            place = (manifest.kind, manifest.namespace, manifest.name)
            assert kept.setdefault(place, values) == values, (exercise.slug, place)


def test_an_unknown_slug_is_told_what_there_is():
    with pytest.raises(NoSuchExercise, match="clusterip"):
        COURSE.exercise("clusterpi")


@pytest.mark.parametrize(
    "text", ["version = ", "x = 1", 'version = "1"\n[[exercise]]\nslug = "x"', 'version = "1"\n[[unit]]\n']
)
def test_a_wrong_catalogue_is_the_authors_error(tmp_path, text):
    (tmp_path / "course.toml").write_text(text)
    with pytest.raises(CourseError):
        load_course(tmp_path)
