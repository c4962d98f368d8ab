"""The linter: nothing is wrong with this course's exercises, and what is broken on purpose is found, with its place."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from servicelab.cli import course as command
from servicelab.course import load_course
from servicelab.course.lint import RULES, lint
from servicelab.course.lint.book import WORD, Book, Cell
from servicelab.course.lint.reading import reading_minutes

COURSE = load_course()
PAGE = "docs/teaching/clusterip.md"
PARTS = ("course.toml", "graders", "solutions", "exercises", "lessons", "cluster-config", "course", "docs/teaching")


@pytest.fixture
def copy(tmp_path):
    """A course of our own to break: the files, and what lint says of them."""

    class Copy:
        root = tmp_path

        def edit(self, file, before, after):
            path = tmp_path / file
            text = path.read_text("utf-8")
            assert before in text
            path.write_text(text.replace(before, after), "utf-8")

        def cells(self, file, change):
            path = tmp_path / file
            notebook = json.loads(path.read_text("utf-8"))
            change({cell["id"]: cell for cell in notebook["cells"]})
            path.write_text(json.dumps(notebook), "utf-8")

        def found(self, *rules):
            return [str(one) for one in lint(load_course(tmp_path), rules)]

    for part in PARTS:
        source = COURSE.root / part
        if source.is_dir():
            shutil.copytree(source, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, tmp_path)
    return Copy()


@pytest.mark.parametrize("rule", RULES)
def test_nothing_is_wrong_with_the_course(rule):
    assert [str(one) for one in lint(COURSE, (rule,))] == []


PLACES = {
    "files": [
        ("graders/clusterip.toml", None, "graders/clusterip.toml is not there"),
        ("graders/stray.py", "", "graders/stray.py: no entry of course.toml names it"),
    ],
    "exercises": [
        ("graders/mistakes/clusterip/udp.yaml", None, "udp: an entry without a file"),
        ("graders/mistakes/clusterip/new.yaml", "a: b", "new: a file without an entry"),
    ],
    "teaching": [
        (PAGE, None, "no page for instructors about clusterip"),
    ],
    "values": [
        ("graders/mistakes/clusterip/new.yaml", "a: bakery", "line 1: bakery stands here"),
        ("graders/mistakes/clusterip/new.yaml", "a: 1\nb: 6001", "line 2: 6001 stands here"),
    ],
}


@pytest.mark.parametrize(
    ("rule", "file", "text", "words"), [(rule, *case) for rule, cases in PLACES.items() for case in cases]
)
def test_files_that_are_too_few_or_too_many(copy, rule, file, text, words):
    path = copy.root / file
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    assert any(words in one for one in copy.found(rule))


@pytest.mark.parametrize(
    ("rule", "file", "before", "after", "words"),
    [
        ("files", "course.toml", 'lesson = "02-clusterip"', 'lesson = "02"', "there is no 02"),
        ("exercises", "course.toml", "points = 10", "points = 9", "10 points, and course.toml says 9"),
        ("exercises", "graders/clusterip.py", "transfer(", "predict(", "graders/clusterip.py"),
        ("exercises", "graders/clusterip.toml", "[hints.wrong-port]", "[hints.wrong]", "which is no cause"),
        (
            "teaching",
            "docs/teaching/clusterip.md",
            "## Questions for",
            "## About",
            "no section “Questions for discussion”",
        ),
        (
            "teaching",
            "docs/teaching/clusterip.md",
            "- Given Pods, the",
            "- Given them, the",
            "not those of course.toml",
        ),
        (
            "teaching",
            "docs/teaching/clusterip.md",
            "02b, `dig`",
            "02b, `dug`",
            "no lesson of clusterip has the cell dug",
        ),
        ("teaching", PAGE, "| 15 |", "| 20 |", "the plan takes 55 minutes"),
        ("teaching", "course/folklore.toml", 'cell = "green"', 'cell = "red"', "05-three-routes has no cell red"),
        (
            "objectives",
            "course.toml",
            '"clusterip/2" = ["other-namespace"]',
            '"clusterip/2" = ["far-away"]',
            "far-away, which",
        ),
        (
            "objectives",
            "course.toml",
            '"your-cluster/3" =',
            '"your-cluster/4" =',
            "there is no objective your-cluster/4",
        ),
        (
            "objectives",
            "course.toml",
            '"your-cluster/3" =',
            '"your-cluster/4" =',
            "no exercise shows “Given a program and",
        ),
        (
            "objectives",
            "course.toml",
            '"three-routes/1" = ["changed"]\n',
            "",
            "only three-routes shows “Given a change of",
        ),
        (
            "objectives",
            "course.toml",
            '"repairing/3" = ["changed"]\n',
            "",
            "no exercise of a later unit shows “Given Pods that run",
        ),
        (
            "objectives",
            "course.toml",
            "shown by checks selects-the-pods, same-",
            "by selects-the-pods, same-",
            "names no checks",
        ),
        ("values", "course.toml", '"orders",', '"shop",', "shop is also of"),
        ("values", "course.toml", '"orders",', '"on",', "no plain word in YAML"),
        ("values", "graders/clusterip.toml", "**The name** is", "**The web** is", "outside of code"),
        ("reading", "course.toml", "minutes = 15", "minutes = 40", "has 40 minutes"),
        ("reading", "course.toml", "minutes = 14", "minutes = 44", "at most 495 are meant"),
        ("reading", "lessons/11-capstone.ipynb", "about 14 minutes", "about 15 minutes", "course.toml says 14"),
    ],
)
def test_what_is_wrong_in_a_file(copy, rule, file, before, after, words):
    copy.edit(file, before, after)
    assert any(words in one for one in copy.found(rule))


RELEASED = "exercises/clusterip/clusterip.ipynb"
LONG = "word " * 40
CELLS = [
    ("notebooks", lambda cells: cells["look"].update(outputs=[{"output_type": "stream"}]), "cell look: has an output"),
    ("notebooks", lambda cells: cells["look"].update(id="title"), "is no stable id"),
    ("notebooks", lambda cells: cells["look"].update(id="8B2"), "is no stable id"),
    ("notebooks", lambda cells: cells["title"].update(source="[x](../nowhere.md)"), "../nowhere.md leads nowhere"),
    (
        "notebooks",
        lambda cells: cells["title"].update(source="metadata:\n  name: web\n  namespace: shop\nspec:\n"),
        "cell manifest: shows lines of the solution",
    ),
]


@pytest.mark.parametrize(("rule", "change", "words"), CELLS)
def test_what_is_wrong_in_a_notebook(copy, rule, change, words):
    copy.cells(RELEASED, change)
    assert any(words in one for one in copy.found(rule))


@pytest.mark.parametrize(
    ("source", "words"),
    [(LONG, "a sentence of 40 words"), ("Short one. " * 80, "words since the learner last did something")],
)
def test_what_is_hard_to_read(copy, source, words):
    copy.cells("solutions/clusterip/clusterip.ipynb", lambda cells: cells["write"].update(source=source))
    assert any(words in one for one in copy.found("reading"))


def test_what_was_never_shown(copy):
    def change(cells):
        cells["look"]["source"] = "!kubectl cordon lab-worker"
        manifest = cells["manifest"]
        manifest["source"] = "".join(manifest["source"]).replace("  ports:", "  sessionAffinity: ClientIP\n  ports:")
        cells["write"]["source"] = "Think of conntrack."

    copy.cells("solutions/clusterip/clusterip.ipynb", change)
    found = copy.found("knowledge")
    for words in (
        "the command kubectl cordon was in no",
        "the field Service spec.sessionAffinity was in no",
        "“conntrack” was defined in no",
    ):
        assert any(words in one for one in found)


def test_what_hints_name_was_shown_too(copy):
    copy.edit("graders/clusterip.toml", 'look = "kubectl get', 'look = "kubectl cordon')
    assert any("the command kubectl cordon was in no" in one for one in copy.found("knowledge"))


def test_every_term_of_the_glossary_is_defined_in_a_lesson(copy):
    copy.edit("course/glossary.toml", "conntrack = ", 'quorum = "More than half."\nconntrack = ')
    assert any("no lesson defines “quorum”" in one for one in copy.found("knowledge"))


def test_reading_takes_time():
    cells = [{"cell_type": "markdown", "source": "word " * 360 + "\n```\nnot read\n```"}, {"cell_type": "code"}]
    assert reading_minutes(Book("x", tuple(Cell(cell) for cell in cells))) == 3
    assert len(WORD.findall("Don't ask `http://web:80/x`, ever – not once.")) == 6


def test_the_command_ends_with_what_it_found():
    runner = CliRunner()
    assert runner.invoke(command.app, ["lint", "--rule", "values"]).output == "Nothing found.\n"
    unknown = runner.invoke(command.app, ["lint", "--rule", "nothing"])
    assert unknown.exit_code == 2
    assert all(rule in unknown.output.replace("\n", "") for rule in RULES)
