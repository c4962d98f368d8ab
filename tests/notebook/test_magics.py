"""The magics in a real IPython shell, on a learner's embedded cluster and on none at all."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from servicelab.cluster.home import Home
from servicelab.course import Progress
from servicelab.notebook import session
from servicelab.notebook.underlining import marks

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
"""


@pytest.fixture
def shell(monkeypatch):
    """A fresh shell with the magics, and no nbgrader around it."""
    for name in ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(session.SESSION, "manifests", {})
    monkeypatch.setattr(session.SESSION, "sent", {})
    monkeypatch.setattr(session.SESSION, "answers", {})
    monkeypatch.setattr(session.SESSION, "exercise", None)
    made = InteractiveShell()
    made.run_line_magic("load_ext", "servicelab.notebook")
    return made


@pytest.fixture
def no_cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    return Home(tmp_path)


def test_manifests_are_kept_also_without_a_cluster(shell, no_cluster, capsys):
    shell.run_cell(f"%%manifest web.yaml\n{SERVICE}")
    assert "no cluster runs" in capsys.readouterr().out
    assert session.SESSION.manifests == {"web.yaml": SERVICE}


def test_problems_name_the_line(shell, no_cluster, capsys):
    shell.run_cell(f"%%manifest web.yaml\n{SERVICE.replace('      targetPort', '       targetPort')}")
    printed = capsys.readouterr().out
    assert "web.yaml, line 10" in printed
    assert "Nothing was applied" in printed


def test_surprises_are_explained(shell, no_cluster, capsys):
    shell.run_cell(f"%%manifest --no-apply web.yaml\n{SERVICE.replace('app: web', 'app: no')}")
    printed = capsys.readouterr().out
    assert "boolean false" in printed
    assert "it was not applied" in printed


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%manifest\nx", "write %%manifest"),
        ("%%manifest ../x.yaml\nx", "cannot name a manifest"),
        ("%probe", "write %probe"),
        ("%probe nowhere http://web", "no vantage point"),
        ("%probe pod/client web", "no target"),
        ("%probe --fast pod/client http://web", "write %probe"),
        ("%probe pod/client http://web/", "lab cluster start"),
        ("%picture pod/client", "Which requests"),
        ("%picture pod/client http://web/", "lab cluster start"),
        ("%exercise", "Which exercise"),
        ("%exercise nothing", "no exercise"),
        ("%check nothing", "no exercise"),
        ("%check", "Which exercise"),
    ],
)
def test_mistakes_are_told_in_a_sentence(shell, no_cluster, capsys, cell, words):
    outcome = shell.run_cell(cell)
    assert outcome.success
    printed = capsys.readouterr()
    assert words in printed.out
    assert "Traceback" not in printed.out + printed.err


def test_check_shows_the_result_and_records_it(shell, no_cluster, capsys):
    shell.run_cell(f"%%manifest --no-apply web.yaml\n{SERVICE}")
    shell.run_cell("%%answer predictions\nfar: refused\npast-the-port: answered\n")
    shell.run_cell("%%answer explanations\nwhy-silent: service-ports\nchanged: refused\n")
    shell.run_cell("%check clusterip")
    assert "10 of 10 points" in capsys.readouterr().out
    assert Progress(no_cluster).standing("clusterip").first_passed


def test_a_check_writes_the_start_page_anew(shell, no_cluster, tmp_path, monkeypatch):
    (tmp_path / "clusterip").mkdir()
    monkeypatch.chdir(tmp_path / "clusterip")
    shell.run_cell("%check clusterip")
    assert not (tmp_path / "start.md").exists()
    (tmp_path / "start.md").write_text("old")
    shell.run_cell("%check clusterip")
    assert "0 of 10 points after 2 attempts" in (tmp_path / "start.md").read_text("utf-8")


def test_answers_are_kept_and_their_problems_name_the_line(shell, no_cluster, capsys):
    shell.run_cell("%%answer predictions\nfar: refused\n")
    assert "predictions: kept far." in capsys.readouterr().out
    shell.run_cell("%%answer predictions\nfar refused\nx: y\n")
    assert "predictions, line 1, column 1: Line 1 has no colon" in capsys.readouterr().out
    shell.run_cell("%%answer Not this\nx: y\n")
    assert "cannot name answers" in capsys.readouterr().out


