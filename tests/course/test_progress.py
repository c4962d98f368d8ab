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
    assert progress.standing("clusterip") == Standing(1, 0.0, None)
    progress.record(result(CheckOutcome.PASSED))
    first = progress.standing("clusterip").first_passed
    progress.record(result(CheckOutcome.FAILED))
    assert progress.standing("clusterip") == Standing(3, 10.0, first)
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
