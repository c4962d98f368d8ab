"""Which namespaces of runs nobody works in any more."""

import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from servicelab.course.leftovers import LONGEST_RUN, PROCESS, is_left, process

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def is_left_now(owner, age=timedelta(seconds=5)):
    return is_left({PROCESS: owner} if owner else None, NOW - age, NOW)


def test_a_running_process_keeps_its_own():
    assert not is_left_now(process())


def test_a_process_that_ended_leaves_its_own():
    code = "from servicelab.course.leftovers import process; print(process())"
    owner = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert is_left_now(owner)


def test_another_process_with_the_same_number_is_not_taken_for_it():
    assert is_left_now(process().rpartition("/")[0] + "/12.00")


def test_of_another_machine_nothing_is_known_for_an_hour():
    owner = f"not-{platform.node()}/1/12.00"
    for unknown in (owner, None, "", "nonsense"):
        assert not is_left_now(unknown)
        assert is_left_now(unknown, LONGEST_RUN + timedelta(seconds=1))
