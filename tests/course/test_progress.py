"""What a learner has tried is kept, once, and nothing unjudged counts."""

import stat
from concurrent.futures import ThreadPoolExecutor

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.cluster.home import Home
from servicelab.course import Progress, Standing


def result(outcome, points=10):
    return ExerciseResult("clusterip", (CheckResult("x", "x", points, outcome, cause="y"),), "embedded", "0.1")


def test_attempts_and_the_first_pass(tmp_path):
    progress = Progress(Home(tmp_path))
    assert progress.standing("clusterip") == Standing(0, 0.0, None)
    progress.record(result(CheckOutcome.FAILED))
    assert progress.standing("clusterip") == Standing(1, 0.0, None, ("y",))
    progress.record(result(CheckOutcome.PASSED))
    first = progress.standing("clusterip").first_passed
    progress.record(result(CheckOutcome.FAILED))
    assert progress.standing("clusterip") == Standing(3, 10.0, first, ("y",))
    assert first
    assert progress.standing("other") == Standing(0, 0.0, None)


def test_what_could_not_be_judged_is_no_attempt(tmp_path):
    progress = Progress(Home(tmp_path))
    progress.record(result(CheckOutcome.ERROR))
    assert progress.standing("clusterip").attempts == 0


def test_the_record_is_private(tmp_path):
    Progress(Home(tmp_path / "home")).record(result(CheckOutcome.PASSED))
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "home" / "progress.sqlite").stat().st_mode) == 0o600


def test_several_may_write_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Progress(Home(tmp_path)).record(result(CheckOutcome.PASSED)), range(40)))
    assert Progress(Home(tmp_path)).standing("clusterip").attempts == 40


def test_the_first_prediction_is_kept(tmp_path):
    progress = Progress(Home(tmp_path))
    assert progress.commit_prediction("clusterip", "near", "refused") == "refused"
    assert progress.commit_prediction("clusterip", "near", "answered") == "refused"
    assert progress.commit_prediction("clusterip", "far", "answered") == "answered"


def test_hints_are_counted_by_cause(tmp_path):
    progress = Progress(Home(tmp_path))
    assert progress.hints_taken("clusterip", "wrong-port") == 0
    for step in (1, 2):
        progress.record_hint("clusterip", "wrong-port", step)
    assert progress.hints_taken("clusterip", "wrong-port") == 2
    assert progress.hints_taken("clusterip", "headless") == 0


def test_after_a_solution_was_shown_the_exercise_is_open_again(tmp_path):
    progress = Progress(Home(tmp_path))
    progress.record(result(CheckOutcome.PASSED))
    progress.commit_prediction("clusterip", "near", "refused")
    progress.record_solution_shown("clusterip")
    assert progress.solutions_shown("clusterip") == 1
    assert progress.standing("clusterip").first_passed is None
    assert progress.commit_prediction("clusterip", "near", "answered") == "answered"
