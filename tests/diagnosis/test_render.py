"""A diagnosis in words: as wide as who reads it has room, and whole where the reader's program wraps lines itself."""

from servicelab.diagnosis import diagnose, text
from servicelab.diagnosis.render import INDENT, LOOK
from tests.diagnosis.recordings import recorded

ONE = next(iter(recorded()))
WIDTH = 50


def test_lines_are_as_long_as_there_is_room_and_commands_stay_whole():
    found = diagnose(ONE.snapshot, ONE.question, ONE.seen)
    whole = text(found).splitlines()
    assert max(map(len, whole)) > WIDTH
    _way, *narrow = text(found, width=WIDTH).splitlines()
    assert all(len(line) <= WIDTH for line in narrow if not line.startswith(LOOK))
    labels = [line for line in narrow if line[:INDENT].strip()]
    assert [line[:INDENT] for line in labels] == [line[:INDENT] for line in whole[1:]]
    assert " ".join(" ".join(narrow).split()) == " ".join(" ".join(whole[1:]).split())
