"""`lab class` and `lab collect`, as typed."""

import pytest

from tests.classroom import rosters
from tests.support.command import run_here


@pytest.fixture
def lab(tmp_path, monkeypatch, capsys):
    """Runs `lab …` in a new course directory, as a class with variants."""
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.delenv("LAB_VARIANT")
    (tmp_path / "canvas.csv").write_bytes(rosters.canvas(rosters.students()))
    made = run_here(
        capsys,
        "class",
        "new",
        str(tmp_path / "course"),
        "--unit",
        "clusterip",
        "--roster",
        str(tmp_path / "canvas.csv"),
    )
    assert made.returncode == 0, made.stderr
    assert "60 students; the table is of the form canvas. First: u1000" in made.stdout
    monkeypatch.chdir(tmp_path / "course")
    return lambda *words: run_here(capsys, *words)


def test_a_student_has_values_of_their_own(lab):
    ada, bo = lab("class", "preview", "--student", "U1000").stdout, lab("class", "preview", "--student", "u1001").stdout
    assert "clusterip" in ada and "port" in ada
    assert ada != bo
    assert lab("class", "preview", "--student", "u1000").stdout == ada


def test_an_answer_has_the_students_values(lab, tmp_path):
    from servicelab.cluster.home import Home
    from servicelab.course import load_course, owner

    exercise = load_course().exercise("clusterip")
    values = owner(Home.find(), student="u1000").variant(exercise, Home.find())
    answer = lab("class", "answer", "clusterip", "--student", "U1000").stdout
    assert f"port: {values.value('port')}" in answer
    assert "# predictions" in answer


def test_what_is_not_taken_ends_with_3(lab, tmp_path):
    person = rosters.students()[0]
    files = {f"x_{person['number']}_1_clusterip.ipynb": b"{}", "y_5_2_clusterip.ipynb": b"{}"}
    done = lab("collect", "clusterip", str(rosters.download(tmp_path / "x.zip", files)))
    assert done.returncode == 3
    assert "clusterip: 1 new." in done.stdout
    assert "not taken: y_5_2_clusterip.ipynb: it is nobody's of the roster" in done.stdout
    assert "59 of the roster have handed in nothing" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("collect", "nothing", "."), "There is no exercise"),
        (("class", "answer", "nothing", "--student", "x"), "There is no exercise"),
        (("class", "new", "other", "--unit", "nothing"), "there is no unit"),
        (("class", "new", "."), "is there already"),
        (("collect", "clusterip", "nowhere.zip"), "cannot be read"),
        (("class", "roster", "nowhere.csv"), "cannot be read"),
    ],
)
def test_mistakes_say_what_to_do(lab, words, said):
    done = lab(*words)
    assert done.returncode in (1, 2)
    assert said in " ".join((done.stdout + done.stderr).replace("│", "").split())
