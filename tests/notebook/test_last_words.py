"""What a command prints just before its end is read, and its end is enough."""

import time

import pexpect
import pytest
from pexpect.pty_spawn import spawn

from servicelab.notebook import last_words


@pytest.fixture
def hasty(monkeypatch):
    """pexpect as on a machine so busy that a command always ends between its two looks."""

    def ends_unread(self, size=1, timeout=-1):
        self.wait()
        self.flag_eof = True
        raise pexpect.EOF("Very slow platform.")

    monkeypatch.setattr(spawn, "read_nonblocking", ends_unread)


def said() -> bytes:
    child = pexpect.spawn("/bin/sh", args=["-c", "echo the last words"])
    child.expect(pexpect.EOF, timeout=20)
    return child.before


def test_without_it_they_are_lost(hasty):
    assert said() == b""


def test_they_are_kept_however_often_it_is_asked_for(hasty):
    last_words.keep()
    last_words.keep()
    assert said() == b"the last words\r\n"


def pauses_of(monkeypatch, command: str, to_its_end: bool) -> list[float]:
    """What letting go of a command waits for, in seconds."""
    pauses: list[float] = []
    sleep = time.sleep
    child = pexpect.spawn("/bin/sh", args=["-c", command])
    if to_its_end:
        child.expect(pexpect.EOF, timeout=20)
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda seconds: (pauses.append(seconds), sleep(seconds)))
        child.close()
    return [seconds for seconds in pauses if seconds]


def test_a_command_that_has_ended_is_not_pauses_of(monkeypatch):
    last_words.keep()
    assert pauses_of(monkeypatch, "echo done", to_its_end=True) == []
    assert pauses_of(monkeypatch, "sleep 60", to_its_end=False)[0] == 0.1
