"""The lock of a cluster's life: one process at a time, and no lock outlives its process."""

import subprocess
import sys

from servicelab.cluster.lock import held

HOLDER = """
import sys
from pathlib import Path
from servicelab.cluster.lock import held
with held(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_told_and_waits_until_the_first_is_done(tmp_path):
    lock = tmp_path / "lab.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        told = []

        def busy():
            told.append(holder.poll())
            holder.stdin.close()  # the first one ends only now

        with held(lock, busy):
            assert told == [None]
        holder.wait(10)
    finally:
        holder.kill()
        holder.wait()


def test_a_killed_holder_leaves_no_lock(tmp_path):
    lock = tmp_path / "lab.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    with held(lock, lambda: (_ for _ in ()).throw(AssertionError("the lock is still held"))):
        pass