def test_an_answer_that_is_none_of_the_choices_is_told_when_it_is_written(shell, no_cluster, capsys):
    session.SESSION.exercise = "clusterip"
    shell.run_cell("%%answer predictions\nfar: timed-out\npast-the-port:\nfat: refused\n")
    told = capsys.readouterr().out
    ends = "answered, refused, timed out, no such name"
    assert f"predictions, line 1: “timed-out” is none of the choices of far; write one of: {ends}." in told
    assert "predictions, line 3: There is no question “fat” here; there are: far, past-the-port" in told
    assert "line 2" not in told


def test_a_prediction_comes_before_its_request_and_is_kept(shell, no_cluster, capsys, monkeypatch):
    monkeypatch.setattr("servicelab.course.judging.own_cluster", forbidden)
    shell.run_cell("%try far")
    assert "Which exercise?" in capsys.readouterr().out
    session.SESSION.exercise = "clusterip"
    for cell in ("", "%%answer predictions\nfar: maybe\n"):
        shell.run_cell(cell)
        shell.run_cell("%try far")
        assert "Predict first: in the %%answer cell write `far: `" in capsys.readouterr().out
    shell.run_cell("%try why-silent")
    assert "no request to try" in capsys.readouterr().out
    shell.run_cell("%try nothing")
    assert "there are: far, past-the-port, why-silent, changed" in capsys.readouterr().out


def test_hints_come_in_steps_and_the_explanation_after_full_marks(shell, no_cluster, capsys, monkeypatch):
    monkeypatch.setattr("servicelab.notebook.asking.show", print)
    session.SESSION.exercise = "clusterip"
    shell.run_cell(f"%%manifest --no-apply web.yaml\n{SERVICE.replace('8080', '8081')}")
    shell.run_cell("%explanation")
    assert "opens when all checks pass" in capsys.readouterr().out
    shell.run_cell("%check clusterip")
    for number, words in (
        (1, "finds nobody at that port"),
        (2, "kubectl describe"),
        (3, "elsewhere"),
        (3, "elsewhere"),
    ):
        capsys.readouterr()
        shell.run_cell("%hint")
        printed = capsys.readouterr().out
        assert f"Hint {number} of 3" in printed
        assert words in printed
        assert ("targetPort: 8080" in printed) is False
    shell.run_cell("%hint --show-me")
    assert "targetPort: 8080" in capsys.readouterr().out
    assert Progress(no_cluster).solutions_shown("clusterip") == 1


def test_under_nbgrader_nothing_is_sent_anywhere(shell, no_cluster, capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr("servicelab.course.judging.own_cluster", forbidden)
    shell.run_cell(f"%%manifest web.yaml\n{SERVICE}")
    for cell in ("%probe pod/client http://web/", "%exercise clusterip", "%check clusterip"):
        assert shell.run_cell(cell).success
    printed = capsys.readouterr().out
    assert printed.count("nbgrader runs this notebook") == 3
    assert session.SESSION.manifests == {"web.yaml": SERVICE}


def test_under_nbgrader_kubectl_finds_no_cluster(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    monkeypatch.setenv("KUBECONFIG", "/somebody's/production")
    InteractiveShell().run_line_magic("load_ext", "servicelab.notebook")
    import os

    assert os.environ["KUBECONFIG"] == os.devnull


def forbidden(*words, **named):
    raise AssertionError("the learner's own cluster was asked for")


def test_a_learners_whole_way(shell, embedded_server, embedded_home, without_exercise, monkeypatch, capsys):
    """Prepare, write, probe near and far, on a running cluster."""
    monkeypatch.setenv("LAB_HOME", str(embedded_home.root))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    monkeypatch.setenv("LAB_CLUSTER_NAME", embedded_server.name)
    without_exercise(embedded_server)
    shell.run_cell("%exercise clusterip")
    assert "The exercise clusterip is ready" in capsys.readouterr().out
    shell.run_cell(f"%%manifest web.yaml\n{SERVICE}")
    assert capsys.readouterr().out.strip() == "service/web created"
    shell.run_cell(f"%%manifest web.yaml\n{SERVICE}")
    assert capsys.readouterr().out.strip() == "service/web unchanged"
    cell = f"%%manifest web.yaml\n{SERVICE.replace('port: 80', 'port: 0', 1)}"
    shell.run_cell(cell)
    [refused] = marks(cell, session.SESSION.sent)
    assert refused.text == capsys.readouterr().out.strip()
    assert cell[refused.start : refused.end] == "- port: 0"
    shell.run_cell("%probe pod/client http://web/hostname")
    near = capsys.readouterr().out
    assert "answered by shop/frontend-" in near
    assert len(near.splitlines()) > 3
    shell.run_cell("%probe --steady pod/visitors/visitor http://web/hostname")
    assert "no such name" in capsys.readouterr().out
