"""The exercises of the core units with a terminal and an editor alone: files in a folder, `lab`, kubectl."""

import json
import subprocess

import pytest
from typer.testing import CliRunner

from servicelab.cli import check, exercise
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.cluster.kubectl import provide
from servicelab.course import load_course
from servicelab.course.solving import written
from tests.support import exercise_namespaces

COURSE = load_course()
CORE_UNITS = {unit.id for unit in COURSE.units if unit.core}
CORE = [one.slug for one in COURSE.exercises if one.core and one.unit in CORE_UNITS]


def run(app, *words):
    return CliRunner().invoke(app, [str(word) for word in words])


def files(folder, slug, left_out=""):
    """The solution as somebody has it who wrote it with an editor."""
    folder.mkdir()
    solution = written(COURSE, COURSE.exercise(slug))
    texts = {**solution.manifests, **{f"{name}.yaml": text for name, text in solution.answers.items()}}
    for name, text in texts.items():
        if name != left_out:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    return tmp_path


def test_every_core_unit_has_an_exercise():
    assert {COURSE.exercise(slug).unit for slug in CORE} == CORE_UNITS


@pytest.mark.parametrize("slug", CORE)
def test_a_folder_of_files_is_a_solution(slug, home):
    told = run(check.app, slug, files(home / "mine", slug), "-o", "json")
    result = json.loads(told.stdout)
    assert (result["score"], told.exit_code) == (result["maximum"], 0), told.output


def test_what_is_not_there_counts_as_not_written(home):
    told = run(check.app, "clusterip", files(home / "mine", "clusterip", left_out="explanations.yaml"), "-o", "json")
    assert (json.loads(told.stdout)["score"], told.exit_code) == (8, 1)


def test_a_folder_without_any_of_the_files_is_told(home):
    told = run(check.app, "clusterip", home)
    assert isinstance(told.exception, MachineError)
    assert "none of the exercise's files is in" in str(told.exception)


def test_the_task_names_the_files_and_the_commands(home, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    told = " ".join(run(exercise.app, "task", "clusterip").output.split())
    for words in ("web.yaml, predictions.yaml and explanations.yaml", "lab exercise prepare clusterip", "lab check"):
        assert words in told


def test_an_exercise_from_its_task_to_full_marks(embedded_server, embedded_home, tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(embedded_home.root))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    monkeypatch.setenv("LAB_CLUSTER_NAME", embedded_server.name)
    provide(Home(embedded_home.root))
    try:
        prepared = run(exercise.app, "prepare", "clusterip")
        assert "is ready in the namespaces shop and visitors" in prepared.output
        folder = files(tmp_path / "mine", "clusterip")
        kubectl = [embedded_home.bin / "kubectl", "--kubeconfig", embedded_server.kubeconfig]
        subprocess.run([*kubectl, "apply", "-n", "shop", "-f", folder / "web.yaml"], check=True, timeout=60)
        asked = [*kubectl, "exec", "-n", "shop", "client", "--", "curl", "-s", "http://web/hostname"]
        assert subprocess.check_output(asked, text=True, timeout=60).startswith("frontend-")
        assert run(check.app, "clusterip", folder).exit_code == 0
    finally:
        exercise_namespaces.remove(embedded_server)
