"""Made-up class lists and downloads, in the forms of the learning platforms."""

import csv
import io
import zipfile
from pathlib import Path

from servicelab.classroom.layout import Layout
from servicelab.course import load_course

FIRST = ["Ada", "Bo", "Chloé", "Dǔrga", "Émile", "Fatima", "Grace", "Hà", "Ivo", "Jürgen", "Kai", "Lale"]
LAST = ["Lovelace", "O'Neil", "von Ähn", "Ng", "de la Cruz"]
TITLE = load_course().exercise("clusterip").title
SIZE = len(FIRST) * len(LAST)


def students(count: int = SIZE) -> list[dict[str, str]]:
    """First and last name, id, number and e-mail address of each, no two alike."""
    people = []
    for number in range(count):
        first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
        login = f"u{1000 + number}"
        address = f"{login}@example.org"
        people.append({"first": first, "last": last, "id": login, "number": str(70000 + number), "email": address})
    return people


def canvas(people: list[dict[str, str]]) -> bytes:
    head = f"Student,ID,SIS User ID,SIS Login ID,Section,Homework (111),{TITLE} (222),Current Score"
    rows = [["    Points Possible", "", "", "", "", "5", "10", "(read only)"]]
    rows += [
        [f"{one['last']}, {one['first']}", one["number"], f"S{one['number']}", one["id"].upper(), "A", "3", "", "60"]
        for one in people
    ]
    rows.append(["Student, Test", "1", "", "abcdef0123", "A", "", "", ""])
    return written([head.split(","), *rows])


def moodle_worksheet(people: list[dict[str, str]]) -> bytes:
    head = "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade)"
    rows = [
        [f"Participant {one['number']}", f"{one['first']} {one['last']}", one["email"], "-", "", "100.00", "Yes", "-"]
        for one in people
    ]
    return b"\xef\xbb\xbf" + written([head.split(","), *rows])


def moodle_participants(people: list[dict[str, str]]) -> bytes:
    return written(
        [
            ["First name", "Last name", "ID number", "Email address"],
            *([one["first"], one["last"], one["id"], one["email"]] for one in people),
        ]
    )


def blackboard(people: list[dict[str, str]]) -> bytes:
    head = ["Last Name", "First Name", "Username", "Student ID", "Availability", "Quiz [Total Pts: 5 Score] |41"]
    rows = [[one["last"], one["first"], one["id"], one["number"], "Yes", "4"] for one in people]
    rows.append(["User", "Preview", "teacher_previewuser", "", "Yes", ""])
    return written([head, *rows], separator="\t").decode().encode("utf-16")


def plain(people: list[dict[str, str]], **more: list[str]) -> bytes:
    rows = [[one["id"].upper(), f"{one['first']} {one['last']}", one["email"]] for one in people]
    rows = [[*row, *(values[place] for values in more.values())] for place, row in enumerate(rows)]
    return written([["id", "name", "email", *more], *rows])


def written(rows: list[list[str]], separator: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def squeezed(person: dict[str, str]) -> str:
    """A name as Canvas has it in file names."""
    return "".join(letter for letter in (person["last"] + person["first"]).lower() if letter.isalnum())


def file_name(layout: Layout, person: dict[str, str], file: str) -> str:
    """What a platform calls a student's file in a download."""
    match layout:
        case Layout.CANVAS:
            return f"{squeezed(person)}_{person['number']}_9{person['number']}_{file}"
        case Layout.MOODLE:
            return f"{person['first']} {person['last']}_{person['number']}_assignsubmission_file_/{file}"
        case Layout.BLACKBOARD:
            return f"Week 1_{person['id']}_attempt_2026-11-20-10-30-00_{file}"
        case Layout.FOLDER:
            return f"{person['id']}/{file}"


def download(path: Path, files: dict[str, bytes]) -> Path:
    """An archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
