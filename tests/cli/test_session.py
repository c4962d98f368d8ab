import os
import signal

import pytest

from servicelab.cli.session import AlreadyRunning, Ending, only_one


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_block_quietly(how):
    ending, reached = Ending(), []
    with ending.until_told():
        reached.append("begun")
        os.kill(os.getpid(), how)
        reached.append("never")
    assert reached == ["begun"]


def test_what_closes_the_block_is_not_interrupted():
    ending, reached = Ending(), []
    with ending.until_told():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            reached.append("closed")
    assert reached == ["closed"]


def test_a_step_is_not_torn_apart():
    ending, reached = Ending(), []
    with ending.until_told():
        with ending.not_now():
            os.kill(os.getpid(), signal.SIGINT)
            reached.append("the step's end")
        reached.append("never")
    assert reached == ["the step's end"]


def test_a_step_that_fails_says_so():
    ending = Ending()
    with pytest.raises(ValueError, match="the step"), ending.until_told(), ending.not_now():
        raise ValueError("the step")


def test_the_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with Ending().until_told():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_only_one_at_a_time(tmp_path):
    lock = tmp_path / "lock"
    with only_one(lock), pytest.raises(AlreadyRunning), only_one(lock):
        pass
    with only_one(lock):
        pass
