"""`nbgrader autograde` and `lab grade` over generated classes: equal marks wherever only answers differ from the
release, and a flag on every other submission."""

import json
import random

import pytest

from servicelab.cluster.embedded import open_throwaway
from servicelab.course import Submission, load_course
from servicelab.course.solving import solved
from servicelab.course.variant import secret_of, variant
from tests.classroom.doors import Doors
from tests.graders.cases import correct, mistakes
from tests.support import records
from tests.support.turns import todays

COURSE = load_course()
SLUGS = [exercise.slug for exercise in COURSE.exercises]
KEY = "the key of generated classes"
OFTEN, MANY = 6, 24
"""Students of the class in every run, and of each exercise's with --full."""
INPUTS = [
    "servicelab/classroom/review.py",
    "servicelab/course/submission.py",
    "servicelab/course/cells.py",
    "servicelab/notebook/applying.py",
    "tests/classroom/test_agreement.py",
]
NEW_CODE = [
    "import servicelab.notebook\nservicelab.notebook.score = lambda *_: 1.0",  # of more than there is, autograde dies
    "print('I tried')",
    "%pip --version",
]


def written(slug, student, chance):
    """What a student writes: right, unusual, wrong in a known way, spoilt at random, or nothing."""
    exercise = COURSE.exercise(slug)
    own = variant(exercise, secret_of(KEY.encode(), student))
    sort = chance.choices(["right", "unusual", "mistake", "spoilt", "nothing"], [2, 2, 4, 4, 1])[0]
    if sort == "nothing":
        return sort, Submission()
    with_cluster = open_throwaway(seed=1)
    right = solved(COURSE, exercise, own, with_cluster)
    with_cluster.close()
    if sort == "spoilt":
        texts = {name: spoilt(text, chance) for name, text in right.manifests.items()}
        answers = {
            name: spoilt(text, chance) if chance.random() < 0.5 else text for name, text in right.answers.items()
        }
        return sort, Submission(texts, answers=answers)
    cases = {"unusual": correct, "mistake": mistakes}.get(sort, lambda _: [])(slug)
    return sort, chance.choice(cases).on(right, own.rendered) if cases else right


def spoilt(text, chance):
    """A text after some slips: lines lost, doubled or swapped, letters and digits changed, an indent moved."""
    lines = text.splitlines()
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(lines)) if lines else 0
        match chance.randrange(5) if lines else 5:
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[place])
            case 2:
                lines[place], lines[-1] = lines[-1], lines[place]
            case 3:
                line = lines[place] or " "
                letter = chance.randrange(len(line))
                lines[place] = line[:letter] + chance.choice("a9:- \t'é") + line[letter + 1 :]
            case 4:
                lines[place] = " " * chance.randrange(4) + lines[place].lstrip()
    return "\n".join(lines) + "\n"


def cell(source):
    return {
        "cell_type": "code",
        "id": "added",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def decorate(cells, chance):
    """What changes nothing: a note, a magic that only shows something, an output that was kept."""
    note = {"cell_type": "markdown", "id": "note", "metadata": {}, "source": "import this"}
    cells.insert(chance.randrange(len(cells) + 1), chance.choice([note, cell("%hint"), cell("# nothing\n")]))


def tamper(cells, chance):
    """What is more than an answer."""
    (graded,) = [one for one in cells if one["metadata"].get("nbgrader", {}).get("grade")]
    match chance.randrange(3):
        case 0:
            cells.insert(chance.randrange(len(cells)), cell(chance.choice(NEW_CODE)))
        case 1:
            graded["source"] = "10.0"
        case 2:
            cells.append(cell(f"%%manifest extra.yaml\nkind: {chance.choice(['Service', 'Pod'])}\n"))


def make(root, slug, seed, students):
    """A class; who of it wrote more than answers."""
    chance = random.Random(f"{slug}/{seed}")
    doors = Doors.make(root, slug, LAB_HOME=str(root.parent / "home"), LAB_CLUSTER="embedded", LAB_VARIANT_KEY=KEY)
    doors.environment.pop("LAB_VARIANT", None)
    tampered = set()
    for number in range(students):
        student = f"s{number:02}"
        sort, submission = written(slug, student, chance)
        path = doors.submit(student, None if sort == "nothing" else submission.manifests, submission.answers)
        notebook = json.loads(path.read_text())
        if number % 3 == 2:
            tamper(notebook["cells"], chance)
            tampered.add(student)
        elif chance.random() < 0.5:
            decorate(notebook["cells"], chance)
        path.write_text(json.dumps(notebook))
    return doors, tampered


def flagged(doors):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{doors.root}/gradebook.db", "servicelab") as book:
        submissions = book.assignment_submissions(doors.slug)
        return {one.student.id for one in submissions if any(notebook.flagged for notebook in one.notebooks)}


def agree(root, slug, seed, students):
    """Grade a class by both; how many marks were compared, and how many differ among those that are flagged."""
    doors, tampered = make(root, slug, seed, students)
    by_autograde = doors.by_autograde()
    doors.forget()
    by_lab_grade = doors.by_lab_grade()
    assert by_autograde.keys() == by_lab_grade.keys() and len(by_lab_grade) == students
    assert flagged(doors) == tampered
    different = {one for one in by_lab_grade if by_lab_grade[one] != by_autograde[one]}
    assert different <= tampered, {one: (by_autograde[one], by_lab_grade[one]) for one in different - tampered}
    assert len(set(by_lab_grade.values())) > 1, "this class tells nothing"
    return {"equal": students - len(different), "flagged": len(tampered), "of which different": len(different)}


@pytest.mark.timeout(900)
def test_a_generated_class(tmp_path):
    """Another exercise each day."""
    (slug,) = todays(SLUGS, always="clusterip") - {"clusterip"}
    agree(tmp_path / "course", slug, 1, OFTEN)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_generated_classes_of_every_exercise(tmp_path):
    """`./lab test --full -k generated_classes` writes the record, and goes on where it was interrupted."""
    classes = (records.read("agreement") or {"classes": {}})["classes"]
    for slug in SLUGS:
        if slug not in classes:
            classes[slug] = agree(tmp_path / slug / "course", slug, 2, MANY)
        found = {"complete": slug == SLUGS[-1], "students": MANY, "classes": classes}
        records.write("agreement", INPUTS, found)
