"""`lab demo` as a learner sees it."""

import os
import re
import shutil
import subprocess
import sys

import pytest

LAB = [sys.executable, "-P", "-m", "servicelab.cli", "demo"]


@pytest.fixture(scope="module")
def shown():
    done = subprocess.run(LAB, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def part(text: str, number: int) -> str:
    return re.search(rf"(?ms)^{number}\. .*?(?=^{number + 1}\. |^That took|\Z)", text)[0]


def test_the_untouched_exercise_fails_with_its_message(shown):
    starter = part(shown, 2)
    assert "✗ failed" in starter
    assert "There is no Service in the namespace shop" in starter
    assert "✓ passed" not in starter
    assert "0 of 10 points" in starter


def test_the_reference_solution_passes_every_check(shown):
    solution = part(shown, 3)
    assert "targetPort: 8080" in solution
    assert "BEGIN SOLUTION" not in solution
    assert "10 of 10 points: all checks passed" in solution
    scored = r"(?m)^\S .* [\d.]+/[\d.]+ "
    assert solution.count("✓ passed") == len(re.findall(scored, solution)) == len(re.findall(scored, part(shown, 2)))
    assert "failed" not in solution


def test_the_packets_path_is_drawn(shown):
    path = part(shown, 4)
    for station in ("client", "CoreDNS", "10.96.", "8080", "answered by shop/frontend-"):
        assert station in path


def test_it_is_plain_when_piped(shown):
    assert "\x1b" not in shown


def test_no_colour_is_respected_on_a_terminal():
    script = shutil.which("script")
    if script is None or not sys.platform.startswith("linux"):
        pytest.skip("no `script` to make a terminal with")
    on_terminal = [script, "-qec", " ".join(LAB), "/dev/null"]
    done = subprocess.run(
        on_terminal, env={**os.environ, "NO_COLOR": "1", "TERM": "xterm"}, capture_output=True, check=True, timeout=120
    )
    assert b"all checks passed" in done.stdout
    assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m", done.stdout), "a colour was printed"
