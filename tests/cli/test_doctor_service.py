"""`lab doctor [SERVICE]` from the command line, on the embedded cluster."""

import json

import pytest

ENDS_BROKEN = 1


def test_it_begins_with_a_question_and_says_how_to_be_told_more(lab):
    shown = lab("doctor", "nobody", "-n", "shop")
    assert shown.returncode == ENDS_BROKEN, shown.stderr
    assert "✓ name  ✓ address  ✗ endpoints  · ready" in shown.stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "Question  Which labels do the Pods carry, and which does the Service ask for?" in shown.stdout
    assert "app=" not in shown.stdout
    assert "kubectl" not in shown.stdout
    assert "More: lab doctor nobody -n shop --level 2" in shown.stdout


def test_the_second_level_gives_the_command_and_the_third_the_evidence(lab):
    second = lab("doctor", "nobody", "-n", "shop", "--level", "2").stdout
    assert "Look      kubectl get pods -n shop --show-labels" in second
    assert "app=" not in second
    third = lab("doctor", "svc/shop/nobody", "--level", "3").stdout
    assert "It selects app=nobody." in " ".join(third.split())
    assert "More:" not in third


def test_more_is_asked_with_the_same_words(lab):
    shown = lab("doctor", "web", "-n", "shop", "--from", "pod/client", "--port", "81")
    assert "More: lab doctor web -n shop --from pod/client --port 81 --level 2" in shown.stdout


def test_a_service_that_is_answered(lab):
    shown = lab("doctor", "web", "-n", "shop", "--level", "3")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "pod/shop/client → http://web/hostname: The request is answered: no hop is broken." in shown.stdout
    assert "Answered by shop/web-" in shown.stdout


def test_all_services_of_a_namespace(lab):
    shown = lab("doctor", "-n", "shop")
    assert shown.returncode == ENDS_BROKEN
    assert (
        shown.stdout.index("Service nobody")
        < shown.stdout.index("✗\N{NO-BREAK SPACE}")
        < shown.stdout.index("Service web")
    )
    assert lab("doctor", "-n", "default", "--from", "outside").returncode == ENDS_BROKEN


def test_json_tells_no_more_than_its_level(lab):
    first = json.loads(lab("doctor", "web", "-n", "shop", "--port", "8080", "-o", "json").stdout)
    assert (first["healthy"], first["stage"], first["cause"], first["found"]) == (False, "address", None, None)
    third = json.loads(lab("doctor", "web", "-n", "shop", "--port", "8080", "-o", "json", "--level", "3").stdout)
    assert third["cause"] == "target-port-asked"
    assert "TCP port 8080 is asked" in third["found"]
    several = json.loads(lab("doctor", "-n", "shop", "-o", "json").stdout)
    assert [one["service"] for one in several] == ["shop/nobody", "shop/web"]


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("http://web.nowhere:80", "--from", "pod/client"), "namespace-missing"),
        (("wbe",), "service-name-alike"),
        (("web", "--from", "node/lab-worker", "--port", "81"), "port-unknown"),
        (("web", "--from", "outside", "--port", "30009"), "port-unknown"),
        (("web", "--expect", "app=orders"), "selector-matches-others"),
    ],
)
def test_questions_are_asked_as_they_are_written(lab, words, cause):
    shown = lab("doctor", *words, "-n", "shop", "--level", "3", "-o", "json")
    assert json.loads(shown.stdout)["cause"] == cause


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("web", "--from", "x/y/z/a"), 2, "is no vantage point"),
        (("--port", "80"), 2, "name a Service"),
        (("http://web:80", "--port", "80"), 2, "has a port already"),
        (("ftp://web",), 2, "is no target"),
        (("web", "--expect", "web"), 2, "are no labels"),
        (("web", "--level", "4"), 2, "--level"),
        (("-n", "nothing"), 2, "there is no Service in the namespace nothing"),
        (("web", "--name", "another"), 1, "lab cluster start"),
    ],
)
def test_mistakes_are_told_in_a_sentence(lab, words, code, said):
    shown = lab("doctor", *words)
    assert shown.returncode == code
    assert said in " ".join((shown.stdout + shown.stderr).replace("│", " ").split())
    assert "Traceback" not in shown.stderr


def test_help_names_both_doctors(lab):
    shown = lab("doctor", "--help").stdout
    assert "machine" in shown
    assert "service" in shown
    assert "lab doctor web" in shown


def test_lines_are_no_longer_than_the_terminal_is_wide(lab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    _way, *lines = lab("doctor", "nobody", "-n", "shop", "--level", "3").stdout.splitlines()
    assert max(len(line) for line in lines if not line.startswith("Look")) <= 60
